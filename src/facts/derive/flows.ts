import type { Endpoint, Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Fact, Probe, Source, Subject } from '../model.js';
import { CLUSTER, kindOf, nodeSubject } from '../model.js';
import type { FactStore } from '../store.js';
import { EndpointCache } from './endpoint-cache.js';
import { sourceOf } from './endpoints.js';
import { expectationOf } from './expectation.js';
import { shapeOf } from './flow-parts.js';
import { addServicesBehind, servicesBehind } from './ingress-targets.js';
import { ownMtu } from './own-mtu.js';
import type { Topology } from './topology.js';

/** A transfer of more bytes than this cannot have gone in small packets only. */
const LARGE_TRANSFER = 16_384;
/** Ethernet's MTU: what counts as large where the sender's own is not known. */
const ETHERNET_MTU = 1500;
/** Options of the innermost header may make a full packet a little smaller than the MTU. */
const MTU_SLACK = 8;
const SOURCES_KEPT = 5;
/** Resolvers wait 5 s for an answer before they ask again; an answer after about half of it was not the first try's. */
const SLOW_LOOKUP_MS = 2000;

/**
 * Flows out of probes. Attempts with the same ends, protocol, size class and outcome are one flow with a count; where the
 * same attempt both works and fails, the failing one is `intermittent`, or was healed if all that works came later.
 */
export function deriveFlows(store: FactStore, topology: Topology): Flow[] {
  const endpoints = new EndpointCache(topology);
  const answeredLookups = new Set(store.all('answered-lookup').map(({ value }) => `${value.client} ${value.name}`));
  const attempts = new Map<string, Flow[]>();
  const flows: Flow[] = [];
  for (const fact of store.all('probe')) {
    const { flow, attempt } = flowOf(store, topology, endpoints, answeredLookups, fact);
    const same = attempts.get(attempt);
    const known = same?.find((other) => haveSameOutcome(other, flow));
    if (known !== undefined) {
      known.count += flow.count;
      if (known.sources.length < SOURCES_KEPT) (known.sources as Source[]).push(...flow.sources);
      continue;
    }
    flows.push(flow);
    flow.id = `f${flows.length}`;
    if (same === undefined) attempts.set(attempt, [flow]);
    else same.push(flow);
  }
  for (const same of attempts.values()) if (same.length > 1) compareOutcomes(same);
  return flows;
}

function haveSameOutcome(a: Flow, b: Flow): boolean {
  return a.state === b.state && a.error === b.error && a.stage === b.stage && a.at === b.at;
}

/** What works and fails of one attempt: healed, if all that works came after the last failure, else intermittent. */
function compareOutcomes(same: readonly Flow[]): void {
  const ok = same.filter((flow) => flow.state === 'ok');
  const failing = same.filter((flow) => flow.state !== 'ok');
  if (ok.length === 0 || failing.length === 0) return;
  const lastFailure = failing
    .map((flow) => flow.at)
    .sort()
    .at(-1);
  const healed = lastFailure !== undefined && ok.every((flow) => flow.at !== undefined && flow.at > lastFailure);
  for (const flow of ok) flow.alsoFails = healed ? 'before' : 'at-times';
  if (!healed) for (const flow of failing) flow.pattern ??= 'intermittent';
}

/** The flow that an attempt of a reporter would be: what an answer about it would be judged by. */
export function flowOfProbe(store: FactStore, topology: Topology, probe: Probe): Flow {
  return flowOf(store, topology, new EndpointCache(topology), new Set(), {
    subject: CLUSTER,
    name: 'probe',
    value: probe,
    source: {},
  }).flow;
}

