import { expect, test } from 'vitest';
import { cidrs } from '../../../src/facts/derive/cidrs.js';
import { configMap, derived, flannelCluster, list, nodeObject } from './bundle-facts.js';

const kubeProxy = (clusterCIDR: string) => ({
  'cluster/configmaps.json': list([
    configMap('kube-proxy', { 'config.conf': `clusterCIDR: ${clusterCIDR}\nmode: iptables\n` }),
  ]),
});

test('podCIDRs inside the cluster CIDR overlap nothing', () => {
  const facts = derived(cidrs, { ...flannelCluster(), ...kubeProxy('10.244.0.0/16') });
  expect(facts.node('n1', 'pod-cidr.outside-cluster')).toBe(false);
  expect(facts.cluster('routes.external-over-pods')).toEqual([]);
});

test('a podCIDR outside the cluster CIDR is told, and unknown where none is named', () => {
  const facts = derived(cidrs, { ...flannelCluster(), ...kubeProxy('10.100.0.0/16') });
  expect(facts.node('n1', 'pod-cidr.outside-cluster')).toBe(true);
  expect(derived(cidrs, flannelCluster()).node('n1', 'pod-cidr.outside-cluster')).toBeUndefined();
});

test('a pod network that holds node addresses overlaps, unless pods live in the fabric', () => {
  const overlapping = {
    ...kubeProxy('192.168.0.0/16'),
    'cluster/nodes.json': list([nodeObject('n1', '192.168.10.11', '192.168.64.0/24')]),
  };
  expect(derived(cidrs, overlapping).cluster('routes.external-over-pods')).toEqual([
    '192.168.0.0/16 holds node address 192.168.10.11',
  ]);
  expect(derived(cidrs, overlapping, { cni: 'aws-vpc-cni' }).cluster('routes.external-over-pods')).toEqual([]);
  const underlay = {
    ...kubeProxy('10.9.0.0/16'),
    'cluster/nodes.json': list([nodeObject('a', '10.9.0.138')]),
    'nodes/a/ip_route': 'default via 10.9.0.1 dev eth0\n10.9.30.17 dev ucnifc71bb1b scope link\n',
  };
  expect(derived(cidrs, underlay).cluster('routes.external-over-pods')).toEqual([]);
  // Objects alone do not tell whether these pods live in the fabric.
  const { 'nodes/a/ip_route': _, ...objects } = underlay;
  expect(derived(cidrs, objects).cluster('routes.external-over-pods')).toEqual([]);
});

test('an outside address inside the pod network is told', () => {
  const facts = derived(cidrs, {
    ...kubeProxy('192.168.0.0/16'),
    'cluster/nodes.json': list([nodeObject('n1', '10.6.0.14', '192.168.1.0/24')]),
    'facts.yaml': `version: 1
reachability:
- {from: {kind: pod}, to: {kind: external, ip: 192.168.10.20, port: 80}, proto: http, ok: false, error: timeout}
- {from: {kind: pod}, to: {kind: external, ip: 1.1.1.1}, proto: icmp, ok: true}
`,
  });
  expect(facts.cluster('routes.external-over-pods')).toEqual(['192.168.0.0/16 holds outside address 192.168.10.20']);
});
