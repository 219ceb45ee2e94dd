import { list, serviceObject } from '../../derive/bundle-facts.js';
import type { Row } from '../cluster.js';
import { CLUSTER_FILES, policyYaml } from '../cluster.js';

const IN = { from: 'back/api', to: 'shop/db' };
const unknown = { verdict: 'unknown', direction: 'ingress' } as const;
const ingress = (rule: string): Record<string, string> => ({ 'shop/p': `podSelector: {}\ningress:\n${rule}` });
const ALLOW = 'podSelector: {}\ningress:\n- {}';
const DENY = 'podSelector: {}';
const TEAM_B = '- from:\n  - namespaceSelector:\n      matchLabels:\n        team: b';
const PODS_TABLE = `NAMESPACE   NAME   READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
shop        db     1/1     Running   0          5d    10.244.2.2   n2     <none>           <none>
back        api    1/1     Running   0          5d    10.244.2.4   n2     <none>           <none>
`;
const POLICY_TABLE = `NAMESPACE   NAME   POD-SELECTOR   AGE
shop        p      app=db         5d
`;
const tables = { 'cluster/pods.json': undefined, 'cluster/kubectl_get_pods_-A_-o_wide': PODS_TABLE };
const other = (apiVersion: string, kind: string, namespace?: string): string =>
  list([{ apiVersion, kind, metadata: { name: 'x', ...(namespace === undefined ? {} : { namespace }) }, spec: {} }]);