function flowOf(
  store: FactStore,
  topology: Topology,
  endpoints: EndpointCache,
  answeredLookups: ReadonlySet<string>,
  fact: Fact<Probe>,
): { flow: Flow; attempt: string } {
  const { endpoint: from, id: fromId } = endpoints.source(fact.subject, fact.value);
  const { endpoint: to, id: toId } = endpoints.target(fact.value, from, fromId);
  const probe = isRefusedByProxy(fact.value, from, to) ? withoutBackend(fact.value) : fact.value;
  const mtu = ownMtu(store, topology, from, to.ip);
  const large = isLarge(probe, mtu);
  const answered =
    probe.proto === 'dns' && (probe.state === 'ok' || probe.error === 'nxdomain' || probe.error === 'servfail');
  const byName = probe.to.name !== undefined && probe.to.kind !== 'dns' && !isAddressName(probe.to.name);
  const server = probe.server ?? nameserverOf(store, from);
  const options: Parameters<typeof shapeOf>[5] = { dnsServer: server, answered, byName };
  const backend = probe.backendNode === undefined ? undefined : topology.nodeOf(nodeSubject(probe.backendNode));
  if (backend !== undefined) options.backendNode = backend.subject;
  if (probe.toItself === true) options.toItself = true;
  // A connection that does not come about to an address which the pod takes for its DNS server's fails as its lookups do.
  if (from.kind === 'pod' && to.kind === 'external' && to.port === 53 && probe.state !== 'ok' && server === to.ip)
    options.toNameserver = true;
  // Resolving was no part of the attempt where the address was given, and is over where a later stage was reached.
  if (probe.stage !== undefined) options.stage = probe.stage;
  const { leg, parts } = shapeOf(topology, from, to, probe.proto, large, options);
  if (probe.error === 'http-error') addServicesBehind(parts, servicesBehind(store, topology, probe.to.name));
  const flow: Flow = {
    id: '',
    from,
    to,
    proto: probe.proto,
    leg,
    state: isSlowLookup(probe) ? 'slow' : probe.state,
    large,
    ...expectationOf(topology, probe, from, to, mtu, answeredLookups, (node) => {
      return from.node !== node || from.kind === 'pod'
        ? store.value(node, 'netfilter.drops-ping-alone') === true
        : false;
    }),
    count: Math.max(1, probe.origin === 'log' ? (probe.sent ?? 1) : 1),
    parts,
    origin: probe.origin,
    sources: [fact.source],
  };
  if (probe.error !== undefined) flow.error = probe.error;
  if (probe.stage !== undefined) flow.stage = probe.stage;
  if (probe.pattern !== undefined) flow.pattern = probe.pattern;
  if (probe.size !== undefined) flow.size = probe.size;
  if (fact.at !== undefined) flow.at = fact.at;
  if (probe.answer !== undefined) flow.answered = probe.answer;
  const attempt = `${fromId}>${toId}${probe.backendNode ?? (probe.toItself ? '@' : '')}|${probe.proto}${large ? '+' : ''}|${probe.size ?? ''}${probe.dontFragment ? 'df' : ''}|${probe.server ?? ''}`;
  return { flow, attempt };
}

/**
 * A gateway that has nobody to pass the request to answers 502, 503 or 504. A pod's or ClusterIP's answer is the
 * application's own, and so is that of a site outside to a pod.
 */
function isRefusedByProxy(probe: Probe, from: Endpoint, to: Endpoint): boolean {
  if (probe.proto !== 'http' || probe.error !== undefined || !/^50[234]$/.test(probe.status ?? '')) return false;
  return to.kind === 'loadbalancer' || to.kind === 'nodeport' || (to.kind === 'external' && from.kind !== 'pod');
}

function withoutBackend(probe: Probe): Probe {
  return { ...probe, state: 'failing', error: 'http-error', stage: 'request' };
}

function isSlowLookup(probe: Probe): boolean {
  return probe.proto === 'dns' && probe.state === 'ok' && (probe.rttMs ?? 0) >= SLOW_LOOKUP_MS;
}

function isAddressName(name: string): boolean {
  return /^[\d.]+$/.test(name) || name.includes(':');
}

function nameserverOf(store: FactStore, from: Endpoint): string | undefined {
  if (from.subject === undefined) return undefined;
  return store.records(from.subject, 'resolv-conf')[0]?.value.nameservers[0];
}

/**
 * Large means at the sender's own MTU, not above it: a ping of that size, one that is fragmented because it is larger, a
 * transfer of many full packets, or a connection that opens and then stalls.
 */
function isLarge(probe: Probe, mtu: number | undefined): boolean {
  if (probe.error === 'stalled' || probe.large === true) return true;
  if (probe.transferred !== undefined && probe.transferred >= LARGE_TRANSFER) return true;
  if (probe.size === undefined) return false;
  return probe.size >= (mtu ?? ETHERNET_MTU) - MTU_SLACK;
}

/** Facts that flows alone tell: the path's MTU, and whether lookups of cluster names and of others fail. */
export function deriveFlowFacts(store: FactStore, topology: Topology, flows: readonly Flow[]): void {
  const lookups = {
    'dns-internal': { failing: [] as Flow[], ok: [] as Flow[] },
    'dns-external': { failing: [] as Flow[], ok: [] as Flow[] },
  };
  for (const flow of flows) {
    if (flow.leg.to !== 'dns-internal' && flow.leg.to !== 'dns-external') continue;
    if (isSymptom(flow)) lookups[flow.leg.to].failing.push(flow);
    else if (flow.state === 'ok') lookups[flow.leg.to].ok.push(flow);
  }
  for (const [leg, name] of [
    ['dns-internal', 'dns.internal-fails'],
    ['dns-external', 'dns.external-fails'],
  ] as const) {
    const { failing, ok } = lookups[leg];
    const first = failing[0] ?? ok[0];
    if (first !== undefined)
      store.add({ subject: CLUSTER, name, value: failing.length > 0, source: first.sources[0] ?? {} });
  }
  deriveDelayedLookups(store);
  deriveLateOutside(store, flows);
  derivePathMtu(store, topology);
}

