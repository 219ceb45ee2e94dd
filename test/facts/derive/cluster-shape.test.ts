import { expect, test } from 'vitest';
import { clusterShape } from '../../../src/facts/derive/cluster-shape.js';
import { derived, list, nodeObject } from './bundle-facts.js';

const nodes = (count: number): object[] =>
  Array.from({ length: count }, (_, index) => nodeObject(`n${index}`, `10.0.0.${index + 1}`));

test('a list of nodes tells how many the cluster has', () => {
  const facts = derived(clusterShape, { 'cluster/nodes.json': list(nodes(3)) });
  expect(facts.cluster('nodes.count')).toBe(3);
});

test('nodes that are described one by one may be a few of many: their number is not known', () => {
  const [first, second] = nodes(2).map((node) => JSON.stringify(node));
  const facts = derived(clusterShape, { 'cluster/first.json': first!, 'cluster/second.json': second! });
  expect(facts.cluster('nodes.count')).toBeUndefined();
});

test('nodes that are merely named by what was collected on them are no list either', () => {
  const facts = derived(clusterShape, { 'nodes/a/uname_-r': '5.14.0\n', 'nodes/b/uname_-r': '5.14.0\n' });
  expect(facts.cluster('nodes.count')).toBeUndefined();
});
