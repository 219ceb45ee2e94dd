import type { Derived } from './derive/derive-all.js';
import type { Flow } from './flow.js';
import { describeFlow, isSymptom } from './flow.js';
import { formatLeg } from './leg.js';
import type { Problem, Scalar, Source, Subject, TimelineEntry } from './model.js';
import { CLUSTER } from './model.js';
import type { InputSummary } from './read.js';
import type { FactStore } from './store.js';

/** What podnet understood of its input, before any judgement: plain data, sorted, the same for the same input. */
export interface Inspection {
  version: 1;
  files: {
    total: number;
    recognised: number;
    /** Files by the parser that read them. */
    byParser: Record<string, number>;
    unrecognised: { path: string; reason?: string }[];
    problems: Problem[];
  };
  cluster: {
    /** Facts of the cluster that are one value: `cni`, `cniMode`, `kubeProxyMode`, `kubernetesVersion`, … */
    is: Record<string, Scalar>;
    podCIDRs: string[];
    serviceCIDRs: string[];
    dns: string[];
  };
  nodes: { subject: Subject; ip?: string; podCIDRs: string[]; nic?: string; pods: number; sampled: boolean }[];
  pods: { subject: Subject; node?: Subject; ips: string[]; ready?: boolean }[];
  services: { subject: Subject; clusterIPs: string[]; ready?: number; notReady?: number }[];
  flows: InspectedFlow[];
  /** What somebody tried to learn and could not. */
  unknown: { subject: Subject; name: string; reason: string; source: Source }[];
  timeline: TimelineEntry[];
  subjects: { subject: Subject; facts: number }[];
  /** Facts of the subjects that were asked for. */
  facts: { subject: Subject; name: string; value: unknown; source: Source; at?: string }[];
}

export interface InspectedFlow {
  flow: string;
  leg: string;
  state: string;
  error?: string;
  expected: Flow['expected'];
  why?: string;
  count: number;
  symptom: boolean;
  source: Source;
}

/** What the cluster is built of, in the order in which a person asks. */
const CLUSTER_IS = ['kubernetesVersion', 'cni', 'cniMode', 'kubeProxyMode', 'os', 'kernel', 'incident.over'];

/**
 * Sums up what was read and derived. `subjects` asks for their facts: whole names, or the beginning of some
 * (`pod/default/`).
 */
export function inspect(
  store: FactStore,
  input: InputSummary,
  derived: Derived,
  subjects: readonly string[],
): Inspection {
  const { topology, flows, timeline } = derived;
  const is: Record<string, Scalar> = {};
  for (const name of CLUSTER_IS) {
    const value = store.value(CLUSTER, name);
    if (value !== undefined) is[name] = value;
  }
  const all = store.subjects();
  return {
    version: 1,
    files: {
      total: input.files,
      recognised: input.recognised,
      byParser: Object.fromEntries(Object.entries(input.byParser).sort(([a], [b]) => (a < b ? -1 : 1))),
      unrecognised: input.unrecognised,
      problems: input.problems,
    },
    cluster: { is, podCIDRs: topology.podCIDRs, serviceCIDRs: topology.serviceCIDRs, dns: [...topology.dnsIps] },
    nodes: Array.from(topology.nodes.values(), (node) => ({
      subject: node.subject,
      ...(node.nodeIp === undefined ? {} : { ip: node.nodeIp }),
      podCIDRs: node.podCIDRs,
      ...(node.nic === undefined ? {} : { nic: node.nic }),
      pods: node.pods.length,
      sampled: node.sampled,
    })),
    pods: Array.from(topology.pods.values(), (pod) => ({
      subject: pod.subject,
      ...(pod.node === undefined ? {} : { node: pod.node.subject }),
      ips: [...pod.ips],
      ...(pod.object?.ready === undefined ? {} : { ready: pod.object.ready }),
    })),
    services: Array.from(topology.services.values(), ({ subject, object, endpoints, endpointsKnown }) => {
      const ready = endpoints.filter((endpoint) => endpoint.ready).length;
      const known = endpointsKnown ? { ready, notReady: endpoints.length - ready } : {};
      return { subject, clusterIPs: object.clusterIPs, ...known };
    }),
    flows: flows.map(inspectFlow),
    unknown: store.unknowns().map(({ subject, name, reason, source }) => ({ subject, name, reason, source })),
    timeline,
    subjects: all.map((subject) => ({ subject, facts: countFacts(store, subject) })),
    facts: all
      .filter((subject) => subjects.some((wanted) => matches(subject, wanted)))
      .flatMap((subject) => factsOf(store, subject)),
  };
}

function matches(subject: Subject, wanted: string): boolean {
  return subject === wanted || (wanted.endsWith('/') && subject.startsWith(wanted));
}

function inspectFlow(flow: Flow): InspectedFlow {
  return {
    flow: describeFlow(flow),
    leg: formatLeg(flow.leg),
    state: flow.state,
    ...(flow.error === undefined ? {} : { error: flow.error }),
    expected: flow.expected,
    ...(flow.expectedWhy === undefined ? {} : { why: flow.expectedWhy }),
    count: flow.count,
    symptom: isSymptom(flow),
    source: flow.sources[0] ?? {},
  };
}

function countFacts(store: FactStore, subject: Subject): number {
  let count = 0;
  for (const facts of store.of(subject).values()) count += facts.length;
  return count;
}

function factsOf(store: FactStore, subject: Subject): Inspection['facts'] {
  const found: Inspection['facts'] = [];
  for (const [name, facts] of [...store.of(subject)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const { value, source, at } of facts) {
      found.push(at === undefined ? { subject, name, value, source } : { subject, name, value, source, at });
    }
  }
  return found;
}
