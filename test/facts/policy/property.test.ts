import { expect, test } from 'vitest';
import { podSubject } from '../../../src/facts/model.js';
import { PolicyEvaluator } from '../../../src/facts/policy/evaluator.js';
import { parseAddress } from '../../../src/facts/policy/ip-block.js';
import type { PolicyCluster } from '../../../src/facts/policy/policy-cluster.js';
import { parsePolicy } from '../../../src/facts/policy/policy-spec.js';
import type { End, Labels, RawPolicy } from './naive.js';
import { naivelyAllowed } from './naive.js';
import { NAMESPACES, RandomWorld } from './random-world.js';

type Pod = ReturnType<RandomWorld['pod']>;

/** What the evaluator sees: pods and namespaces without labels where those are not known. */
function clusterOf(
  policies: readonly RawPolicy[],
  pods: readonly Pod[],
  namespaces: ReadonlyMap<string, Labels>,
  hidden: { pods: ReadonlySet<string>; namespaces: ReadonlySet<string> },
): PolicyCluster {
  return {
    policies: policies.map(({ namespace, name, spec }) =>
      parsePolicy({
        subject: 'cluster',
        name: 'networkpolicy-object',
        source: { file: 'policies', line: 1 },
        value: {
          namespace,
          name,
          podSelector: {},
          complexSelector: true,
          policyTypes: [],
          ingressRules: 0,
          egressRules: 0,
          spec,
        },
      }),
    ),
    others: [],
    listed: { file: 'policies', line: 1 },
    pods: pods.map((pod) => ({
      subject: podSubject(pod.namespace, pod.id),
      namespace: pod.namespace,
      name: pod.id,
      labels: hidden.pods.has(pod.id) ? { values: {}, whole: false } : { values: pod.labels, whole: true },
      addresses: [parseAddress(pod.ip)!],
      node: undefined,
      hostNetwork: false,
      networkKnown: true,
      absent: false,
      ports: pod.ports,
    })),
    nodes: [],
    namespaces: new Map(
      [...namespaces]
        .filter(([name]) => !hidden.namespaces.has(name))
        .map(([name, values]) => [name, { values, whole: true }]),
    ),
    kindOf: () => 'outside',
    nodeNamed: () => undefined,
  };
}

const NOTHING: ReadonlySet<string> = new Set();

function drawn(seed: number) {
  const world = new RandomWorld(seed);
  const pods = Array.from({ length: 12 }, (_, index) => world.pod(index));
  const policies = Array.from({ length: world.number(10) }, (_, index) => world.policy(index));
  const namespaces = new Map(NAMESPACES.map((name) => [name, world.namespaceLabels(name)]));
  const ends = (): [End, End] => {
    const from = world.chance(0.2) ? world.outside() : world.pick(pods);
    return from.id === 'outside' || world.chance(0.8) ? [from, world.pick(pods)] : [from, world.outside()];
  };
  const connections = Array.from({ length: 40 }, () => {
    const [from, to] = ends();
    const declared = to.ports ?? [];
    const port = declared.length > 0 && world.chance(0.4) ? world.pick(declared) : undefined;
    return { from, to, protocol: port?.proto ?? world.protocol(), port: port?.port ?? world.port() };
  });
  return { world, pods, policies, namespaces, connections };
}

const endOf = ({ id, ip, namespace }: End) =>
  namespace === undefined ? { ip } : { subject: podSubject(namespace, id), ip };

test('where everything is known, what the evaluator says is what a scan of everything says', () => {
  const seen = { allowed: 0, denied: 0 };
  for (let seed = 1; seed <= 400; seed += 1) {
    const { pods, policies, namespaces, connections } = drawn(seed);
    const evaluator = new PolicyEvaluator(
      clusterOf(policies, pods, namespaces, { pods: NOTHING, namespaces: NOTHING }),
    );
    for (const { from, to, protocol, port } of connections) {
      const expected = naivelyAllowed({ policies, namespaces }, from, to, protocol, port) ? 'allowed' : 'denied';
      const { verdict } = evaluator.verdict({ from: endOf(from), to: endOf(to), protocol, port });
      if (verdict !== expected) expect({ seed, from, to, protocol, port, policies, verdict }).toBe(expected);
      seen[expected] += 1;
    }
  }
  expect(Math.min(seen.allowed, seen.denied)).toBeGreaterThan(3000);
});

test('where labels are not known, what the evaluator says holds whatever the labels are', () => {
  const seen = { allowed: 0, denied: 0, unknown: 0 };
  for (let seed = 1001; seed <= 1150; seed += 1) {
    const { world, pods, policies, namespaces, connections } = drawn(seed);
    const pod = world.pick(pods);
    const namespace = world.pick(NAMESPACES);
    const hidden = { pods: new Set([pod.id]), namespaces: new Set([namespace]) };
    const evaluator = new PolicyEvaluator(clusterOf(policies, pods, namespaces, hidden));
    for (const { from, to, protocol, port } of connections) {
      const { verdict } = evaluator.verdict({ from: endOf(from), to: endOf(to), protocol, port });
      seen[verdict] += 1;
      if (verdict === 'unknown') continue;
      for (const own of RandomWorld.allNamespaceLabels(namespace)) {
        for (const labels of RandomWorld.allPodLabels()) {
          const as = (end: End): End => (end.id === pod.id ? { ...end, labels } : end);
          const possible = { policies, namespaces: new Map([...namespaces, [namespace, own]]) };
          const expected = naivelyAllowed(possible, as(from), as(to), protocol, port) ? 'allowed' : 'denied';
          if (verdict !== expected) expect({ seed, from, to, protocol, port, policies, verdict }).toBe(expected);
        }
      }
    }
  }
  expect(Math.min(seen.allowed, seen.denied, seen.unknown)).toBeGreaterThan(100);
});