/** Whether lookups come late by a resolver's timeout (2.5, 5 or 10 s), or all of those that were timed came at once. */
function deriveDelayedLookups(store: FactStore): void {
  let timed: Source | undefined;
  for (const fact of store.all('probe')) {
    if (fact.value.proto !== 'dns' || fact.value.state === 'failing' || fact.value.rttMs === undefined) continue;
    timed ??= fact.source;
    if (fact.value.rttMs < SLOW_LOOKUP_MS) continue;
    store.add({ subject: CLUSTER, name: 'dns.delayed-five-seconds', value: true, source: fact.source });
    return;
  }
  if (timed !== undefined)
    store.add({ subject: CLUSTER, name: 'dns.delayed-five-seconds', value: false, source: timed });
}

/** Whether it is outside names alone that come late: lookups of cluster names were timed as well, and came at once. */
function deriveLateOutside(store: FactStore, flows: readonly Flow[]): void {
  const pods = flows.filter(({ leg, state }) => leg.from === 'pod' && (state === 'ok' || state === 'slow'));
  const late = (to: 'dns-internal' | 'dns-external'): Flow | undefined =>
    pods.find(({ leg, state }) => leg.to === to && state === 'slow');
  const inside = late('dns-internal');
  const outside = late('dns-external');
  if (inside !== undefined) {
    store.add({ subject: CLUSTER, name: 'dns.only-outside-late', value: false, source: inside.sources[0] ?? {} });
  } else if (outside !== undefined && pods.some(({ leg }) => leg.to === 'dns-internal')) {
    store.add({ subject: CLUSTER, name: 'dns.only-outside-late', value: true, source: outside.sources[0] ?? {} });
  }
}

/** Above this a NIC is set to jumbo frames: an Ethernet packet and what providers add to it. Bytes. */
const JUMBO = 1600;

function isOtherNode(topology: Topology, from: Subject, { to }: Probe): boolean {
  const owner = to.ip === undefined ? undefined : topology.ownerOf(to.ip);
  return owner?.kind === 'node' && owner.node !== topology.nodeOf(from);
}

/**
 * The smallest MTU of a path: what an ICMP error named, or the largest DF ping that got through beside a larger one to
 * the same address, within the sender's own MTU, that did not.
 */
function derivePathMtu(store: FactStore, topology: Topology): void {
  const sizes = new Map<string, { ok: number; lost: number; source: Source; jumboFrom?: Subject }>();
  let path: { mtu: number; source: Source } | undefined;
  const lower = (mtu: number, source: Source): void => {
    if (path === undefined || mtu < path.mtu) path = { mtu, source };
  };
  for (const fact of store.all('probe')) {
    const probe = fact.value;
    if (probe.proto !== 'icmp' || probe.size === undefined || !probe.dontFragment) continue;
    const own = ownMtu(store, topology, sourceOf(topology, fact.subject, probe.from), probe.to.ip);
    if (probe.mtu !== undefined && own !== undefined && probe.mtu < own) lower(probe.mtu, fact.source);
    if (own !== undefined && probe.size > own) continue;
    const key = `${fact.subject}|${probe.from?.ip ?? ''}|${probe.to.ip ?? probe.to.name ?? ''}`;
    const known = sizes.get(key) ?? { ok: 0, lost: Number.POSITIVE_INFINITY, source: fact.source };
    // From node to node nothing is added to a packet: what the NICs say they carry has to arrive.
    if (
      own !== undefined &&
      own > JUMBO &&
      kindOf(fact.subject) === 'node' &&
      isOtherNode(topology, fact.subject, probe)
    ) {
      known.jumboFrom = fact.subject;
    }
    if (probe.state === 'ok') known.ok = Math.max(known.ok, probe.size);
    else if (probe.size < known.lost) {
      known.lost = probe.size;
      known.source = fact.source;
    }
    sizes.set(key, known);
  }
  const jumbo = new Map<Subject, { lost: boolean; source: Source }>();
  for (const { ok, lost, source, jumboFrom } of sizes.values()) {
    if (ok > 0 && Number.isFinite(lost) && lost > ok) lower(ok, source);
    if (jumboFrom === undefined || (ok <= JUMBO && !(ok > 0 && lost > JUMBO && Number.isFinite(lost)))) continue;
    const known = jumbo.get(jumboFrom);
    if (known === undefined || (Number.isFinite(lost) && !known.lost)) {
      jumbo.set(jumboFrom, { lost: Number.isFinite(lost), source });
    }
  }
  for (const [subject, { lost, source }] of jumbo) {
    store.add({ subject, name: 'mtu.jumbo-not-carried', value: lost, source });
  }
  if (path !== undefined) store.add({ subject: CLUSTER, name: 'mtu.path', value: path.mtu, source: path.source });
}
