import { expect, test } from 'vitest';
import { tc } from '../../../src/facts/parsers/tc.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LISTING = `qdisc noqueue 0: dev lo root refcnt 2 
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) 
 backlog 0b 0p requeues 0
qdisc netem 8003: dev ens192 root refcnt 9 limit 1000 delay 100.0ms  10.0ms loss 5%
 Sent 88293 bytes 2109 pkt (dropped 105, overlimits 0 requeues 41) 
 backlog 4242b 31p requeues 41
qdisc fq_codel 0: dev eth1 parent 1:1 limit 10240p flows 1024 quantum 1514
  maxpacket 1514 drop_overlimit 0 new_flow_count 99812 ecn_mark 0
`;

test('a listing tells each discipline with its place, options and drops, and that it is whole', () => {
  const parsed = parseOutput(tc, 'tc -s qdisc', LISTING);
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('qdisc')).toEqual([
    { dev: 'lo', kind: 'noqueue', root: true, options: '', dropped: 0, overlimits: 0 },
    {
      dev: 'ens192',
      kind: 'netem',
      root: true,
      options: 'limit 1000 delay 100.0ms 10.0ms loss 5%',
      dropped: 105,
      overlimits: 0,
    },
    { dev: 'eth1', kind: 'fq_codel', root: false, options: 'limit 10240p flows 1024 quantum 1514' },
  ]);
  expect(parsed.facts).toMatchObject({ 'qdisc.listed': true });
});

test('a listing of one device tells that device alone', () => {
  const parsed = parseOutput(
    tc,
    'tc qdisc show dev cali1',
    'qdisc tbf 1: root refcnt 2 rate 10Mbit burst 1Mb lat 25ms \n',
  );
  expect(parsed.records('qdisc')).toMatchObject([
    { dev: 'cali1', kind: 'tbf', options: 'rate 10Mbit burst 1Mb lat 25ms' },
  ]);
  expect(parsed.facts).toEqual({});
});

test('is told by its command, and survives damage', () => {
  expectReads(tc, ['tc_-s_qdisc', 'tc_qdisc_show', 'tc_-s_qdisc_show_dev_eth0'], ['tc_-s_class_show_dev_eth0']);
  expectToSurviveDamage(tc, 'tc -s qdisc', LISTING);
});
