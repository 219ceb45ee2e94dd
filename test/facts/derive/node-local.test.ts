import { expect, test } from 'vitest';
import { nodeLocal } from '../../../src/facts/derive/node-local.js';
import { configMap, derived, list, podObject, serviceObject } from './bundle-facts.js';

const KUBELET = 'kind: KubeletConfiguration\nclusterDNS:\n- 169.254.20.10\n';
const DEVICE = `1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN
    inet 127.0.0.1/8 scope host lo
6: nodelocaldns: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN
    inet 169.254.20.10/32 scope global nodelocaldns
`;

function pods(ready: boolean) {
  return list([
    podObject('kube-system', 'node-local-dns-7rk5t', 'n1', {
      hostNetwork: true,
      ready,
      ...(ready ? {} : { restarts: 40, reason: 'CrashLoopBackOff' }),
    }),
    podObject('kube-system', 'kube-proxy-4lz8c', 'n2', { hostNetwork: true, ready: true }),
  ]);
}

test('a cache that crashes is neither ready nor steady', () => {
  const store = derived(nodeLocal, { 'cluster/pods.json': pods(false) });
  expect(store.node('n1', 'node-local-dns.ready')).toBe(false);
  expect(store.node('n1', 'node-local-dns.restarting')).toBe(true);
});

test('a node whose kubelet names the cache and whose pods are listed without one lacks it', () => {
  const store = derived(nodeLocal, {
    'cluster/pods.json': pods(true),
    'nodes/n2/cat_.var.lib.kubelet.config.yaml': KUBELET,
  });
  expect(store.node('n2', 'node-local-dns.pod-missing')).toBe(true);
  expect(store.node('n1', 'node-local-dns.pod-missing')).toBeUndefined();
});

test('an address is unbound only where the whole listing of addresses lacks it', () => {
  const bound = derived(nodeLocal, {
    'nodes/n1/cat_.var.lib.kubelet.config.yaml': KUBELET,
    'nodes/n1/ip_addr': DEVICE,
  });
  expect(bound.node('n1', 'node-local-dns.address-bound')).toBe(true);
  const cut = derived(nodeLocal, {
    'nodes/n1/cat_.var.lib.kubelet.config.yaml': KUBELET,
    'nodes/n1/ip_addr': '2: eth0: <UP> mtu 1500 qdisc mq state UP\n    inet 10.0.0.1/24 scope global eth0\n',
  });
  expect(cut.node('n1', 'node-local-dns.address-bound')).toBeUndefined();
});

test("the clouds' metadata address is no cache", () => {
  const store = derived(nodeLocal, {
    'nodes/n1/cat_.var.lib.kubelet.config.yaml': KUBELET.replace('169.254.20.10', '169.254.169.254'),
  });
  expect(store.node('n1', 'node-local-dns.asked')).toBe(false);
});

test('placeholders that were not replaced are told, those that the cache fills in are not', () => {
  const corefile = (server: string) => configMap('node-local-dns', { Corefile: `.:53 {\n bind ${server}\n}\n` });
  const left = derived(nodeLocal, { 'cluster/configmaps.json': list([corefile('__PILLAR__LOCAL__DNS__')]) });
  expect(left.cluster('node-local-dns.placeholders-left')).toBe(true);
  const filled = derived(nodeLocal, {
    'cluster/configmaps.json': list([corefile('169.254.20.10\n forward . __PILLAR__CLUSTER__DNS__')]),
    'cluster/services.json': list([serviceObject('kube-dns', '10.96.0.10', 53, 53, { namespace: 'kube-system' })]),
  });
  expect(filled.cluster('node-local-dns.placeholders-left')).toBe(false);
  expect(filled.cluster('node-local-dns.upstream-service-missing')).toBe(true);
});
