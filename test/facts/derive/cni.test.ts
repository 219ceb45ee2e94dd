import { expect, test } from 'vitest';
import { cni } from '../../../src/facts/derive/cni.js';
import { derived, list, podObject } from './bundle-facts.js';

const judge = (pods: object[]) => derived(cni, { 'cluster/pods.json': list(pods) });

test.each([
  ['kube-flannel', 'kube-flannel-ds-x7k2p'],
  ['kube-system', 'calico-node-w4h7c'],
  ['kube-system', 'cilium-x7k2p'],
  ['kube-system', 'weave-net-9hx2d'],
  ['kube-system', 'antrea-agent-q8w7e'],
  ['kube-system', 'kube-router-8dj2k'],
  ['kube-system', 'aws-node-2fncd'],
  ['kube-system', 'canal-8xk2p'],
  ['kube-system', 'terway-eniip-8xk2p'],
  ['ovn-kubernetes', 'ovnkube-node-8xk2p'],
])('the agent %s/%s is known by its name', (namespace, name) => {
  expect(judge([podObject(namespace, name, 'n1')]).node('n1', 'cni-agent.ready')).toBe(true);
  const crashing = judge([
    podObject(namespace, name, 'n1', { ready: false, restarts: 14, reason: 'CrashLoopBackOff' }),
  ]);
  expect(crashing.node('n1', 'cni-agent.ready')).toBe(false);
  expect(crashing.node('n1', 'cni-agent.restarting')).toBe(true);
});

test.each(['cilium-operator-6f7c9d5b8-4xkqp', 'calico-kube-controllers-7b9d6c4f5d-m8t2z', 'coredns-565d847f94-8k2vq'])(
  '%s is no agent of a node',
  (name) => {
    expect(judge([podObject('kube-system', name, 'n1')]).node('n1', 'cni-agent.ready')).toBeUndefined();
  },
);

test('an agent that restarted long ago and is ready does not restart again and again', () => {
  const facts = judge([podObject('kube-system', 'calico-node-w4h7c', 'n1', { restarts: 12 })]);
  expect(facts.node('n1', 'cni-agent.restarting')).toBe(false);
  expect(facts.node('n2', 'cni-agent.ready')).toBeUndefined();
});
