import type { Row } from '../cluster.js';
import { CLUSTER_FILES } from '../cluster.js';

const IN = { to: 'shop/db' };
const block = (lines: string): Record<string, string> => ({
  'shop/p': `podSelector:\n  matchLabels:\n    app: db\ningress:\n- from:\n  - ipBlock:\n${lines}`,
});
const toBlock = (lines: string, app = 'web'): Record<string, string> => ({
  'shop/p': `podSelector:\n  matchLabels:\n    app: ${app}\npolicyTypes: [Egress]\negress:\n- to:\n  - ipBlock:\n${lines}`,
});
const DOCUMENTED = '      cidr: 172.17.0.0/16\n      except:\n      - 172.17.1.0/24';
const denied = { verdict: 'denied', direction: 'ingress' } as const;
const deniedOut = { verdict: 'denied', direction: 'egress' } as const;
const allowed = { verdict: 'allowed' } as const;

/** `ipBlock`, and addresses in the place of pods. */
export const ADDRESSES: readonly Row[] = [
  { name: 'an address in the block', policies: block(DOCUMENTED), from: '172.17.2.9', ...IN, ...allowed },
  { name: 'an address that the block excepts', policies: block(DOCUMENTED), from: '172.17.1.9', ...IN, ...denied },
  { name: 'an address outside of the block', policies: block(DOCUMENTED), from: '172.18.0.9', ...IN, ...denied },
  { name: 'the last address of a block', policies: block(DOCUMENTED), from: '172.17.255.255', ...IN, ...allowed },
  {
    name: 'what one block excepts another block of the same rule may allow',
    policies: block(`${DOCUMENTED}\n  - ipBlock:\n      cidr: 172.17.1.0/28`),
    from: '172.17.1.9',
    ...IN,
    ...allowed,
  },
  {
    name: 'each network of several that are excepted counts',
    policies: block('      cidr: 0.0.0.0/0\n      except: [10.0.0.0/8, 203.0.113.0/24]'),
    from: '203.0.113.7',
    ...IN,
    ...denied,
  },
  {
    name: 'a block of one address',
    policies: block('      cidr: 203.0.113.7/32'),
    from: '203.0.113.7',
    ...IN,
    ...allowed,
  },
  {
    name: 'the block of everything allows everything of its family',
    policies: block('      cidr: 0.0.0.0/0'),
    from: '203.0.113.7',
    ...IN,
    ...allowed,
  },
  {
    name: 'the block of all of IPv4 holds no IPv6 address',
    policies: toBlock('      cidr: 0.0.0.0/0', 'dual'),
    from: 'shop/dual',
    to: '2001:db8::7',
    ...deniedOut,
  },
  {
    name: 'the block of all of IPv6 holds no IPv4 address',
    policies: toBlock('      cidr: ::/0'),
    from: 'shop/web',
    to: '203.0.113.7',
    ...deniedOut,
  },
  {
    name: 'an IPv6 address in the block, however it is written',
    policies: toBlock('      cidr: 2001:db8::/32', 'dual'),
    from: 'shop/dual',
    to: '2001:0DB8:0:0::7',
    ...allowed,
  },
  {
    name: 'an IPv6 address that the block excepts',
    policies: toBlock('      cidr: 2001:db8::/32\n      except: ["2001:db8:1::/48"]', 'dual'),
    from: 'shop/dual',
    to: '2001:db8:1::7',
    ...deniedOut,
  },
  {
    name: 'a pod of two families by its IPv6 address',
    policies: { 'shop/p': 'podSelector:\n  matchLabels:\n    app: dual' },
    from: '2001:db8::7',
    to: 'fd00:2:0::6',
    ...denied,
  },
  {
    name: 'a block is held against the pod’s own address',
    policies: block('      cidr: 10.244.1.0/24'),
    from: 'shop/web',
    ...IN,
    ...allowed,
  },
  {
    name: 'a pod of two families connects to one of IPv4 by its IPv4 address',
    policies: block('      cidr: 10.244.2.0/24'),
    from: 'shop/dual',
    ...IN,
    ...allowed,
  },
  {
    name: 'an address that a pod has from one that has completed is the new pod’s',
    policies: block(
      '      cidr: 172.17.0.0/16\n  - podSelector:\n      matchExpressions:\n      - {key: app, operator: DoesNotExist}',
    ),
    files: { 'cluster/pods.json': CLUSTER_FILES['cluster/pods.json']!.replaceAll('"10.244.2.3"', '"10.244.2.9"') },
    from: '10.244.2.9',
    ...IN,
    ...allowed,
  },
  {
    name: 'a block that does not hold the pod’s own address',
    policies: block('      cidr: 10.244.3.0/24'),
    from: 'shop/web',
    ...IN,
    ...denied,
  },
  {
    name: 'entries with a block and with selectors are ORed',
    policies: block(`${DOCUMENTED}\n  - podSelector:\n      matchLabels:\n        app: web`),
    from: 'shop/web',
    ...IN,
    ...allowed,
  },
  {
    name: 'an address from outside is no pod’s: no selector allows it',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- from:\n  - namespaceSelector: {}\n  - podSelector: {}' },
    from: '203.0.113.7',
    ...IN,
    ...denied,
  },
  {
    name: 'egress to an address outside: the documentation’s example, allowed',
    policies: {
      'shop/p':
        'podSelector:\n  matchLabels:\n    app: web\npolicyTypes: [Egress]\negress:\n- to:\n  - ipBlock:\n      cidr: 10.0.0.0/24\n  ports:\n  - protocol: TCP\n    port: 5978',
    },
    from: 'shop/web',
    to: '10.0.0.9',
    port: '5978/tcp',
    ...allowed,
  },
  {
    name: 'egress to an address outside: the documentation’s example, on another port',
    policies: {
      'shop/p':
        'podSelector:\n  matchLabels:\n    app: web\npolicyTypes: [Egress]\negress:\n- to:\n  - ipBlock:\n      cidr: 10.0.0.0/24\n  ports:\n  - protocol: TCP\n    port: 5978',
    },
    from: 'shop/web',
    to: '10.0.0.9',
    port: '5979/tcp',
    ...deniedOut,
  },
  {
    name: 'the address of a pod that has completed is not that pod’s any more',
    policies: { 'shop/p': 'podSelector:\n  matchLabels:\n    app: web' },
    from: 'back/api',
    to: 'shop/done',
    ...allowed,
  },
];
