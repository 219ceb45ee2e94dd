import { expect, test } from 'vitest';
import { promqlFault } from '../../../src/engine/rulebook/promql.js';

test.each([
  'up == 0',
  'rate(node_netstat_TcpExt_ListenDrops[5m]) > 0',
  'node_nf_conntrack_entries / node_nf_conntrack_entries_limit > 0.9',
  'absent(up{job="coredns"})',
  'sum by (node) (kube_pod_status_ready{condition="true"}) unless on (node) kube_node_info',
  'a{b=~"x\\"(y"} > 1',
  'up == 0 # down :(',
])('%s is an alert', (expr) => {
  expect(promqlFault(expr)).toBeUndefined();
});

test.each([
  ['rate(x[5m] > 0', '")" is missing'],
  ['rate(x)[5m]) > 0', '")" closes nothing'],
  ['up{job="a} == 0', 'the quote " is not closed'],
  ['rate(x{a="1"}[5m])', 'it compares nothing: it would fire whatever the value is'],
])('%s is none', (expr, fault) => {
  expect(promqlFault(expr)).toBe(fault);
});
