import { buildTopology } from '../../../src/facts/derive/topology.js';
import type { PolicyEvaluator } from '../../../src/facts/policy/evaluator.js';
import { policyEvaluator } from '../../../src/facts/policy/evaluator.js';
import type { Connection, ConnectionEnd, PolicyVerdict } from '../../../src/facts/policy/verdict.js';
import { readFacts } from '../../../src/facts/read.js';
import { CNIS } from '../cni-profiles.js';
import { list, nodeObject, podObject } from '../derive/bundle-facts.js';

/** A connection and what the documentation says of it. */
export interface Row {
  /** A sentence. */
  name: string;
  /** Specs of NetworkPolicies as YAML, by `namespace/name`. */
  policies: Record<string, string>;
  /** `shop/web` is a pod, `node/n1` a node, anything else an address; `shop/web@ADDRESS` a pod by one of its addresses. */
  from: string;
  to: string;
  /** `80/tcp`, `icmp`; TCP to port 8080 where absent. */
  port?: string;
  verdict: PolicyVerdict['verdict'];
  /** The side that decides; of what is allowed there is none. */
  direction?: PolicyVerdict['direction'];
  /** Part of what must be missing. */
  missing?: string;
  /** Files that are there besides, or (undefined) are not. */
  files?: Record<string, string | undefined>;
}

const pod = podObject;
const namespace = (name: string, labels: Record<string, string> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
});

const http = { name: 'http', containerPort: 8080 };
const DUAL_STACK = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'dual', namespace: 'shop', labels: { app: 'dual' } },
  spec: { nodeName: 'n2', containers: [{ name: 'dual' }] },
  status: { phase: 'Running', podIP: '10.244.2.6', podIPs: [{ ip: '10.244.2.6' }, { ip: 'fd00:2::6' }] },
};

/** Two nodes; namespaces `shop`, `back` and `ops` whose labels are known, and `lost`, whose labels are not. */
export const CLUSTER_FILES: Readonly<Record<string, string>> = {
  'cluster/nodes.json': list([
    nodeObject('n1', '192.168.10.11', '10.244.1.0/24'),
    nodeObject('n2', '192.168.10.12', '10.244.2.0/24'),
  ]),
  'cluster/namespaces.json': list([
    namespace('shop', { team: 'a' }),
    namespace('back', { team: 'b' }),
    namespace('ops', { purpose: 'monitoring' }),
    namespace('kube-system'),
  ]),
  'cluster/pods.json': list([
    pod('shop', 'web', 'n1', {
      ip: '10.244.1.2',
      labels: { app: 'web', role: 'frontend' },
      ports: [http, { name: 'names', containerPort: 5353, protocol: 'UDP' }],
    }),
    pod('shop', 'db', 'n2', {
      ip: '10.244.2.2',
      labels: { app: 'db', role: 'backend' },
      ports: [{ name: 'http', containerPort: 9090 }],
    }),
    pod('shop', 'bare', 'n2', { ip: '10.244.2.3', labels: {} }),
    pod('back', 'api', 'n2', { ip: '10.244.2.4', labels: { app: 'api', role: 'frontend' } }),
    pod('ops', 'prom', 'n1', { ip: '10.244.1.5', labels: { app: 'prom' } }),
    pod('lost', 'x', 'n1', { ip: '10.244.1.9', labels: { app: 'x' } }),
    pod('shop', 'done', 'n2', { ip: '10.244.2.9', labels: { app: 'web', role: 'frontend' }, phase: 'Succeeded' }),
    pod('shop', 'pending', 'n2', { labels: { app: 'web', role: 'frontend' }, phase: 'Pending' }),
    pod('kube-system', 'exporter1', 'n1', {
      ip: '192.168.10.11',
      hostNetwork: true,
      labels: { app: 'exporter' },
      ports: [{ name: 'metrics', containerPort: 9100 }],
    }),
    pod('shop', 'agent', 'n2', { ip: '192.168.10.12', hostNetwork: true, labels: { app: 'agent' } }),
    DUAL_STACK,
  ]),
};

const EMPTY = list([]);

/** A NetworkPolicy as somebody would write it. */
export function policyYaml(name: string, spec: string): string {
  const [namespaceOf, own] = name.split('/');
  const indented = spec
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${own}
  namespace: ${namespaceOf}
spec:
${indented}
`;
}

export function evaluatorOf(
  policies: Record<string, string>,
  files: Record<string, string | undefined> = {},
): PolicyEvaluator {
  const documents = Object.entries(policies).map(([name, spec]) => policyYaml(name, spec));
  const all: Record<string, string | undefined> = {
    ...CLUSTER_FILES,
    ...(documents.length === 0
      ? { 'cluster/networkpolicies.json': EMPTY }
      : { 'cluster/networkpolicies.yaml': documents.join('---\n') }),
    ...files,
  };
  const entries = Object.entries(all)
    .flatMap(([path, text]) => (text === undefined ? [] : [{ path, bytes: new TextEncoder().encode(text) }]))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const { store } = readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS });
  return policyEvaluator(store, buildTopology(store));
}

export function endOf(text: string): ConnectionEnd {
  const [subject = '', ip] = text.split('@');
  if (/^node\//.test(subject)) return { subject, ...(ip === undefined ? {} : { ip }) };
  if (/^[a-z-]+\/[a-z0-9-]+$/.test(subject)) return { subject: `pod/${subject}`, ...(ip === undefined ? {} : { ip }) };
  return { ip: subject };
}

export function connectionOf({ from, to, port = '8080/tcp' }: Pick<Row, 'from' | 'to' | 'port'>): Connection {
  const [number, protocol] = port.split('/');
  const ends = { from: endOf(from), to: endOf(to) };
  return protocol === undefined ? { ...ends, protocol: port } : { ...ends, protocol, port: Number(number) };
}
