import { expect, test } from 'vitest';
import { qdiscs } from '../../../src/facts/derive/qdiscs.js';
import { derived, flannelCluster } from './bundle-facts.js';

const on = (file: string, text: string) => derived(qdiscs, { ...flannelCluster(), [`nodes/n1/${file}`]: text });
const NETEM = 'qdisc netem 8001: dev eth0 root refcnt 2 limit 1000 delay 10ms\n';
const DEFAULT = 'qdisc fq_codel 0: dev eth0 root refcnt 2 limit 10240p\n';

test('a netem is told with its device', () => {
  expect(on('tc_qdisc', NETEM).node('n1', 'qdisc.netem')).toEqual(['eth0 netem limit 1000 delay 10ms']);
});

test('a whole listing without one says that there is none, a listing of one device says nothing of others', () => {
  expect(on('tc_qdisc', DEFAULT).node('n1', 'qdisc.netem')).toEqual([]);
  expect(on('tc_qdisc_show_dev_eth0', DEFAULT.replace(' dev eth0', '')).node('n1', 'qdisc.netem')).toBeUndefined();
});

test('what shapers drop is counted, what others drop is not', () => {
  const sent = ' Sent 10 bytes 1 pkt (dropped 7, overlimits 0 requeues 0)\n';
  expect(on('tc_-s_qdisc', DEFAULT + sent).node('n1', 'qdisc.shaper-drops')).toBeUndefined();
  expect(on('tc_-s_qdisc', NETEM + sent).node('n1', 'qdisc.shaper-drops')).toBe(7);
});
