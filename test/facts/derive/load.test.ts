import { expect, test } from 'vitest';
import { load } from '../../../src/facts/derive/load.js';
import { derived } from './bundle-facts.js';

const UPTIME = ' 10:15:32 up 12 days,  3:04,  2 users,  load average: 9.00, 8.58, 7.59\n';

test('the load of a minute is told over the CPUs, where both are known', () => {
  expect(derived(load, { 'nodes/n1/uptime': UPTIME, 'nodes/n1/nproc': '4\n' }).node('n1', 'load.per-cpu')).toBe(2.25);
  expect(derived(load, { 'nodes/n1/uptime': UPTIME }).node('n1', 'load.per-cpu')).toBeUndefined();
  expect(derived(load, { 'nodes/n1/nproc': '4\n' }).node('n1', 'load.per-cpu')).toBeUndefined();
});
