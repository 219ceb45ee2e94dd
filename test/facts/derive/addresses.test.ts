import { expect, test } from 'vitest';
import { addresses } from '../../../src/facts/derive/addresses.js';
import { derived, flannelCluster, list, nodeObject, podObject } from './bundle-facts.js';

test('a healthy node has one address on its NIC, the one the cluster knows', () => {
  const facts = derived(addresses, flannelCluster());
  expect(facts.node('n1', 'addresses.nic')).toBe('eth0');
  expect(facts.node('n1', 'addresses.nic-count')).toBe(1);
  expect(facts.node('n1', 'addresses.nic-extra')).toEqual([]);
  expect(facts.node('n1', 'addresses.node-ip-first')).toBe(true);
  expect(facts.node('n1', 'addresses.node-ip-local')).toBe(true);
  expect(facts.node('n1', 'addresses.nic-dhcp-and-static')).toBe(false);
  expect(facts.node('n1', 'addresses.shared-with-pod')).toEqual([]);
  expect(facts.cluster('addresses.duplicates')).toEqual([]);
  expect(facts.cluster('macs.duplicates')).toEqual([]);
});

const TWO_ADDRESSES = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    inet 127.0.0.1/8 scope host lo
2: eth0@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 52:54:00:51:d7:d0 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 192.168.10.228/24 brd 192.168.10.255 scope global dynamic eth0
       valid_lft 82137sec preferred_lft 82137sec
    inet 192.168.10.13/24 brd 192.168.10.255 scope global secondary eth0
       valid_lft forever preferred_lft forever
`;

test('a DHCP address before the static one makes the node address second', () => {
  const facts = derived(addresses, { ...flannelCluster(), 'nodes/n3/ip_addr': TWO_ADDRESSES });
  expect(facts.node('n3', 'addresses.nic-count')).toBe(2);
  expect(facts.node('n3', 'addresses.nic-extra')).toEqual(['192.168.10.228']);
  expect(facts.node('n3', 'addresses.node-ip-first')).toBe(false);
  expect(facts.node('n3', 'addresses.nic-dhcp-and-static')).toBe(true);
  expect(facts.source('n3', 'addresses.nic-extra')).toBe('nodes/n3/ip_addr:5');
});

test('the same address printed by two outputs counts once', () => {
  const outputs = flannelCluster();
  const facts = derived(addresses, { ...outputs, 'nodes/n1/ip_addr_show_eth0': outputs['nodes/n1/ip_addr']! });
  expect(facts.node('n1', 'addresses.nic-count')).toBe(1);
});

test('a virtual /32 beside the node address is extra but no second address of the network', () => {
  const vip = `2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 192.168.10.11/24 brd 192.168.10.255 scope global eth0
    inet 192.168.10.100/32 scope global eth0
`;
  const facts = derived(addresses, { ...flannelCluster(), 'nodes/n1/ip_addr': vip });
  expect(facts.node('n1', 'addresses.nic-count')).toBe(1);
  expect(facts.node('n1', 'addresses.nic-extra')).toEqual(['192.168.10.100']);
  expect(facts.node('n1', 'addresses.nic-dhcp-and-static')).toBe(false);
});

test('behind a NAT the known address is on no interface of the node', () => {
  const natted = TWO_ADDRESSES.replace(/.*secondary.*\n.*\n/, '').replace('192.168.10.228', '192.168.122.13');
  const facts = derived(addresses, { ...flannelCluster(), 'nodes/n3/ip_addr': natted });
  expect(facts.node('n3', 'addresses.node-ip-local')).toBe(false);
});

test('an excerpt of one device does not show that the node address is missing', () => {
  const facts = derived(addresses, {
    'cluster/nodes.json': list([nodeObject('w1', '10.1.2.3')]),
    'nodes/w1/ip_addr_show_kube-ipvs0': `5: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default
    link/ether 2a:ba:0a:f2:11:c8 brd ff:ff:ff:ff:ff:ff
    inet 10.96.0.1/32 scope global kube-ipvs0
       valid_lft forever preferred_lft forever
`,
  });
  expect(facts.node('w1', 'addresses.node-ip-local')).toBeUndefined();
  expect(facts.node('w1', 'addresses.shared-with-pod')).toBeUndefined();
});

test('a tunnel address that a pod was given too is shared', () => {
  const facts = derived(addresses, {
    'nodes/n1/ip_addr': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc mq state UP
    inet 10.116.10.4/22 brd 10.116.11.255 scope global dynamic noprefixroute eth0
5: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 8981 qdisc noqueue state UNKNOWN
    inet 100.111.85.73/32 scope global tunl0
`,
    'nodes/n1/ip_route': `default via 10.116.8.1 dev eth0 proto dhcp metric 100
blackhole 100.111.85.64/26 proto bird
100.111.85.70 dev cali3b0c2ad7e91 scope link
100.111.85.73 dev calid91f02c5a0b scope link
`,
  });
  expect(facts.node('n1', 'addresses.shared-with-pod')).toEqual(['100.111.85.73']);
  expect(facts.cluster('addresses.duplicates')).toEqual(['100.111.85.73']);
});

test('two running pods with one address are duplicates, a finished pod is not', () => {
  const outputs = flannelCluster();
  const pods = (phase: string) =>
    list([
      podObject('default', 'a', 'n1', { ip: '10.244.1.7' }),
      podObject('default', 'b', 'n2', { ip: '10.244.1.7', phase }),
    ]);
  const running = derived(addresses, { ...outputs, 'cluster/pods.json': pods('Running') });
  expect(running.cluster('addresses.duplicates')).toEqual(['10.244.1.7']);
  const finished = derived(addresses, { ...outputs, 'cluster/pods.json': pods('Succeeded') });
  expect(finished.cluster('addresses.duplicates')).toEqual([]);
});

test('docker0 with the same address on every node is no duplicate, a cloned NIC MAC is one', () => {
  const outputs = flannelCluster();
  const docker = `9: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN
    link/ether 02:42:6a:1f:93:0c brd ff:ff:ff:ff:ff:ff
    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0
`;
  for (const n of [1, 2, 3]) outputs[`nodes/n${n}/ip_addr`] += docker;
  outputs['nodes/n2/ip_addr'] = outputs['nodes/n2/ip_addr']!.replace('52:54:00:b3:7b:02', '52:54:00:b3:7b:01');
  const facts = derived(addresses, outputs);
  expect(facts.cluster('addresses.duplicates')).toEqual([]);
  expect(facts.cluster('macs.duplicates')).toEqual(['52:54:00:b3:7b:01']);
});
