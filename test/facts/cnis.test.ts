import { expect, test } from 'vitest';
import { CNIS, cnisOf } from './cni-profiles.js';

const MESSAGES = (text: string): string[] =>
  cnisOf(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
const ONE = 'cnis:\n  - {id: one, title: One, attachment: bridge, policy: none, podAddresses: node';

test("podnet's own file holds the CNIs of the field", () => {
  for (const name of [
    'flannel',
    'calico',
    'cilium',
    'antrea',
    'kube-router',
    'weave',
    'ovn-kubernetes',
    'kube-ovn',
    'aws-vpc-cni',
    'azure-cni',
    'gke',
    'terway',
    'tke-vpc-cni',
    'tke-global-route',
    'canal',
    'kindnet',
    'bridge',
  ])
    expect(CNIS.named(name)?.id, name).toBe(name);
});

test('reporters may call a CNI by another name', () => {
  expect(CNIS.named('Azure')?.id).toBe('azure-cni');
  expect(CNIS.named('kubenet')?.id).toBe('bridge');
  expect(CNIS.named('unheard-of')).toBeUndefined();
});

test('agents are told by name or label, other workloads of the CNI are none', () => {
  const agents = [
    'kube-flannel-ds-x7k2p',
    'calico-node-abcde',
    'rke2-canal-jx2v9',
    'cilium-8xk2p',
    'tke-eni-agent-2hs7d',
    'kube-ovn-cni-k2x8d',
    'azure-cns-5kd82',
  ];
  const others = [
    'calico-kube-controllers-6d8',
    'cilium-operator-5d7',
    'cilium-envoy-9xk2p',
    'coredns-1',
    'kube-flannel-cfg',
  ];
  expect(agents.filter((name) => !CNIS.isAgent(name, {}))).toEqual([]);
  expect(others.filter((name) => CNIS.isAgent(name, {}))).toEqual([]);
  expect(CNIS.isAgent('network-7dk', { 'k8s-app': 'calico-node' })).toBe(true);
});

test('devices are pods, bridges, gateways, tunnels, or nothing of a CNI', () => {
  expect(
    ['vethfc71bb1', 'cali0a1b2c3d4e5', 'lxc1a2b3c', 'eni0a1b2c3d4e5', 'azv12ab'].every((name) =>
      CNIS.isPodDevice(name),
    ),
  ).toBe(true);
  expect(['vethwe-bridge', 'lxcbr0', 'lxc_health', 'eth0'].some((name) => CNIS.isPodDevice(name))).toBe(false);
  expect(CNIS.tunnelOf('vxlan.calico')).toMatchObject({ kind: 'vxlan', port: 4789, overhead: 50 });
  expect(CNIS.tunnelOf('eth0')).toBeUndefined();
  expect(CNIS.isPodBridge('cni0') && CNIS.isGateway('cilium_host')).toBe(true);
});

test("Weave's bridge holds all nodes' pods, cni0 the node's own", () => {
  expect(CNIS.isOfNodesPods('cni0')).toBe(true);
  expect(CNIS.isOfNodesPods('weave')).toBe(false);
});

test('configuration of Canal beside Calico is no leftover, that of Flannel beside Cilium is one', () => {
  expect(CNIS.ofConfig('10-calico.conflist', ['calico', 'portmap'])).toBe('calico');
  expect(CNIS.ofConfig('87-podman-bridge.conflist', ['bridge'])).toBeUndefined();
  expect(CNIS.goTogether('calico', 'canal')).toBe(true);
  expect(CNIS.goTogether('flannel', 'cilium')).toBe(false);
});

test('mistakes of the file are told with their place', () => {
  expect(MESSAGES(`${ONE}, attachement: bridge}\n`)).toEqual([
    expect.stringMatching(/^2:\d+ unknown key "attachement": .*did you mean "attachment"\?/),
  ]);
  expect(MESSAGES(`${ONE}, workloads: '(a'}\n`)).toEqual([expect.stringContaining('not a regular expression')]);
  expect(MESSAGES(`${ONE}, ports: {bgp: 70000}}\n`)).toEqual([expect.stringContaining('70000 is not a port')]);
  expect(MESSAGES(`${ONE}, together: [two]}\n`)).toEqual([expect.stringContaining('"two", which is no CNI')]);
  expect(
    MESSAGES(
      `${ONE}}\n  - {id: two, title: Two, aliases: [one], attachment: bridge, policy: none, podAddresses: node}\n`,
    ),
  ).toEqual([expect.stringContaining('"one" is there already')]);
});
