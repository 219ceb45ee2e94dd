import { expect, test } from 'vitest';
import { ipset } from '../../../src/facts/parsers/ipset.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LIST = `Name: blocked
Type: hash:ip
Revision: 6
Header: family inet hashsize 1024 maxelem 65536 timeout 3600 counters comment bucketsize 12 initval 0x93c391a2
Size in memory: 476
References: 1
Number of entries: 2
Members:
198.51.100.9 timeout 0 packets 0 bytes 0
203.0.113.7 timeout 3599 packets 0 bytes 0 comment "scanner, seen nomatch"

Name: nets
Type: hash:net
Revision: 7
Header: family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x7379aa34
Size in memory: 600
References: 1
Number of entries: 3
Members:
192.0.2.1
10.244.0.0/16
10.244.9.0/24 nomatch

Name: KUBE-NODE-PORT-TCP
Type: bitmap:port
Revision: 3
Header: range 0-65535
Size in memory: 8264
References: 0
Number of entries: 1
Members:
30080

Name: cali6
Type: hash:net
Revision: 7
Header: family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0xd7c5ac9d
Size in memory: 1240
References: 0
Number of entries: 1
Members:
fd00::/64

Name: all
Type: list:set
Revision: 3
Header: size 8
Size in memory: 176
References: 0
Number of entries: 2
Members:
blocked
nets
`;
const SAVE = `create blocked hash:ip family inet hashsize 1024 maxelem 65536 timeout 3600 counters comment bucketsize 12 initval 0x69855857
add blocked 198.51.100.9 timeout 0 packets 0 bytes 0
add blocked 203.0.113.7 timeout 3599 packets 0 bytes 0 comment "scanner, seen nomatch"
create nets hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x0fc01c14
add nets 192.0.2.1
add nets 10.244.0.0/16
add nets 10.244.9.0/24 nomatch
create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
add KUBE-NODE-PORT-TCP 30080
create cali6 hash:net family inet6 hashsize 1024 maxelem 65536 bucketsize 12 initval 0xd7c5ac9d
add cali6 fd00::/64
create all list:set size 8
add all blocked
add all nets
`;
const SETS = [
  { name: 'blocked', type: 'hash:ip', family: 4, members: ['198.51.100.9', '203.0.113.7'] },
  { name: 'nets', type: 'hash:net', family: 4, members: ['192.0.2.1', '10.244.0.0/16', '10.244.9.0/24 nomatch'] },
  { name: 'KUBE-NODE-PORT-TCP', type: 'bitmap:port', family: 4, members: ['30080'] },
  { name: 'cali6', type: 'hash:net', family: 6, members: ['fd00::/64'] },
  { name: 'all', type: 'list:set', family: 4, members: ['blocked', 'nets'] },
];

test.each([
  ['ipset list', LIST],
  ['ipset save', SAVE],
])('%s tells sets with their members, and nothing of timeouts, counters and comments', (command, text) => {
  const parsed = parseOutput(ipset, command, text);
  expect(parsed.records('ipset')).toEqual(SETS);
  expect(parsed.problems).toEqual([]);
});

test('a set is found at the line that begins it', () => {
  expect(parseOutput(ipset, 'ipset list', LIST).all.map(({ line }) => line)).toEqual([1, 12, 24, 34, 44]);
  expect(parseOutput(ipset, 'ipset save', SAVE).all.map(({ line }) => line)).toEqual([1, 4, 8, 10, 12]);
});

test('a listing without members is incomplete rather than empty', () => {
  const terse = LIST.replace(/Members:\n(?:.+\n)+/g, '');
  const [first] = parseOutput(ipset, 'ipset list -t', terse).records('ipset');
  expect(first).toMatchObject({ name: 'blocked', members: [], incomplete: true });
});

test('a set without members is empty and whole', () => {
  const [set] = parseOutput(
    ipset,
    'ipset save',
    'create none hash:ip family inet hashsize 1024 maxelem 65536\n',
  ).records('ipset');
  expect(set).toEqual({ name: 'none', type: 'hash:ip', family: 4, members: [] });
});

test('a netmask is kept, since members then stand for networks', () => {
  const text = 'create n hash:ip family inet hashsize 1024 maxelem 65536 netmask 24\nadd n 10.1.2.0\n';
  expect(parseOutput(ipset, 'ipset save', text).records('ipset')[0]?.netmask).toBe('24');
});

test('a member of a set that was not created is reported', () => {
  const parsed = parseOutput(ipset, 'ipset save', 'add gone 10.0.0.1\ncreate x hash:ip\nadd x\n');
  expect(parsed.problems.map(({ line }) => line)).toEqual([1, 3]);
  expect(parsed.records('ipset')).toHaveLength(1);
});

test('both forms are recognised without the command', () => {
  expect(ipset.recognises?.(LIST.split('\n').slice(0, 20))).toBe(true);
  expect(ipset.recognises?.(SAVE.split('\n').slice(0, 20))).toBe(true);
  expect(ipset.recognises?.(['Name: coredns', 'Type: ClusterIP'])).toBe(false);
});

test('the commands that print sets are read', () => {
  expectReads(
    ipset,
    ['ipset', 'ipset_list', 'ipset_save', 'ipset_-L', 'ipset_list_-t', 'ipset_list_nets'],
    ['ipset_list_-n', 'ipset_version', 'iptables-save'],
  );
});

test('damaged outputs do no harm', () => {
  expectToSurviveDamage(ipset, 'ipset list', LIST);
  expectToSurviveDamage(ipset, 'ipset save', SAVE);
});
