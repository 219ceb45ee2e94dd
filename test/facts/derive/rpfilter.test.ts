import { expect, test } from 'vitest';
import { rpfilter } from '../../../src/facts/derive/rpfilter.js';
import { derived, list, nodeObject, podObject } from './bundle-facts.js';

const CILIUM = {
  'cluster/pods.json': list([podObject('default', 'web', 'n3', { ip: '10.244.3.2' })]),
  'nodes/n3/ip_addr': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    inet 192.168.10.13/24 brd 192.168.10.255 scope global eth0
3: cilium_vxlan: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN
5: cilium_host@cilium_net: <BROADCAST,MULTICAST,NOARP,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    inet 10.244.3.1/32 scope global cilium_host
6: lxcbabe9d5a@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP
`,
  'nodes/n3/ip_route': `default via 192.168.10.1 dev eth0
10.244.1.0/24 via 10.244.1.0 dev cilium_vxlan onlink
10.244.3.0/24 dev cilium_host scope link src 192.168.10.13
192.168.10.0/24 dev eth0 proto kernel scope link src 192.168.10.13
`,
};
const SYSCTL = (all: number, lxc: number, eth0 = 0) => `net.ipv4.conf.all.rp_filter = ${all}
net.ipv4.conf.cilium_host.rp_filter = 0
net.ipv4.conf.cilium_vxlan.rp_filter = 0
net.ipv4.conf.eth0.rp_filter = ${eth0}
net.ipv4.conf.lxcbabe9d5a.rp_filter = ${lxc}
`;
const judge = (sysctl: string, outputs: Record<string, string> = CILIUM) =>
  derived(rpfilter, { ...outputs, 'nodes/n3/sysctl_-a': sysctl });

test('strict filtering on a veth whose way back is cilium_host is asymmetric', () => {
  const facts = judge(SYSCTL(1, 0));
  expect(facts.node('n3', 'rpfilter.strict')).toBe(true);
  expect(facts.node('n3', 'rpfilter.strict-asymmetric')).toEqual(['lxcbabe9d5a']);
});

test('the larger value counts: loose on the interface beats strict of all', () => {
  expect(judge(SYSCTL(1, 2, 2)).node('n3', 'rpfilter.strict-asymmetric')).toEqual([]);
  expect(judge(SYSCTL(0, 1)).node('n3', 'rpfilter.strict-asymmetric')).toEqual(['lxcbabe9d5a']);
  expect(judge(SYSCTL(0, 0)).node('n3', 'rpfilter.strict')).toBe(false);
  expect(judge(SYSCTL(2, 0)).node('n3', 'rpfilter.strict')).toBe(false);
});

test('a veth with its own /32 route is symmetric under strict filtering', () => {
  const endpointRoutes = {
    ...CILIUM,
    'nodes/n3/ip_route': `${CILIUM['nodes/n3/ip_route']}10.244.3.2 dev lxcbabe9d5a scope link\n`,
  };
  expect(judge(SYSCTL(1, 0), endpointRoutes).node('n3', 'rpfilter.strict-asymmetric')).toEqual([]);
});

test('one of the two values alone decides only where it is loose', () => {
  expect(judge('net.ipv4.conf.all.rp_filter = 1\n').node('n3', 'rpfilter.strict')).toBeUndefined();
  expect(judge('net.ipv4.conf.all.rp_filter = 2\n').node('n3', 'rpfilter.strict')).toBe(false);
});

const TWO_NICS = (peer: string) => ({
  'cluster/nodes.json': list([nodeObject('n3', '10.20.0.5'), nodeObject('n4', peer)]),
  'nodes/n3/ip_addr': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 10.0.2.15/24 scope global eth0
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 10.20.0.5/24 scope global eth1
`,
  'nodes/n3/ip_route': `default via 10.0.2.2 dev eth0
10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15
10.20.0.0/24 dev eth1 proto kernel scope link src 10.20.0.5
`,
});

test('a second NIC is asymmetric only towards peers that are not on its network', () => {
  const sysctl = 'net.ipv4.conf.all.rp_filter = 1\nnet.ipv4.conf.eth1.rp_filter = 1\n';
  expect(judge(sysctl, TWO_NICS('10.20.0.6')).node('n3', 'rpfilter.strict-asymmetric')).toEqual([]);
  expect(judge(sysctl, TWO_NICS('10.30.0.6')).node('n3', 'rpfilter.strict-asymmetric')).toEqual(['eth1']);
});

test("a strict NIC beside the node's own is asymmetric where packets were dropped and no rule sends replies back by it", () => {
  const outputs = (drops: number, rules = '') => ({
    'cluster/nodes.json': list([nodeObject('n3', '10.20.3.11'), nodeObject('n1', '10.20.1.11')]),
    'nodes/n3/ip_addr': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    inet 10.20.3.11/24 brd 10.20.3.255 scope global eth0
3: eth1@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP
    inet 10.20.103.11/24 brd 10.20.103.255 scope global eth1
`,
    'nodes/n3/ip_route': `default via 10.20.3.1 dev eth0
10.20.3.0/24 dev eth0 proto kernel scope link src 10.20.3.11
10.20.103.0/24 dev eth1 proto kernel scope link src 10.20.103.11
10.20.3.174 dev eni084b6975 scope link
`,
    'nodes/n3/ip_rule': `0:	from all lookup local
${rules}32766:	from all lookup main
`,
    'nodes/n3/nstat_-a': `#kernel
TcpExtIPReversePathFilter       ${drops}                0.0
`,
  });
  const sysctl =
    'net.ipv4.conf.all.rp_filter = 1\nnet.ipv4.conf.eth0.rp_filter = 1\nnet.ipv4.conf.eth1.rp_filter = 1\n';
  const found = (files: Record<string, string>, values = sysctl) =>
    judge(values, files).node('n3', 'rpfilter.strict-asymmetric');
  expect(found(outputs(482))).toEqual(['eth1']);
  expect(found(outputs(0))).toEqual([]);
  expect(found(outputs(482, '1000:	from 10.20.3.174 lookup 1000\n'))).toEqual([]);
  expect(found(outputs(482), sysctl.replace('eth1.rp_filter = 1', 'eth1.rp_filter = 2'))).toEqual([]);
});
