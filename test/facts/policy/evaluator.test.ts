import { describe, expect, test } from 'vitest';
import { list } from '../derive/bundle-facts.js';
import { connectionOf, evaluatorOf, policyYaml } from './cluster.js';

const DENY = 'podSelector: {}\npolicyTypes: [Ingress, Egress]';
const ALLOW_IN = 'podSelector: {}\ningress:\n- {}';
const ask = (
  policies: Record<string, string>,
  connection: { from: string; to: string; port?: string },
  files: Record<string, string | undefined> = {},
) => evaluatorOf(policies, files).verdict(connectionOf(connection));

describe('what a verdict tells besides', () => {
  test('of what is denied, all policies that isolate the pod, each with the line where it stands', () => {
    const { policies, direction } = ask(
      { 'shop/a': 'podSelector: {}', 'shop/b': 'podSelector: {}\ningress: []', 'ops/c': 'podSelector: {}' },
      { from: 'back/api', to: 'shop/web' },
    );
    expect(direction).toBe('ingress');
    expect(policies).toEqual([
      { namespace: 'shop', name: 'a', direction: 'ingress', source: { file: 'cluster/networkpolicies.yaml', line: 1 } },
      { namespace: 'shop', name: 'b', direction: 'ingress', source: { file: 'cluster/networkpolicies.yaml', line: 9 } },
    ]);
  });

  test('policies stand in the order of the input, however they select', () => {
    const { policies } = ask(
      { 'shop/a': 'podSelector:\n  matchLabels:\n    app: web', 'shop/b': 'podSelector: {}' },
      { from: 'back/api', to: 'shop/web' },
    );
    expect(policies.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('of what is allowed, the first policy of each isolated side that allows it', () => {
    const { policies } = ask(
      {
        'shop/deny': DENY,
        'shop/out': 'podSelector: {}\npolicyTypes: [Egress]\negress:\n- {}',
        'back/in': ALLOW_IN,
        'back/in-too': ALLOW_IN,
      },
      { from: 'shop/web', to: 'back/api' },
    );
    expect(policies.map(({ namespace, name, direction }) => [namespace, name, direction])).toEqual([
      ['shop', 'out', 'egress'],
      ['back', 'in', 'ingress'],
    ]);
  });

  test('of what no policy is about, none', () => {
    expect(ask({}, { from: 'shop/web', to: 'back/api' })).toEqual({
      verdict: 'allowed',
      policies: [],
      missing: [],
      notes: [],
    });
  });

  test('that it is allowed by a block alone, where the block holds an address of the cluster’s own', () => {
    const block = 'podSelector: {}\ningress:\n- from:\n  - ipBlock:\n      cidr: 0.0.0.0/0';
    expect(ask({ 'shop/p': block }, { from: 'back/api', to: 'shop/web' }).notes).toEqual([
      'ip-block-of-cluster-address',
    ]);
    expect(ask({ 'shop/p': block }, { from: '203.0.113.7', to: 'shop/web' }).notes).toEqual([]);
    const both = `${block}\n  - namespaceSelector: {}`;
    expect(ask({ 'shop/p': both }, { from: 'back/api', to: 'shop/web' }).notes).toEqual([]);
  });

  test('of a policy of another API, what Kubernetes’ own policies say', () => {
    const other = list([
      { apiVersion: 'cilium.io/v2', kind: 'CiliumClusterwideNetworkPolicy', metadata: { name: 'x' }, spec: {} },
    ]);
    const files = { 'cluster/ciliumclusterwidenetworkpolicies.json': other };
    expect(evaluatorOf({}, files).otherPolicies).toBe(true);
    expect(evaluatorOf({}).otherPolicies).toBe(false);
    const from = { from: 'back/api', to: 'shop/web' };
    expect(ask({}, from, files)).toMatchObject({ verdict: 'unknown', otherwise: 'allowed' });
    expect(ask({ 'shop/deny': DENY }, from, files)).toMatchObject({ verdict: 'unknown', otherwise: 'denied' });
    const unread = ask({ 'shop/p': 'podSelector: {}\ningress:\n- form: x' }, from, files);
    expect([unread.verdict, unread.otherwise]).toEqual(['unknown', undefined]);
  });

  test('of ICMP, what plugins do that take a rule without ports for one about it', () => {
    const from = { from: 'back/api', to: 'shop/web', port: 'icmp' };
    const peers = 'podSelector: {}\ningress:\n- from:\n  - namespaceSelector: {}';
    expect(ask({ 'shop/p': peers }, from).otherwise).toBe('allowed');
    expect(ask({ 'shop/p': `${peers}\n  ports:\n  - port: 80` }, from).otherwise).toBe('denied');
  });

  test('what is denied on one side is denied, whatever is not known on the other', () => {
    const unclear = 'podSelector: {}\ningress:\n- form: x';
    expect(ask({ 'shop/deny': DENY, 'back/p': unclear }, { from: 'shop/web', to: 'back/api' })).toMatchObject({
      verdict: 'denied',
      direction: 'egress',
    });
  });
});

test('a policy that a table and a file both show counts once, and whole', () => {
  const table = 'NAMESPACE   NAME   POD-SELECTOR   AGE\nshop        p      <none>         5d\n';
  for (const path of ['cluster/a/kubectl_get_netpol_-A', 'zz/cluster/kubectl_get_netpol_-A']) {
    const found = ask({ 'shop/p': ALLOW_IN }, { from: 'back/api', to: 'shop/web' }, { [path]: table });
    expect(found.verdict, path).toBe('allowed');
    expect(found.policies, path).toHaveLength(1);
  }
});

test('whatever stands where a rule, a peer, a port or a selector should, nothing throws and nothing is taken for certain', () => {
  const values = ['null', '[]', '{}', '7', '"x"', 'true', '[null]', '[[]]', '[7]', '{a: {b: []}}', '[{a: 1}]'];
  const places = [
    (value: string) => `ingress: ${value}`,
    (value: string) => `ingress:\n- ${value}`,
    (value: string) => `ingress:\n- from: ${value}`,
    (value: string) => `ingress:\n- from:\n  - ${value}`,
    (value: string) => `ingress:\n- from:\n  - ipBlock: ${value}`,
    (value: string) => `ingress:\n- from:\n  - ipBlock:\n      cidr: ${value}`,
    (value: string) => `ingress:\n- from:\n  - podSelector: ${value}`,
    (value: string) => `ingress:\n- from:\n  - podSelector:\n      matchExpressions: ${value}`,
    (value: string) => `ingress:\n- from:\n  - podSelector:\n      matchLabels: ${value}`,
    (value: string) => `ingress:\n- ports: ${value}`,
    (value: string) => `ingress:\n- ports:\n  - ${value}`,
    (value: string) => `ingress:\n- ports:\n  - port: ${value}`,
    (value: string) => `policyTypes: ${value}`,
  ];
  for (const place of places) {
    for (const value of values) {
      const spec = `podSelector: {}\n${place(value)}`;
      const { verdict } = ask({ 'shop/p': spec }, { from: 'shop/db', to: 'shop/web' });
      expect(['allowed', 'denied', 'unknown'], spec).toContain(verdict);
      // What is malformed is neither a deny-all nor an allow-all.
      if (/: (?:7|"x"|true)$/.test(spec) && !/port: (?:7|"x")$/.test(spec)) expect(verdict, spec).toBe('unknown');
    }
  }
});

test('connections with ends that nobody knows are unknown, and nothing throws', () => {
  const evaluator = evaluatorOf({ 'shop/deny': DENY });
  const ends = [{}, { subject: 'pod/shop/none' }, { ip: 'x' }, { subject: 'node/none' }, { subject: 'cluster' }];
  for (const from of ends) {
    for (const to of ends) {
      const { verdict } = evaluator.verdict({ from, to, protocol: '', port: Number.NaN });
      expect(verdict).toBe(from.subject === 'node/none' && to.subject === 'node/none' ? 'allowed' : 'unknown');
    }
  }
});

test('a policy in the group of old clusters counts', () => {
  const old = policyYaml('shop/p', 'podSelector: {}').replace('networking.k8s.io/v1', 'extensions/v1beta1');
  const files = { 'cluster/networkpolicies.json': undefined, 'cluster/networkpolicies.yaml': old };
  expect(ask({}, { from: 'back/api', to: 'shop/web' }, files).verdict).toBe('denied');
});
