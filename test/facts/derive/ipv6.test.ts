import { expect, test } from 'vitest';
import { deriveFlows } from '../../../src/facts/derive/flows.js';
import { ipv6 } from '../../../src/facts/derive/ipv6.js';
import { buildTopology } from '../../../src/facts/derive/topology.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';
import { derived, list, type Outputs } from './bundle-facts.js';

const DUAL = list([
  {
    kind: 'Node',
    metadata: { name: 'n1' },
    spec: { podCIDR: '10.244.1.0/24', podCIDRs: ['10.244.1.0/24', 'fd00:10:244:1::/64'] },
    status: { addresses: [{ type: 'InternalIP', address: '192.168.10.11' }] },
  },
]);

const node = (outputs: Outputs, fact: string) =>
  derived(ipv6, {
    'cluster/nodes.json': DUAL,
    'nodes/n1/ip_route': 'default via 192.168.10.1 dev eth0\n192.168.10.0/24 dev eth0 src 192.168.10.11\n',
    ...outputs,
  }).node('n1', fact);

test('IPv6 that nothing uses is nobody’s fault', () => {
  const facts = derived(ipv6, {
    'cluster/nodes.json': DUAL.replace(/,\s*"fd00:[^"]*"/, ''),
    'nodes/n1/sysctl_-a': 'net.ipv6.conf.all.disable_ipv6 = 1\n',
  });
  expect(facts.cluster('ipv6.in-use')).toBe(false);
  expect(facts.node('n1', 'ipv6.disabled')).toBeUndefined();
});

test('a node may have IPv6 switched off, for all or for its NIC', () => {
  expect(node({ 'nodes/n1/sysctl_-a': 'net.ipv6.conf.all.disable_ipv6 = 1\n' }, 'ipv6.disabled')).toBe(true);
  expect(node({ 'nodes/n1/sysctl_-a': 'net.ipv6.conf.all.disable_ipv6 = 0\n' }, 'ipv6.disabled')).toBe(false);
  expect(node({}, 'ipv6.disabled')).toBeUndefined();
});

test('a node that forwards ignores advertisements unless accept_ra is 2', () => {
  const told = (accept: number, routes: string) =>
    node(
      {
        'nodes/n1/sysctl_-a': `net.ipv6.conf.all.forwarding = 1\nnet.ipv6.conf.eth0.accept_ra = ${accept}\n`,
        'nodes/n1/ip_-6_route': routes,
      },
      'ipv6.advertisements-ignored',
    );
  expect(told(1, 'fe80::/64 dev eth0 proto kernel metric 256 pref medium\n')).toBe(true);
  expect(told(2, 'fe80::/64 dev eth0 proto kernel metric 256 pref medium\n')).toBe(false);
  expect(told(1, 'default via fe80::1 dev eth0 proto static metric 1024 pref medium\n')).toBe(false);
});

test('IPv6 fails alone where IPv4 works on the same leg', () => {
  const reach = (v4: boolean) => `version: 1
reachability:
  - {from: {kind: pod, node: n1, ip: 10.244.1.5}, to: {kind: external, ip: "2606:4700::1111", port: 443}, proto: tcp, ok: false, error: timeout}
  - {from: {kind: pod, node: n1, ip: 10.244.1.5}, to: {kind: external, ip: 1.1.1.1, port: 443}, proto: tcp, ok: ${v4}${v4 ? '' : ', error: timeout'}}
`;
  const told = (v4: boolean) => {
    const entries = [{ path: 'facts.yaml', bytes: new TextEncoder().encode(reach(v4)) }];
    const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
    const topology = buildTopology(store);
    ipv6.derive({ store, topology, flows: deriveFlows(store, topology) });
    return store.value('cluster', 'ipv6.fails-alone');
  };
  expect(told(true)).toBe(true);
  expect(told(false)).toBeUndefined();
});
