import type { Row } from '../cluster.js';

const IN = { from: 'back/api', to: 'shop/db' };
/** Ingress of shop/db from the peers. */
const from = (peers: string): Record<string, string> => ({
  'shop/p': `podSelector:\n  matchLabels:\n    app: db\ningress:\n- from:\n${peers}`,
});
/** Egress of shop/web to the peers. */
const to = (peers: string): Record<string, string> => ({
  'shop/p': `podSelector:\n  matchLabels:\n    app: web\npolicyTypes: [Egress]\negress:\n- to:\n${peers}`,
});
const expression = (line: string): Record<string, string> =>
  from(`  - podSelector:\n      matchExpressions:\n      - {${line}}`);
const denied = { verdict: 'denied', direction: 'ingress' } as const;
const allowed = { verdict: 'allowed' } as const;

/** Entries of `from` and `to`, and the selectors in them. */
export const PEERS: readonly Row[] = [
  {
    name: 'a podSelector alone selects pods of the policy’s own namespace',
    policies: from('  - podSelector:\n      matchLabels:\n        role: frontend'),
    from: 'shop/web',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'a podSelector alone selects no pods of other namespaces, whatever their labels',
    policies: from('  - podSelector:\n      matchLabels:\n        role: frontend'),
    ...IN,
    ...denied,
  },
  {
    name: 'an empty podSelector in from selects all pods of the policy’s namespace',
    policies: from('  - podSelector: {}'),
    from: 'shop/bare',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'an empty podSelector in from selects no pods of other namespaces',
    policies: from('  - podSelector: {}'),
    ...IN,
    ...denied,
  },
  {
    name: 'a namespaceSelector alone selects all pods of the namespaces',
    policies: from('  - namespaceSelector:\n      matchLabels:\n        team: b'),
    ...IN,
    ...allowed,
  },
  {
    name: 'a namespaceSelector that does not match the namespace does not allow its pods',
    policies: from('  - namespaceSelector:\n      matchLabels:\n        team: c'),
    ...IN,
    ...denied,
  },
  {
    name: 'a namespaceSelector is about labels of the namespace, not of the pod',
    policies: from('  - namespaceSelector:\n      matchLabels:\n        app: api'),
    ...IN,
    ...denied,
  },
  {
    name: 'an empty namespaceSelector selects all namespaces',
    policies: from('  - namespaceSelector: {}'),
    ...IN,
    ...allowed,
  },
  {
    name: 'an empty namespaceSelector selects the policy’s own namespace too',
    policies: from('  - namespaceSelector: {}'),
    from: 'shop/web',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'an empty namespaceSelector does not allow what is outside of the cluster',
    policies: from('  - namespaceSelector: {}'),
    from: '203.0.113.7',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'selectors in one entry are ANDed: the namespace and the pod match',
    policies: from(
      '  - namespaceSelector:\n      matchLabels:\n        team: b\n    podSelector:\n      matchLabels:\n        app: api',
    ),
    ...IN,
    ...allowed,
  },
  {
    name: 'selectors in one entry are ANDed: the namespace alone matches',
    policies: from(
      '  - namespaceSelector:\n      matchLabels:\n        team: b\n    podSelector:\n      matchLabels:\n        app: web',
    ),
    ...IN,
    ...denied,
  },
  {
    name: 'selectors in one entry are ANDed: the pod alone matches',
    policies: from(
      '  - namespaceSelector:\n      matchLabels:\n        team: a\n    podSelector:\n      matchLabels:\n        app: api',
    ),
    ...IN,
    ...denied,
  },
  {
    name: 'selectors in two entries are ORed: the namespace alone matches',
    policies: from(
      '  - namespaceSelector:\n      matchLabels:\n        team: b\n  - podSelector:\n      matchLabels:\n        app: web',
    ),
    ...IN,
    ...allowed,
  },
  {
    name: 'selectors in two entries are ORed: the pod alone matches, in the policy’s namespace',
    policies: from(
      '  - namespaceSelector:\n      matchLabels:\n        team: b\n  - podSelector:\n      matchLabels:\n        app: web',
    ),
    from: 'shop/web',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'an empty namespaceSelector with a podSelector selects such pods of all namespaces',
    policies: from('  - namespaceSelector: {}\n    podSelector:\n      matchLabels:\n        role: frontend'),
    ...IN,
    ...allowed,
  },
  {
    name: 'every namespace bears its name as a label',
    policies: from('  - namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: back'),
    ...IN,
    ...allowed,
  },
  {
    name: 'the label of the name tells namespaces apart though no namespace was collected',
    policies: from('  - namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: shop'),
    files: { 'cluster/namespaces.json': undefined },
    ...IN,
    ...denied,
  },
  {
    name: 'every namespace bears its name as a label, though its YAML was written without',
    policies: from('  - namespaceSelector:\n      matchLabels:\n        kubernetes.io/metadata.name: back'),
    files: {
      'cluster/namespaces.json': undefined,
      'cluster/namespaces.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: back\n',
    },
    ...IN,
    ...allowed,
  },
  {
    name: 'several namespaces by name: In',
    policies: from(
      '  - namespaceSelector:\n      matchExpressions:\n      - key: kubernetes.io/metadata.name\n        operator: In\n        values: [ops, back]',
    ),
    ...IN,
    ...allowed,
  },
  {
    name: 'an empty list of sources is all sources',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- from: []' },
    from: '203.0.113.7',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'a missing list of sources is all sources',
    policies: { 'shop/p': 'podSelector: {}\ningress:\n- ports:\n  - port: 8080' },
    from: '203.0.113.7',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'In: the value is one of them',
    policies: expression('key: app, operator: In, values: [web, api]'),
    from: 'shop/web',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'In: a pod without the key does not match',
    policies: expression('key: app, operator: In, values: [web, api]'),
    from: 'shop/bare',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'NotIn: the value is one of them',
    policies: expression('key: app, operator: NotIn, values: [web]'),
    from: 'shop/web',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'NotIn: a pod without the key matches',
    policies: expression('key: app, operator: NotIn, values: [web]'),
    from: 'shop/bare',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'Exists: the key is there, whatever its value',
    policies: expression('key: role, operator: Exists'),
    from: 'shop/web',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'Exists: the key is not there',
    policies: expression('key: role, operator: Exists'),
    from: 'shop/bare',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'Exists: a word of the language is no label',
    policies: expression('key: constructor, operator: Exists'),
    from: 'shop/web',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'DoesNotExist: the key is not there',
    policies: expression('key: role, operator: DoesNotExist'),
    from: 'shop/bare',
    to: 'shop/db',
    ...allowed,
  },
  {
    name: 'DoesNotExist: the key is there',
    policies: expression('key: role, operator: DoesNotExist'),
    from: 'shop/web',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'matchLabels and matchExpressions are ANDed',
    policies: from(
      '  - podSelector:\n      matchLabels:\n        app: web\n      matchExpressions:\n      - {key: role, operator: NotIn, values: [frontend]}',
    ),
    from: 'shop/web',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'egress to pods of another namespace by their labels',
    policies: to(
      '  - namespaceSelector:\n      matchLabels:\n        team: b\n    podSelector:\n      matchLabels:\n        app: api',
    ),
    from: 'shop/web',
    to: 'back/api',
    ...allowed,
  },
  {
    name: 'egress to a podSelector alone is to the policy’s namespace',
    policies: to('  - podSelector: {}'),
    from: 'shop/web',
    to: 'back/api',
    verdict: 'denied',
    direction: 'egress',
  },
  {
    name: 'an empty list of destinations is all destinations',
    policies: { 'shop/p': 'podSelector: {}\npolicyTypes: [Egress]\negress:\n- to: []' },
    from: 'shop/web',
    to: '203.0.113.7',
    ...allowed,
  },
  {
    name: 'a pod is found by its address',
    policies: from('  - podSelector:\n      matchLabels:\n        app: web'),
    from: '10.244.1.2',
    to: '10.244.2.2',
    ...allowed,
  },
  {
    name: 'a pod that has completed is selected by nothing',
    policies: from('  - podSelector:\n      matchLabels:\n        app: web'),
    from: 'shop/done',
    to: 'shop/db',
    ...denied,
  },
  {
    name: 'a pod that has no address yet is selected by nothing',
    policies: from('  - podSelector:\n      matchLabels:\n        app: web'),
    from: 'shop/pending',
    to: 'shop/db',
    ...denied,
  },
];
