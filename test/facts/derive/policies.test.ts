import { expect, test } from 'vitest';
import { policies } from '../../../src/facts/derive/policies.js';
import { derived, list, podObject } from './bundle-facts.js';

const policy = (name: string, podSelector: object, namespace = 'shop') => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec: { podSelector, policyTypes: ['Ingress'] },
});
const count = (items: object[], labels: Record<string, string> = { app: 'web', tier: 'front' }, hostNetwork = false) =>
  derived(policies, {
    'cluster/pods.json': list([podObject('shop', 'web', 'n1', { ip: '10.244.1.2', labels, hostNetwork })]),
    ...(items.length === 0 ? {} : { 'cluster/networkpolicies.json': list(items) }),
  }).of('pod/shop/web', 'policies.selecting');

test('policies of the namespace that select the pod are counted', () => {
  expect(
    count([policy('a', {}), policy('b', { matchLabels: { app: 'web' } }), policy('c', { matchLabels: { app: 'db' } })]),
  ).toBe(2);
  expect(count([policy('a', {}, 'other')])).toBe(0);
});

test('expressions select too', () => {
  const by = (operator: string, values?: string[]) =>
    count([policy('a', { matchExpressions: [{ key: 'app', operator, ...(values === undefined ? {} : { values }) }] })]);
  expect(by('In', ['web', 'api'])).toBe(1);
  expect(by('NotIn', ['web'])).toBe(0);
  expect(by('Exists')).toBe(1);
  expect(by('DoesNotExist')).toBe(0);
  expect(by('Sometimes')).toBeUndefined();
});

test('a pod of the host network has none, and without policies nothing is known', () => {
  expect(count([policy('a', {})], {}, true)).toBeUndefined();
  expect(count([])).toBeUndefined();
});

test('a direction in which no policy of the pod allows anything is denied by default', () => {
  const denied = (...specs: object[]) =>
    derived(policies, {
      'cluster/pods.json': list([podObject('shop', 'web', 'n1', { ip: '10.244.1.2', labels: { app: 'web' } })]),
      'cluster/networkpolicies.json': list(
        specs.map((spec, index) => ({
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { name: `p${index}`, namespace: 'shop' },
          spec: { podSelector: {}, ...spec },
        })),
      ),
    }).of('pod/shop/web', 'policies.default-deny');
  expect(denied({ policyTypes: ['Ingress'] })).toEqual(['ingress']);
  expect(denied({ policyTypes: ['Ingress', 'Egress'] })).toEqual(['ingress', 'egress']);
  expect(denied({ policyTypes: ['Ingress'] }, { policyTypes: ['Ingress'], ingress: [{}] })).toEqual([]);
  expect(denied({})).toEqual(['ingress']);
  expect(denied({ podSelector: { matchExpressions: [{ key: 'app', operator: 'Sometimes' }] } })).toBeUndefined();
});

test('a policy that a table and a file both show counts once', () => {
  const facts = derived(policies, {
    'cluster/pods.json': list([podObject('shop', 'web', 'n1', { ip: '10.244.1.2', labels: { app: 'web' } })]),
    'cluster/networkpolicies.json': list([policy('a', {})]),
    'cluster/kubectl_get_netpol_-A': 'NAMESPACE   NAME   POD-SELECTOR   AGE\nshop        a      <none>         5d\n',
  });
  expect(facts.of('pod/shop/web', 'policies.selecting')).toBe(1);
  expect(facts.of('pod/shop/web', 'policies.default-deny')).toEqual(['ingress']);
});

test('a policy of the whole cluster by another API leaves open what is denied', () => {
  const facts = derived(policies, {
    'cluster/pods.json': list([podObject('shop', 'web', 'n1', { ip: '10.244.1.2', labels: { app: 'web' } })]),
    'cluster/networkpolicies.json': list([policy('a', {})]),
    'cluster/globalnetworkpolicies.json': list([
      { apiVersion: 'crd.projectcalico.org/v1', kind: 'GlobalNetworkPolicy', metadata: { name: 'g' }, spec: {} },
    ]),
  });
  expect(facts.of('pod/shop/web', 'policies.selecting')).toBe(1);
  expect(facts.of('pod/shop/web', 'policies.default-deny')).toBeUndefined();
});

test('lookups are denied where egress is isolated and no rule holds UDP 53', () => {
  const denied = (...egress: object[]) =>
    derived(policies, {
      'cluster/pods.json': list([podObject('shop', 'web', 'n1', { ip: '10.244.1.2' })]),
      'cluster/networkpolicies.json': list([
        { ...policy('a', {}), spec: { podSelector: {}, policyTypes: ['Egress'], egress } },
      ]),
    }).of('pod/shop/web', 'policies.dns-denied');
  expect(denied({ ports: [{ protocol: 'TCP', port: 5432 }] })).toBe(true);
  // A port without its protocol is TCP's.
  expect(denied({ ports: [{ port: 53 }] })).toBe(true);
  expect(denied({ ports: [{ protocol: 'UDP', port: 53 }] })).toBeUndefined();
  expect(denied({ to: [{ podSelector: {} }] })).toBeUndefined();
});
