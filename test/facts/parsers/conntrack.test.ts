import { describe, expect, it } from 'vitest';
import { conntrack } from '../../../src/facts/parsers/conntrack.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const TABLE = `
udp      17 27 src=192.168.10.11 dst=192.168.10.13 sport=59229 dport=8472 [UNREPLIED] src=192.168.10.13 dst=192.168.10.11 sport=8472 dport=59229 mark=0 use=1
icmp     1 27 src=10.244.3.2 dst=10.244.1.3 type=8 code=0 id=20645 src=10.244.1.3 dst=10.244.3.2 type=0 code=0 id=20645 mark=0 use=1
tcp      6 116 TIME_WAIT src=192.168.10.13 dst=192.168.10.11 sport=13506 dport=30081 src=10.244.2.2 dst=10.244.1.0 sport=8080 dport=49264 [ASSURED] mark=16384 use=1
ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.4 dst=10.96.0.1 sport=40000 dport=443 packets=12 bytes=3000 src=10.0.0.9 dst=10.0.0.4 sport=6443 dport=40000 packets=10 bytes=9000 [ASSURED] mark=0 zone=0 use=2
ipv6     10 udp      17 29 src=fd00::4 dst=fd00::10 sport=40000 dport=53 src=fd00:1::5 dst=fd00::4 sport=53 dport=40000 mark=0 use=2
unknown  2 596 src=10.0.0.4 dst=224.0.0.1 [UNREPLIED] src=224.0.0.1 dst=10.0.0.4 mark=0 use=1
conntrack v1.4.6 (conntrack-tools): 6 flow entries have been shown.
`;

describe('conntrack', () => {
  it('reads entries with both directions, in the plain and the extended form', () => {
    const parsed = parseOutput(conntrack, 'conntrack -L', TABLE);
    expect(parsed.problems).toEqual([]);
    const entries = parsed.records('conntrack');
    expect(entries).toHaveLength(6);
    expect(entries[0]).toEqual({
      proto: 'udp',
      src: '192.168.10.11',
      dst: '192.168.10.13',
      sport: 59229,
      dport: 8472,
      replySrc: '192.168.10.13',
      replyDst: '192.168.10.11',
      replySport: 8472,
      replyDport: 59229,
      flags: ['UNREPLIED'],
      mark: 0,
    });
    expect(entries[1]).toMatchObject({ proto: 'icmp', src: '10.244.3.2', replySrc: '10.244.1.3' });
    expect(entries[2]).toMatchObject({
      state: 'TIME_WAIT',
      dport: 30081,
      replySrc: '10.244.2.2',
      replyDst: '10.244.1.0',
      replySport: 8080,
      mark: 16384,
    });
    expect(entries[3]).toMatchObject({ proto: 'tcp', state: 'ESTABLISHED', replySrc: '10.0.0.9', flags: ['ASSURED'] });
    expect(entries[4]).toMatchObject({ proto: 'udp', dst: 'fd00::10', replySrc: 'fd00:1::5' });
  });

  it('counts the table only where the listing was not filtered', () => {
    expect(parseOutput(conntrack, 'conntrack -L', TABLE).facts).toEqual({ 'conntrack.count': 6 });
    expect(parseOutput(conntrack, 'conntrack -L -p udp', TABLE).facts).toEqual({});
  });

  it('joins an entry that the summary cut in two', () => {
    const parsed = parseOutput(
      conntrack,
      'conntrack -L',
      `
tcp      6 110 TIME_WAIT src=10.9.189.51 dst=203.0.113.10 sport=53092 conntrack v1.4.7 (conntrack-tools): 58 flow entries have been shown.
dport=80 src=203.0.113.10 dst=10.9.189.51 sport=80 dport=53092 [ASSURED] mark=0 use=1`,
    );
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('conntrack')[0]).toMatchObject({ sport: 53092, dport: 80, replyDport: 53092 });
  });

  it('sums the statistics of the CPUs and points to the CPU that counted', () => {
    const parsed = parseOutput(
      conntrack,
      'conntrack -S',
      `
cpu=0   	found=0 invalid=3 insert=0 insert_failed=0 drop=0 early_drop=0 error=0 search_restart=0 clash_resolve=0 chaintoolong=0 
cpu=1   	found=0 invalid=4 insert=0 insert_failed=7 drop=9 early_drop=1 error=0 search_restart=0 clash_resolve=0 chaintoolong=0 `,
    );
    expect(parsed.facts).toMatchObject({
      'conntrack.invalid': 7,
      'conntrack.insert_failed': 7,
      'conntrack.drop': 9,
      'conntrack.early_drop': 1,
    });
    expect(parsed.lineOf('conntrack.drop')).toBe(2);
    expect(parsed.lineOf('conntrack.invalid')).toBe(1);
  });

  it('reads the count', () => {
    expect(parseOutput(conntrack, 'conntrack -C', '533').facts).toEqual({ 'conntrack.count': 533 });
    expect(parseOutput(conntrack, 'conntrack -C', 'unable to open').problems).toHaveLength(1);
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(conntrack, 'conntrack -L', TABLE.replace('dst=192.168.10.13 ', 'dst=192.168.1'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([1]);
    expect(parsed.records('conntrack')).toHaveLength(5);
  });

  it('is told by its command or its content', () => {
    expectReads(
      conntrack,
      ['conntrack_-L', 'conntrack_-L_-o_extended', 'conntrack_-S', 'conntrack_-C', 'cat_.proc.net.nf_conntrack'],
      ['conntrack_-E', 'conntrack_-L_expect', 'conntrack_-D'],
    );
    expect(conntrack.recognises?.(TABLE.trim().split('\n').slice(0, 1))).toBe(true);
    expect(conntrack.recognises?.(['{"src": "a", "dst": "b"}', 'time 12 src=a'])).toBe(false);
  });

  it('survives damage', () => expectToSurviveDamage(conntrack, 'conntrack -L', TABLE));
});
