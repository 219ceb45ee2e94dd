import { expect, test } from 'vitest';
import { whereCaptured } from '../../../../src/facts/bundle/capture-place.js';
import { roleOfInterface } from '../../../../src/facts/captures/path/hop-role.js';

test.each([
  ['flannel.1', 'tunnel'],
  ['flannel-v6.1', 'tunnel'],
  ['flannel-wg', 'tunnel'],
  ['vxlan.calico', 'tunnel'],
  ['vxlan-v6.calico', 'tunnel'],
  ['tunl0', 'tunnel'],
  ['wireguard.cali', 'tunnel'],
  ['cilium_vxlan', 'tunnel'],
  ['cilium_geneve', 'tunnel'],
  ['cilium_wg0', 'tunnel'],
  ['genev_sys_6081', 'tunnel'],
  ['vxlan_sys_4789', 'tunnel'],
  ['antrea-tun0', 'tunnel'],
  ['wg0', 'tunnel'],
  ['cni0', 'bridge'],
  ['cbr0', 'bridge'],
  ['docker0', 'bridge'],
  ['kube-bridge', 'bridge'],
  ['br-int', 'bridge'],
  ['weave', 'bridge'],
  ['antrea-gw0', 'bridge'],
  ['ovn-k8s-mp0', 'bridge'],
  ['veth68f93aed', 'pod'],
  ['cali1234567890a', 'pod'],
  ['lxcbabe9d5a', 'pod'],
  ['ucni68f93aed', 'pod'],
  ['eni0123456789a', 'pod'],
  ['azv1234', 'pod'],
  ['eth0', 'nic'],
  ['ens192', 'nic'],
  ['enp0s3', 'nic'],
  ['eno1', 'nic'],
  ['bond0', 'nic'],
  ['bond0.100', 'nic'],
  ['team0', 'nic'],
  ['lo', undefined],
  ['kube-ipvs0', undefined],
  ['nodelocaldns', undefined],
  ['', undefined],
])('%s is of role %s', (name, role) => {
  expect(roleOfInterface(name)).toBe(role);
});

test.each([
  ['captures/n1/eth0.pcap', { node: 'n1', iface: 'eth0' }],
  ['n1/flannel.1.pcap', { node: 'n1', iface: 'flannel.1' }],
  ['n1-eth0.pcap', { node: 'n1', iface: 'eth0' }],
  ['dump/worker-2_cni0.pcapng', { node: 'worker-2', iface: 'cni0' }],
  ['node1.example.com-veth12ab.cap', { node: 'node1.example.com', iface: 'veth12ab' }],
  ['worker-1-flannel.1.pcap', { node: 'worker-1', iface: 'flannel.1' }],
  ['n1@vxlan.calico.txt', { node: 'n1', iface: 'vxlan.calico' }],
  ['eth0.pcap', { iface: 'eth0' }],
  ['eth0.pcap3', { iface: 'eth0' }],
  ['n1/any.pcap.gz', { node: 'n1', iface: 'any' }],
  ['./trace.pcap', { iface: 'trace' }],
])('%s says where it was captured', (path, where) => {
  expect(whereCaptured(path)).toEqual(where);
});
