import { expect, test } from 'vitest';
import { neighbours } from '../../../src/facts/derive/neighbours.js';
import { derived } from './bundle-facts.js';

const table = (entries: number) =>
  Array.from(
    { length: entries },
    (_, i) => `10.0.${i >> 8}.${i & 255} dev eth0 lladdr 1e:28:c3:75:ec:3b REACHABLE\n`,
  ).join('');

test('the neighbour table is as full as its entries over gc_thresh3', () => {
  const fill = (entries: number, sysctl: string) =>
    derived(neighbours, { 'nodes/n1/ip_neigh': table(entries), 'nodes/n1/sysctl_-a': sysctl }).node(
      'n1',
      'neighbours.fill',
    );
  expect(fill(1024, 'net.ipv4.neigh.default.gc_thresh3 = 1024\n')).toBe(100);
  expect(fill(10, 'net.ipv4.neigh.default.gc_thresh3 = 1024\n')).toBe(1);
  expect(fill(10, 'net.ipv4.neigh.default.gc_thresh1 = 128\n')).toBeUndefined();
  expect(fill(0, 'net.ipv4.neigh.default.gc_thresh3 = 1024\n')).toBeUndefined();
});
