import { expect, test } from 'vitest';
import { services } from '../../../src/facts/derive/services.js';
import { configMap, derived, endpointsObject, flannelCluster, list, podObject, serviceObject } from './bundle-facts.js';

const NAT = (rules: string) => `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SEP-23NJSXDYUSXY5E7Q - [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-LOLE4ISW44XBNF3G - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
${rules}COMMIT
`;
const WEB_RULES = (
  backend: string,
) => `-A KUBE-SEP-23NJSXDYUSXY5E7Q -p tcp -m comment --comment "default/web" -m tcp -j DNAT --to-destination ${backend}:8080
-A KUBE-SERVICES -d 10.96.10.10/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-LOLE4ISW44XBNF3G
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
`;

function cluster(
  rules: string | undefined,
  endpoints: readonly string[] = ['10.244.1.2'],
  notReady: readonly string[] = [],
) {
  return {
    ...flannelCluster(),
    'cluster/pods.json': list([
      podObject('default', 'web-1', 'n1', {
        ip: '10.244.1.2',
        labels: { app: 'web' },
        ports: [{ name: 'http', containerPort: 8080 }],
      }),
      podObject('default', 'other', 'n2', { ip: '10.244.2.2', labels: { app: 'other' } }),
    ]),
    'cluster/services.json': list([
      serviceObject('web', '10.96.10.10', 80, 8080),
      serviceObject('headless', 'None', 80, 8080, { selector: { app: 'web' } }),
    ]),
    'cluster/endpoints.json': list([endpointsObject('web', endpoints, notReady)]),
    ...(rules === undefined ? {} : { 'nodes/n1/iptables-save': NAT(rules) }),
  };
}

test('a healthy Service has its endpoints, its port and its rule', () => {
  const facts = derived(services, cluster(WEB_RULES('10.244.1.2')), { kubeProxyMode: 'iptables' });
  expect(facts.of('service/default/web', 'endpoints.ready')).toBe(1);
  expect(facts.of('service/default/web', 'endpoints.not-ready')).toBe(0);
  expect(facts.of('service/default/web', 'selector.matches')).toBe(1);
  expect(facts.of('service/default/web', 'target-port.declared')).toBe(true);
  expect(facts.of('service/default/web', 'traffic-policy.local')).toBe(false);
  expect(facts.node('n1', 'kube-proxy.rules-present')).toBe(true);
  expect(facts.node('n1', 'services.without-rules')).toEqual([]);
  expect(facts.node('n1', 'services.stale-backends')).toEqual([]);
  expect(facts.node('n2', 'services.without-rules')).toBeUndefined();
});

test('a Service without a rule on a node is told, one without endpoints or address is not missed', () => {
  const others = WEB_RULES('10.244.1.2').replaceAll('10.96.10.10', '10.96.0.1');
  expect(derived(services, cluster(others)).node('n1', 'services.without-rules')).toEqual(['default/web']);
  expect(derived(services, cluster(others, [], ['10.244.1.2'])).node('n1', 'services.without-rules')).toBeUndefined();
});

test('the mode decides what no rule means', () => {
  const none = cluster('');
  expect(derived(services, none).node('n1', 'kube-proxy.rules-present')).toBeUndefined();
  expect(derived(services, none, { kubeProxyMode: 'iptables' }).node('n1', 'kube-proxy.rules-present')).toBe(false);
  expect(derived(services, none, { kubeProxyMode: 'none' }).node('n1', 'kube-proxy.rules-present')).toBeUndefined();
  const others = cluster(WEB_RULES('10.244.1.2').replaceAll('10.96.10.10', '10.96.0.1'));
  expect(derived(services, others, { kubeProxyMode: 'ipvs' }).node('n1', 'services.without-rules')).toBeUndefined();
});

test('a backend that the Service does not have is stale', () => {
  const facts = derived(services, cluster(WEB_RULES('10.244.1.99')));
  expect(facts.node('n1', 'services.stale-backends')).toEqual(['default/web -> 10.244.1.99']);
});

test('a selector that matches nothing and a port that nobody declares are told', () => {
  const outputs = {
    ...cluster(undefined),
    'cluster/services.json': list([
      serviceObject('web', '10.96.10.10', 80, 9090),
      serviceObject('typo', '10.96.10.11', 80, 8080, { selector: { app: 'wbe' } }),
      serviceObject('named', '10.96.10.12', 80, 'grpc', { selector: { app: 'web' } }),
      serviceObject('fine', '10.96.10.13', 80, 'http', { selector: { app: 'web' } }),
      serviceObject('undeclared', '10.96.10.14', 80, 8080, { selector: { app: 'other' } }),
    ]),
  };
  const facts = derived(services, outputs);
  expect(facts.of('service/default/typo', 'selector.matches')).toBe(0);
  expect(facts.of('service/default/web', 'target-port.declared')).toBe(false);
  expect(facts.of('service/default/named', 'target-port.declared')).toBe(false);
  expect(facts.of('service/default/fine', 'target-port.declared')).toBe(true);
  // A container need not declare its ports: without its sockets nothing is known.
  expect(facts.of('service/default/undeclared', 'target-port.declared')).toBeUndefined();
});

test("a node's kube-proxy and the cluster's strictARP are read", () => {
  const facts = derived(services, {
    'cluster/pods.json': list([
      podObject('kube-system', 'kube-proxy-abcde', 'n1', { labels: { 'k8s-app': 'kube-proxy' }, hostNetwork: true }),
      podObject('kube-system', 'kube-proxy-fghij', 'n2', {
        ready: false,
        restarts: 9,
        reason: 'CrashLoopBackOff',
        hostNetwork: true,
      }),
      podObject('kube-system', 'kube-proxy-watcher', 'n3', { labels: { app: 'x' }, phase: 'Pending', ready: false }),
    ]),
    'cluster/configmaps.json': list([
      configMap('kube-proxy', { 'config.conf': 'ipvs:\n  scheduler: ""\n  strictARP: false\nmode: ipvs\n' }),
    ]),
  });
  expect(facts.node('n1', 'kube-proxy.ready')).toBe(true);
  expect(facts.node('n2', 'kube-proxy.ready')).toBe(false);
  expect(facts.cluster('ipvs.strict-arp')).toBe(false);
});
