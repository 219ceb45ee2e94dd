import type { Row } from '../cluster.js';

const DENY = { 'shop/deny': 'podSelector: {}\npolicyTypes: [Ingress, Egress]' };
const ingress = (rule: string): Record<string, string> => ({ 'shop/p': `podSelector: {}\ningress:\n${rule}` });
const egress = (rule: string): Record<string, string> => ({
  'shop/p': `podSelector: {}\npolicyTypes: [Egress]\negress:\n${rule}`,
});
const denied = { verdict: 'denied', direction: 'ingress' } as const;
const allowed = { verdict: 'allowed' } as const;
const PLUGIN = 'whether the network plugin tells a pod of the host’s network from its node';

/** Nodes, and the pods that share their network. */
export const NODES: readonly Row[] = [
  {
    name: 'traffic from a pod’s own node is always allowed',
    policies: DENY,
    from: 'node/n1',
    to: 'shop/web',
    ...allowed,
  },
  {
    name: 'traffic from a pod’s own node is always allowed, by the node’s address',
    policies: DENY,
    from: '192.168.10.11',
    to: 'shop/web',
    ...allowed,
  },
  {
    name: 'traffic to a pod’s own node is always allowed',
    policies: DENY,
    from: 'shop/web',
    to: 'node/n1',
    ...allowed,
  },
  {
    name: 'a pod of the host’s network on the pod’s own node is its node',
    policies: DENY,
    from: 'kube-system/exporter1',
    to: 'shop/web',
    ...allowed,
  },
  { name: 'traffic from another node is not allowed', policies: DENY, from: 'node/n2', to: 'shop/web', ...denied },
  {
    name: 'traffic to another node is not allowed',
    policies: DENY,
    from: 'shop/web',
    to: 'node/n2',
    verdict: 'denied',
    direction: 'egress',
  },
  {
    name: 'traffic from another node is allowed by a block that holds its address',
    policies: ingress('- from:\n  - ipBlock:\n      cidr: 192.168.10.0/24'),
    from: 'node/n2',
    to: 'shop/web',
    ...allowed,
  },
  {
    name: 'traffic from a pod of the host’s network is allowed by a block that holds its node’s address',
    policies: ingress('- from:\n  - ipBlock:\n      cidr: 192.168.10.0/24'),
    from: 'kube-system/exporter1',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'a selector that selects a pod of the host’s network allows it or not, as the plugin has it',
    policies: ingress(
      '- from:\n  - namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: kube-system',
    ),
    from: 'kube-system/exporter1',
    to: 'shop/db',
    verdict: 'unknown',
    direction: 'ingress',
    missing: PLUGIN,
  },
  {
    name: 'a selector that does not select a pod of the host’s network does not allow it with any plugin',
    policies: ingress('- from:\n  - namespaceSelector:\n      matchLabels:\n        team: a'),
    from: 'kube-system/exporter1',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'a node’s address may be that of a pod of the host’s network that a selector selects',
    policies: ingress('- from:\n  - podSelector:\n      matchLabels:\n        app: agent'),
    from: '192.168.10.12',
    to: 'shop/web',
    verdict: 'unknown',
    direction: 'ingress',
    missing: PLUGIN,
  },
  {
    name: 'a pod of the host’s network is not isolated for ingress',
    policies: DENY,
    from: 'back/api',
    to: 'shop/agent',
    ...allowed,
  },
  {
    name: 'a pod of the host’s network is not isolated for egress',
    policies: DENY,
    from: 'shop/agent',
    to: 'back/api',
    ...allowed,
  },
  {
    name: 'egress to every pod does not hold a node',
    policies: egress('- to:\n  - namespaceSelector:\n      matchLabels:\n        team: b'),
    from: 'shop/web',
    to: 'node/n2',
    verdict: 'denied',
    direction: 'egress',
  },
  {
    name: 'egress to a block that holds the other node’s address',
    policies: egress('- to:\n  - ipBlock:\n      cidr: 192.168.10.12/32'),
    from: 'shop/web',
    to: 'shop/agent',
    ...allowed,
  },
  {
    name: 'a named port of a pod of the host’s network is known to the plugins that know such pods',
    policies: egress('- ports:\n  - port: metrics'),
    from: 'shop/db',
    to: 'kube-system/exporter1',
    port: '9100/tcp',
    verdict: 'unknown',
    direction: 'egress',
    missing: PLUGIN,
  },
  { name: 'traffic between nodes is no policy’s business', policies: DENY, from: 'node/n1', to: 'node/n2', ...allowed },
  {
    name: 'traffic from outside to a node is no policy’s business',
    policies: DENY,
    from: '203.0.113.7',
    to: 'node/n1',
    ...allowed,
  },
];
