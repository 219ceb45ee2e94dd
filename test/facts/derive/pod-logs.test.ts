import { expect, test } from 'vitest';
import { podLogs } from '../../../src/facts/derive/pod-logs.js';
import { derived, list, podObject } from './bundle-facts.js';

/** A log fact on a pod, as the reader of its log leaves it, beside the objects. */
const loggedBy = (pod: string) =>
  derived(podLogs, {
    'cluster/pods.json': list([
      podObject('kube-system', 'kube-proxy-x7k2p', 'n2', { ip: '192.168.10.12', hostNetwork: true }),
    ]),
    'facts.yaml': `version: 1\nfacts: [{subject: pod/kube-system/${pod}, name: log.kube-proxy-sync-failed, value: true}]\n`,
  });

test('what the log of a pod tells of its node goes to the node', () => {
  const facts = loggedBy('kube-proxy-x7k2p');
  expect(facts.node('n2', 'log.kube-proxy-sync-failed')).toBe(true);
  expect(facts.cluster('log.kube-proxy-sync-failed')).toBeUndefined();
});

test('a pod that no object places tells of the cluster', () => {
  const facts = loggedBy('kube-proxy-zz9zz');
  expect(facts.cluster('log.kube-proxy-sync-failed')).toBe(true);
});
