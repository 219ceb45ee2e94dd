import { describe, expect, it } from 'vitest';
import { netstatStatistics } from '../../../src/facts/parsers/netstat-statistics.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LISTING = `
Ip:
    Forwarding: 1
    2093 total packets received
    37 with invalid addresses
    1169 forwarded
    0 incoming packets discarded
    120 reassemblies required
    4 packet reassembles failed
    OutTransmits: 2007
Icmp:
    89 ICMP messages received
    0 input ICMP message failed
    ICMP input histogram:
        destination unreachable: 3
        echo requests: 45
    91 ICMP messages sent
    0 ICMP messages failed
    ICMP output histogram:
        destination unreachable: 5
        echo replies: 45
IcmpMsg:
        InType8: 45
Tcp:
    18 active connection openings
    7 segments retransmitted
    2 bad segments received.
Udp:
    702 packets received
    12 packets to unknown port received.
    0 packet receive errors
TcpExt:
    6 times the listen queue of a socket overflowed
    8 SYNs to LISTEN sockets dropped
    Quick ack mode was activated 5 times
    TCPRcvCoalesce: 25
    IPReversePathFilter: 913
IpExt:
    InNoRoutes: 5
    InOctets: 1209215
`;

describe('netstat -s', () => {
  it("maps net-tools' sentences to the names of the kernel", () => {
    const { facts, problems } = parseOutput(netstatStatistics, 'netstat -s', LISTING);
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({
      'counter.IpInReceives': 2093,
      'counter.IpInAddrErrors': 37,
      'counter.IpForwDatagrams': 1169,
      'counter.IpReasmFails': 4,
      'counter.IpOutTransmits': 2007,
      'counter.IcmpInMsgs': 89,
      'counter.IcmpInDestUnreachs': 3,
      'counter.IcmpOutMsgs': 91,
      'counter.IcmpOutDestUnreachs': 5,
      'counter.TcpRetransSegs': 7,
      'counter.TcpInErrs': 2,
      'counter.UdpNoPorts': 12,
      'counter.TcpExtListenOverflows': 6,
      'counter.TcpExtListenDrops': 8,
      'counter.TcpExtIPReversePathFilter': 913,
      'counter.IpExtInNoRoutes': 5,
    });
  });

  it('knows that a counter which a whole section leaves out is zero', () => {
    expect(parseOutput(netstatStatistics, 'netstat -s', LISTING).facts['counter.IpOutNoRoutes']).toBe(0);
    const cut = LISTING.slice(0, LISTING.indexOf('Icmp:'));
    expect(parseOutput(netstatStatistics, 'netstat -s', cut).facts).not.toHaveProperty(['counter.IpOutNoRoutes']);
    const inTcpExt = LISTING.slice(0, LISTING.indexOf('    IPReverse'));
    expect(parseOutput(netstatStatistics, 'netstat -s', inTcpExt).facts).not.toHaveProperty([
      'counter.TcpExtIPReversePathFilter',
    ]);
  });

  it('does not guess what a sentence of another section means', () => {
    const { facts } = parseOutput(
      netstatStatistics,
      'netstat -s',
      'UdpLite:\n    702 packets received\nTcp:\n    3 packets received',
    );
    expect(facts).toEqual({});
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(netstatStatistics, 'netstat -s', LISTING.replace('    1169 forwarded', '    forwarded'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([5]);
    expect(parsed.facts['counter.IpReasmFails']).toBe(4);
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      netstatStatistics,
      ['netstat_-s', 'netstat_-su', 'netstat_--statistics'],
      ['netstat_-lntup', 'netstat', 'ss_-s'],
    );
    expect(netstatStatistics.recognises?.(LISTING.trim().split('\n'))).toBe(true);
    expectToSurviveDamage(netstatStatistics, 'netstat -s', LISTING);
  });
});
