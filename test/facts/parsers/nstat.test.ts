import { describe, expect, it } from 'vitest';
import { nstat } from '../../../src/facts/parsers/nstat.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LISTING = `
#kernel
IpInReceives                    2073               0.0
IpForwDatagrams                 1069               0.0
IpInAddrErrors                  37                 0.0
TcpExtListenOverflows           4                  0.0
TcpExtTCPRcvCoalesce            22                 0.0
IpExtInOctets                   1208970            0.0
IpExtInNoECTPkts                2333               0.0
`;

describe('nstat', () => {
  it('reads counters by the names of the kernel', () => {
    const { facts, problems } = parseOutput(nstat, 'nstat -a', LISTING);
    expect(problems).toEqual([]);
    expect(facts['counter.IpInAddrErrors']).toBe(37);
    expect(facts['counter.TcpExtListenOverflows']).toBe(4);
  });

  it('knows that a counter which a whole listing leaves out is zero', () => {
    const { facts } = parseOutput(nstat, 'nstat -a', LISTING);
    expect(facts['counter.TcpExtIPReversePathFilter']).toBe(0);
    expect(facts['counter.UdpNoPorts']).toBe(0);
  });

  it('does not know it of a listing that was cut, nor of one that named its counters', () => {
    const cut = LISTING.slice(0, LISTING.indexOf('IpExtInOctets'));
    expect(parseOutput(nstat, 'nstat -a', cut).facts).not.toHaveProperty(['counter.UdpNoPorts']);
    expect(parseOutput(nstat, 'nstat -a TcpExtListenOverflows', LISTING).facts).not.toHaveProperty([
      'counter.UdpNoPorts',
    ]);
  });

  it("reads the kernel's own tables", () => {
    const { facts, problems } = parseOutput(
      nstat,
      'cat /proc/net/netstat',
      `
TcpExt: SyncookiesSent ListenOverflows IPReversePathFilter
TcpExt: 0 2 913
IpExt: InNoRoutes InOctets
IpExt: 5 8123`,
    );
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({ 'counter.TcpExtIPReversePathFilter': 913, 'counter.IpExtInNoRoutes': 5 });
    const snmp = 'Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors\nIp: 1 64 2073 0 37';
    expect(parseOutput(nstat, 'cat /proc/net/snmp', snmp).facts['counter.IpInAddrErrors']).toBe(37);
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(nstat, 'nstat -a', LISTING.replace('37  ', 'many'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([4]);
    expect(parsed.facts['counter.TcpExtListenOverflows']).toBe(4);
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      nstat,
      ['nstat_-a', 'nstat_-az', 'nstat_-zas', 'cat_.proc.net.snmp', 'cat_.proc.net.netstat'],
      ['nstat', 'nstat_-aj', 'netstat_-s'],
    );
    expect(nstat.recognises?.(LISTING.trim().split('\n'))).toBe(true);
    expectToSurviveDamage(nstat, 'nstat -a', LISTING);
  });
});
