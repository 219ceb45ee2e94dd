import { expect, test } from 'vitest';
import { links } from '../../../src/facts/derive/links.js';
import { derived, flannelAddresses, flannelCluster } from './bundle-facts.js';

test('a healthy node has nothing down and nothing detached', () => {
  const facts = derived(links, flannelCluster());
  expect(facts.node('n1', 'links.down')).toEqual([]);
  expect(facts.node('n1', 'links.detached-veths')).toEqual([]);
  expect(facts.node('n1', 'links.bridges-two')).toEqual([]);
});

const IDLE = `6: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default
    link/ether 02:42:6a:1f:93:0c brd ff:ff:ff:ff:ff:ff
    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0
7: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default
    link/ether 2a:ba:0a:f2:11:c8 brd ff:ff:ff:ff:ff:ff
    inet 10.96.0.1/32 scope global kube-ipvs0
8: nodelocaldns: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default
    inet 169.254.20.10/32 scope global nodelocaldns
9: tunl0@NONE: <NOARP> mtu 1480 qdisc noop state DOWN group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0
10: eth1: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000
    link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff
`;

test('idle devices that are down do not count', () => {
  const facts = derived(links, { ...flannelCluster(), 'nodes/n1/ip_addr': flannelAddresses(1) + IDLE });
  expect(facts.node('n1', 'links.down')).toEqual([]);
  expect(facts.node('n1', 'links.bridges-two')).toEqual([]);
});

test('a tunnel, a bridge and a pod veth that are down count', () => {
  const down = (from: string, to: string) => flannelAddresses(1).replace(from, to);
  const flannel = derived(links, {
    ...flannelCluster(),
    'nodes/n1/ip_addr': down('flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP>', 'flannel.1: <BROADCAST,MULTICAST>'),
  });
  expect(flannel.node('n1', 'links.down')).toEqual(['flannel.1']);
  const bridge = derived(links, {
    ...flannelCluster(),
    'nodes/n1/ip_addr': down('cni0: <BROADCAST,MULTICAST,UP,LOWER_UP>', 'cni0: <BROADCAST,MULTICAST>'),
  });
  expect(bridge.node('n1', 'links.down')).toEqual(['cni0']);
  const veth = derived(links, {
    ...flannelCluster(),
    'nodes/n1/ip_addr': down(
      'vethfc71bb11@if2: <BROADCAST,MULTICAST,UP,LOWER_UP>',
      'vethfc71bb11@if2: <NO-CARRIER,BROADCAST,MULTICAST,UP>',
    ),
  });
  expect(veth.node('n1', 'links.down')).toEqual(['vethfc71bb11']);
  expect(veth.node('n1', 'links.detached-veths')).toEqual(['vethfc71bb11']);
});

test('a veth in no bridge is detached where others are in one, and one in docker0 is not', () => {
  const extra = `6: vethaaaaaaaa@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default
7: vethbbbbbbbb@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master docker0 state UP group default
`;
  const facts = derived(links, { ...flannelCluster(), 'nodes/n1/ip_addr': flannelAddresses(1) + extra });
  expect(facts.node('n1', 'links.detached-veths')).toEqual(['vethaaaaaaaa']);
});

test('a pod whose peer index the node does not have is detached', () => {
  const pod = (index: number) => `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
2: eth0@if${index}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP
    inet 10.244.1.2/24 brd 10.244.1.255 scope global eth0
`;
  const there = derived(links, { ...flannelCluster(), 'pods/default/web-1/ip_addr': pod(5) });
  expect(there.node('n1', 'links.detached-veths')).toEqual([]);
  const gone = derived(links, { ...flannelCluster(), 'pods/default/web-1/ip_addr': pod(77) });
  expect(gone.node('n1', 'links.detached-veths')).toEqual(['default/web-1']);
});

test('a cni0 outside the podCIDR and devices of two CNIs are told', () => {
  const other = flannelAddresses(1).replace('10.244.1.1/24', '10.88.0.1/16');
  const moved = derived(links, { ...flannelCluster(), 'nodes/n1/ip_addr': other });
  expect(moved.node('n1', 'links.bridges-two')).toEqual(['cni0 10.88.0.1/16']);
  const calico = `9: vxlan.calico: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN
    inet 10.244.1.64/32 scope global vxlan.calico
`;
  const two = derived(links, { ...flannelCluster(), 'nodes/n1/ip_addr': flannelAddresses(1) + calico });
  expect(two.node('n1', 'links.bridges-two')).toEqual(['flannel.1', 'vxlan.calico']);
});

const PORT = (
  hairpin: string,
) => `5: vethfc71bb11@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master cni0 state forwarding priority 32 cost 2
    hairpin ${hairpin} guard off root_block off fastleave off learning on flood on
`;

test('hairpin is off only where the ports say so, unknown without them', () => {
  const on = derived(links, { ...flannelCluster(), 'nodes/n1/bridge_-d_link': PORT('on') });
  expect(on.node('n1', 'bridge.hairpin-off')).toEqual([]);
  const off = derived(links, { ...flannelCluster(), 'nodes/n1/bridge_-d_link': PORT('off') });
  expect(off.node('n1', 'bridge.hairpin-off')).toEqual(['vethfc71bb11']);
  expect(off.node('n2', 'bridge.hairpin-off')).toBeUndefined();
});
