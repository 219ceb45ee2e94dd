import { expect, test } from 'vitest';
import { cidrs } from '../../../src/facts/derive/cidrs.js';
import { configMap, derived, flannelAddresses, flannelCluster, list, nodeObject } from './bundle-facts.js';

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

test('a bridge of Docker in the pod network of another node overlaps, its own and an unrelated one do not', () => {
  const bridge = (address: string) =>
    derived(cidrs, {
      ...flannelCluster(),
      'nodes/n1/ip_addr': flannelAddresses(
        1,
        `9: br-1a2b3c4d5e6f: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default
    inet ${address} brd 10.244.3.127 scope global br-1a2b3c4d5e6f
       valid_lft forever preferred_lft forever
`,
      ),
    });
  const over = bridge('10.244.3.1/25');
  expect(over.cluster('routes.external-over-pods')).toEqual([
    '10.244.3.0/24 meets br-1a2b3c4d5e6f 10.244.3.1/25 on n1',
  ]);
  expect(over.node('n1', 'routes.bridge-over-pods')).toBe(true);
  expect(over.node('n2', 'routes.bridge-over-pods')).toBe(false);
  for (const address of ['10.244.1.129/25', '172.18.0.1/16']) {
    expect(bridge(address).node('n1', 'routes.bridge-over-pods')).toBe(false);
  }
});
