import { expect, test } from 'vitest';
import { mtu } from '../../../src/facts/derive/mtu.js';
import { derived, flannelAddresses, flannelCluster, type Outputs } from './bundle-facts.js';

function withNicMtu(value: number, nodes: readonly number[]): Outputs {
  const outputs = flannelCluster();
  for (const n of nodes) outputs[`nodes/n${n}/ip_addr`] = flannelAddresses(n).replace('mtu 1500', `mtu ${value}`);
  return outputs;
}

test('1450 over 1500 fits, 1450 over 1450 does not', () => {
  const healthy = derived(mtu, flannelCluster());
  expect(healthy.node('n1', 'mtu.nic')).toBe(1500);
  expect(healthy.node('n1', 'mtu.tunnel-too-large')).toBe(false);
  expect(healthy.node('n1', 'mtu.pod-too-large')).toBe(false);
  expect(healthy.node('n1', 'mtu.nic-differs')).toBe(false);
  expect(healthy.node('n1', 'mtu.jumbo')).toBe(false);
  expect(derived(mtu, withNicMtu(1450, [1, 2, 3])).node('n1', 'mtu.tunnel-too-large')).toBe(true);
});

test('the NIC that differs is told against a majority only', () => {
  const jumbo = derived(mtu, withNicMtu(9000, [2]));
  expect(jumbo.node('n2', 'mtu.nic-differs')).toBe(true);
  expect(jumbo.node('n2', 'mtu.jumbo')).toBe(true);
  expect(jumbo.node('n1', 'mtu.nic-differs')).toBe(false);
  const two = withNicMtu(9000, [2]);
  delete two['nodes/n3/ip_addr'];
  expect(derived(mtu, two).node('n2', 'mtu.nic-differs')).toBeUndefined();
});

const IPIP = (tunnel: number, pod: number, nic: number) => ({
  'nodes/vm1/ip_addr': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN
    inet 127.0.0.1/8 scope host lo
2: ens4v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${nic} qdisc pfifo_fast state UP
    inet 10.240.0.5/32 brd 10.240.0.5 scope global dynamic ens4v1
3: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN
    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0
5: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu ${tunnel} qdisc noqueue state UNKNOWN
    inet 192.168.0.1/32 scope global tunl0
8: cali9a2b1c0d@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu ${pod} qdisc noqueue state UP
`,
});

test('IPIP adds 20 bytes: 1480 over 1460 is too large, 1440 is not', () => {
  const large = derived(mtu, IPIP(1480, 1500, 1460));
  expect(large.node('vm1', 'mtu.tunnel-too-large')).toBe(true);
  expect(large.node('vm1', 'mtu.pod-too-large')).toBe(true);
  const right = derived(mtu, IPIP(1440, 1440, 1460));
  expect(right.node('vm1', 'mtu.tunnel-too-large')).toBe(false);
  expect(right.node('vm1', 'mtu.pod-too-large')).toBe(false);
});

test("Cilium's devices keep the NIC's MTU, its routes have the smaller one", () => {
  const cilium = {
    'nodes/n1/ip_addr': `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
    inet 10.0.0.5/24 scope global eth0
3: cilium_vxlan: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UNKNOWN
6: lxcbabe9d5a@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP
`,
  };
  const facts = derived(mtu, cilium);
  expect(facts.node('n1', 'mtu.tunnel-too-large')).toBeUndefined();
  expect(facts.node('n1', 'mtu.pod-too-large')).toBe(false);
});

test("a pod's own eth0 counts as its interface", () => {
  const outputs = {
    ...flannelCluster(),
    'pods/default/web-1/ip_link': `2: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT\n`,
  };
  expect(derived(mtu, outputs).node('n1', 'mtu.pod-too-large')).toBe(true);
});
