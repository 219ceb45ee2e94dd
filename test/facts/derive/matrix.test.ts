import { expect, test } from 'vitest';
import { deriveAll } from '../../../src/facts/derive/derive-all.js';
import type { ClusterStore } from './cluster-store.js';
import { threeNodes } from './cluster-store.js';

const failing = { state: 'failing', error: 'timeout' } as const;

function shape(cluster: ClusterStore, node: string): unknown {
  deriveAll(cluster.store);
  return cluster.store.value(node, 'matrix.shape');
}

test('a node from which everything fails shows a dead row', () => {
  const cluster = threeNodes();
  for (const to of ['10.244.1.2', '10.244.2.2']) cluster.probe('pod/default/web-3', { ip: to, port: 80 }, failing);
  cluster.probe('pod/default/web-1', { ip: '10.244.2.2', port: 80 });
  expect(shape(cluster, 'node/n3')).toEqual(['row']);
});

test('small packets that pass beside large ones that do not show only-large', () => {
  const cluster = threeNodes();
  cluster.probe('pod/default/web-1', { ip: '10.244.2.2' }, { proto: 'icmp' });
  cluster.probe('pod/default/web-1', { ip: '10.244.2.2' }, { proto: 'icmp', size: 1500, ...failing });
  expect(shape(cluster, 'node/n1')).toEqual(['only-large']);
});

test('Services that fail where addresses work show only-services', () => {
  const cluster = threeNodes();
  cluster.probe('node/n1', { ip: '10.244.2.3', port: 8080 });
  cluster.probe('node/n1', { ip: '10.96.0.30', port: 80 }, failing);
  expect(shape(cluster, 'node/n1')).toContain('only-services');
});

test('where nothing fails there is no shape', () => {
  expect(shape(threeNodes().probe('pod/default/web-1', { ip: '10.244.2.2', port: 80 }), 'node/n1')).toBeUndefined();
});

test('a node that nothing leaves and nothing reaches is cut off, one whose pods alone fail is not', () => {
  const cluster = threeNodes();
  cluster.probe('node/n3', { ip: '192.168.1.11' }, { proto: 'icmp', ...failing });
  cluster.probe('pod/default/web-1', { ip: '10.244.3.2' }, { proto: 'icmp', ...failing });
  expect(shape(cluster, 'node/n3')).toContain('cut-off');
  const pods = threeNodes();
  pods.probe('pod/default/web-3', { ip: '10.244.1.2' }, { proto: 'icmp', ...failing });
  pods.probe('pod/default/web-1', { ip: '10.244.3.2' }, { proto: 'icmp', ...failing });
  expect(shape(pods, 'node/n3')).not.toContain('cut-off');
});