/** What the input does not hold, and what nobody could have written. */
export const UNKNOWN: readonly Row[] = [
  {
    name: 'without any list of policies nothing is known',
    policies: {},
    files: { 'cluster/networkpolicies.json': undefined },
    from: 'back/api',
    to: 'shop/db',
    verdict: 'unknown',
    direction: 'egress',
    missing: 'a list of all NetworkPolicies',
  },
  {
    name: 'a list of one namespace’s policies does not tell what others there are',
    policies: {},
    files: {
      'cluster/networkpolicies.json': undefined,
      'cluster/kubectl_get_networkpolicy_p_-n_shop_-o_yaml': policyYaml('shop/p', DENY),
    },
    from: 'node/n1',
    to: 'shop/db',
    ...unknown,
    missing: 'a list of all NetworkPolicies',
  },
  {
    name: 'what one policy allows is allowed, whatever others there may be',
    policies: {},
    files: {
      'cluster/networkpolicies.json': undefined,
      'cluster/kubectl_get_networkpolicy_p_-n_shop_-o_yaml': policyYaml('shop/p', ALLOW),
    },
    from: 'node/n1',
    to: 'shop/db',
    verdict: 'allowed',
  },
  {
    name: 'the labels of a namespace that was not collected',
    policies: ingress(TEAM_B),
    from: 'lost/x',
    to: 'shop/db',
    ...unknown,
    missing: 'the labels of namespace lost',
  },
  {
    name: 'NotIn over labels of a namespace that was not collected',
    policies: ingress(
      '- from:\n  - namespaceSelector:\n      matchExpressions:\n      - {key: team, operator: NotIn, values: [b]}',
    ),
    from: 'lost/x',
    to: 'shop/db',
    ...unknown,
  },
  {
    name: 'an empty namespaceSelector selects a namespace that was not collected',
    policies: ingress('- from:\n  - namespaceSelector: {}'),
    from: 'lost/x',
    to: 'shop/db',
    verdict: 'allowed',
  },
  {
    name: 'a pod that does not match settles it, though the namespace’s labels are not known',
    policies: ingress(
      '- from:\n  - namespaceSelector:\n      matchLabels:\n        team: b\n    podSelector:\n      matchLabels:\n        app: web',
    ),
    from: 'lost/x',
    to: 'shop/db',
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'another rule that allows settles it, though a namespace’s labels are not known',
    policies: ingress(`${TEAM_B}\n- ports:\n  - port: 8080`),
    from: 'lost/x',
    to: 'shop/db',
    verdict: 'allowed',
  },
  {
    name: 'a namespace of a table without labels',
    policies: ingress(TEAM_B),
    files: {
      'cluster/namespaces.json': undefined,
      'cluster/kubectl_get_ns': 'NAME   STATUS   AGE\nback   Active   5d\n',
    },
    ...IN,
    ...unknown,
    missing: 'the labels of namespace back',
  },
  {
    name: 'a namespace of a table with its labels',
    policies: ingress(TEAM_B),
    files: {
      'cluster/namespaces.json': undefined,
      'cluster/kubectl_get_ns_--show-labels': 'NAME   STATUS   AGE   LABELS\nback   Active   5d    team=b\n',
    },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'the labels of a pod that only a table shows: a policy may select it',
    policies: { 'shop/p': 'podSelector:\n  matchLabels:\n    app: db' },
    files: tables,
    ...IN,
    ...unknown,
    missing: 'the pod’s labels',
  },
  {
    name: 'the labels of a pod that only a table shows: it may be a source that is allowed',
    policies: ingress('- from:\n  - namespaceSelector: {}\n    podSelector:\n      matchLabels:\n        app: api'),
    files: tables,
    ...IN,
    ...unknown,
    missing: 'the pod’s labels',
  },
  {
    name: 'a pod that only a table shows is selected by the empty podSelector',
    policies: { 'shop/p': DENY },
    files: tables,
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'named ports of a pod that only a table shows',
    policies: ingress('- ports:\n  - port: http'),
    files: tables,
    ...IN,
    ...unknown,
    missing: 'the names of its containers’ ports',
  },
  {
    name: 'a policy that only a table shows allows nobody knows what',
    policies: {},
    files: { 'cluster/networkpolicies.json': undefined, 'cluster/kubectl_get_netpol_-A': POLICY_TABLE },
    ...IN,
    verdict: 'unknown',
    direction: 'egress',
    missing: 'the rules of NetworkPolicy shop/p',
  },
  {
    name: 'an operator that there is not: the policy may select the pod',
    policies: { 'shop/p': 'podSelector:\n  matchExpressions:\n  - {key: app, operator: Sometimes}' },
    ...IN,
    ...unknown,
    missing: 'malformed part of NetworkPolicy shop/p',
  },
  {
    name: 'a policy that would allow it whether or not it selects the pod changes nothing',
    policies: { 'shop/p': 'podSelector:\n  matchExpressions:\n  - {key: app, operator: Sometimes}\ningress:\n- {}' },
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'an operator that there is not, in a pod that is isolated by another policy',
    policies: {
      'shop/deny': DENY,
      'shop/p': 'podSelector:\n  matchExpressions:\n  - {key: app, operator: Sometimes}\ningress:\n- {}',
    },
    ...IN,
    ...unknown,
  },
  {
    name: 'In without values is malformed',
    policies: ingress(
      '- from:\n  - namespaceSelector: {}\n    podSelector:\n      matchExpressions:\n      - {key: app, operator: In, values: []}',
    ),
    ...IN,
    ...unknown,
  },
  {
    name: 'a malformed rule costs itself: another one allows',
    policies: ingress('- from: everybody\n- from:\n  - namespaceSelector: {}'),
    ...IN,
    verdict: 'allowed',
  },
  {
    name: 'a malformed rule may allow what no other does',
    policies: ingress('- from: everybody'),
    ...IN,
    ...unknown,
    missing: 'malformed part of NetworkPolicy shop/p',
  },
  {
    name: 'a rule whose key is misspelt is not one that allows everybody',
    policies: ingress('- form:\n  - podSelector: {}'),
    ...IN,
    ...unknown,
  },
  {
    name: 'a malformed entry of from in a rule about another port allows nothing',
    policies: ingress('- from:\n  - everybody\n  ports:\n  - port: 80'),
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'an empty entry of from is malformed',
    policies: ingress('- from:\n  - {}'),
    ...IN,
    ...unknown,
  },
  {
    name: 'an ipBlock beside a selector in one entry is malformed',
    policies: ingress('- from:\n  - podSelector: {}\n    ipBlock:\n      cidr: 0.0.0.0/0'),
    ...IN,
    ...unknown,
  },
  {
    name: 'an ipBlock that is no network',
    policies: ingress('- from:\n  - ipBlock:\n      cidr: 10.244.2.4'),
    ...IN,
    ...unknown,
  },
  {
    name: 'an exception that is no network, of a block that holds the address',
    policies: ingress('- from:\n  - ipBlock:\n      cidr: 203.0.113.0/24\n      except: [some]'),
    from: '203.0.113.7',
    to: 'shop/db',
    ...unknown,
  },
  {
    name: 'an exception that is no network, of a block that does not hold the address',
    policies: ingress('- from:\n  - ipBlock:\n      cidr: 203.0.113.0/24\n      except: [some]'),
    from: '198.51.100.7',
    to: 'shop/db',
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'endPort behind a name is malformed',
    policies: ingress('- ports:\n  - port: http\n    endPort: 9000'),
    ...IN,
    ...unknown,
  },
  {
    name: 'endPort before port is malformed',
    policies: ingress('- ports:\n  - port: 9000\n    endPort: 8000'),
    ...IN,
    ...unknown,
  },
  {
    name: 'endPort without port is malformed',
    policies: ingress('- ports:\n  - endPort: 8080'),
    ...IN,
    ...unknown,
  },
  {
    name: 'a number in quotes is no port’s name',
    policies: ingress('- ports:\n  - port: "8080"'),
    ...IN,
    ...unknown,
  },
  {
    name: 'a protocol that there is not',
    policies: ingress('- ports:\n  - port: 8080\n    protocol: QUIC'),
    ...IN,
    ...unknown,
  },
  {
    name: 'a policyType that there is not may be egress',
    policies: { 'shop/p': 'podSelector: {}\npolicyTypes: [Outgress]' },
    from: 'shop/web',
    to: 'back/api',
    verdict: 'unknown',
    direction: 'egress',
  },
  {
    name: 'an address of the pods’ network that no known pod has',
    policies: ingress('- from:\n  - podSelector: {}'),
    from: '10.244.1.77',
    to: 'shop/db',
    ...unknown,
    missing: 'which pod or machine has the address 10.244.1.77',
  },
  {
    name: 'a Service’s address is no pod’s: it is to be translated first',
    policies: {
      'shop/p': 'podSelector: {}\npolicyTypes: [Egress]\negress:\n- to:\n  - ipBlock:\n      cidr: 10.96.0.0/12',
    },
    files: { 'cluster/services.json': list([serviceObject('web', '10.96.0.10', 80, 8080)]) },
    from: 'shop/web',
    to: '10.96.0.10',
    verdict: 'unknown',
    direction: 'egress',
    missing: 'which pod the Service’s address 10.96.0.10',
  },
  {
    name: 'a CiliumNetworkPolicy of the namespace may say otherwise',
    policies: {},
    files: { 'cluster/ciliumnetworkpolicies.json': other('cilium.io/v2', 'CiliumNetworkPolicy', 'shop') },
    ...IN,
    ...unknown,
    missing: 'what CiliumNetworkPolicy.cilium.io shop/x says',
  },
  {
    name: 'a CiliumNetworkPolicy of another namespace says nothing of the pod',
    policies: { 'shop/deny': DENY },
    files: { 'cluster/ciliumnetworkpolicies.json': other('cilium.io/v2', 'CiliumNetworkPolicy', 'ops') },
    ...IN,
    verdict: 'denied',
    direction: 'ingress',
  },
  {
    name: 'a GlobalNetworkPolicy of Calico may say otherwise of every pod',
    policies: { 'shop/allow': ALLOW },
    files: {
      'cluster/globalnetworkpolicies.json': other('crd.projectcalico.org/v1', 'GlobalNetworkPolicy'),
    },
    from: 'node/n1',
    to: 'shop/db',
    ...unknown,
  },
  {
    name: 'an AdminNetworkPolicy may say otherwise of every pod',
    policies: { 'shop/deny': DENY },
    files: {
      'cluster/adminnetworkpolicies.json': other('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy'),
    },
    from: 'node/n1',
    to: 'shop/db',
    ...unknown,
  },
  {
    name: 'a pod that endpoints alone name, with its node’s address, may be in the host’s network',
    policies: { 'shop/deny': DENY },
    files: {
      'cluster/endpoints.json': list([
        {
          apiVersion: 'v1',
          kind: 'Endpoints',
          metadata: { name: 'ghost', namespace: 'shop' },
          subsets: [
            { addresses: [{ ip: '192.168.10.12', nodeName: 'n2', targetRef: { kind: 'Pod', name: 'ghost' } }] },
          ],
        },
      ]),
    },
    from: 'back/api',
    to: 'shop/ghost',
    ...unknown,
    missing: 'whether it is in the host’s network',
  },
  {
    name: 'a pod whose node is not known may be on the node at the other end',
    policies: { 'shop/deny': DENY },
    files: {
      'cluster/pods.json': CLUSTER_FILES['cluster/pods.json']!.replace(/"nodeName": "n2",/g, ''),
    },
    from: 'node/n2',
    to: 'shop/db',
    ...unknown,
    missing: 'whether it runs on the node',
  },
];
