import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { FlowPattern, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Derivation } from './derivation.js';

/** Connections that fail, from which on their likeness is no chance. */
const MANY_TRIED = 8;
/** Pairs that are held against each other. */
const MOST_PAIRS = 200;
/** Milliseconds after which a first SYN is sent again, and how much later the connection may stand. */
const SYN_RETRIES: readonly [number, number][] = [
  [1000, 350],
  [3000, 400],
  [7000, 500],
];

/**
 * What the flows that fail have in common beside their legs: when they fail (`flows.after-idle`, `flows.under-load`,
 * `flows.at-times`), by how much they are late (`flows.syn-retried`), which protocols fail between ends that others pass
 * (`flows.protocols-alone`), and whether single pairs fail though both their ends reach others on the same two nodes
 * (`flows.single-pairs-fail`; `flows.pairs-cross` where two such pairs work with their ends exchanged). Patterns are false
 * only where every failing flow tells of its own, or one shows by itself that it is not so.
 */
export const flowPatterns: Derivation = {
  id: 'flow-patterns',
  derive({ store, flows }) {
    const symptoms = flows.filter(isSymptom);
    tellPattern(store, symptoms, 'flows.after-idle', (flow) => flow.pattern === 'after-idle', isFresh);
    tellPattern(store, symptoms, 'flows.under-load', (flow) => flow.pattern === 'under-load');
    tellPattern(store, symptoms, 'flows.at-times', comesAndGoes);
    tellRetries(store);
    // What works is looked at between such ends only between which something fails: there may be very many flows.
    const troubled = new Set(symptoms.map(endsOf));
    const compared = flows.filter((flow) => troubled.has(endsOf(flow)));
    tellProtocols(store, compared);
    tellConnections(store, compared);
    tellPairs(store, compared);
  },
};

/** `hasNot` tells flows that show by themselves that it is not so; else every flow has to tell of its pattern for that. */
function tellPattern(
  store: FactStore,
  symptoms: readonly Flow[],
  name: string,
  has: (flow: Flow) => boolean,
  hasNot: (flow: Flow) => boolean = () => false,
): void {
  const found = symptoms.find(has);
  const told: FlowPattern | undefined = symptoms[0]?.pattern;
  const untold = told === undefined || symptoms.some((flow) => flow.pattern === undefined);
  const contrary = symptoms.find(hasNot);
  if (found === undefined && untold && contrary === undefined) return;
  const source = (found ?? contrary ?? symptoms[0])?.sources[0] ?? {};
  store.add({ subject: CLUSTER, name, value: found !== undefined, source });
}

/** A probe that does not even connect: nothing of it was ever idle. */
function isFresh({ origin, stage, pattern }: Flow): boolean {
  return origin === 'tool' && stage === 'connect' && pattern === undefined;
}

/** A Service whose backends change from try to try says nothing by itself: one of them may fail always. */
function comesAndGoes({ pattern, state, leg, origin }: Flow): boolean {
  return (pattern === 'intermittent' || state === 'lossy') && (origin !== 'tool' || leg.near !== 'varies');
}

/** A connection that opened just after a SYN was sent again: one was lost, or its port was taken. */
function tellRetries(store: FactStore): void {
  const late = store.all('probe').find(({ value: { proto, state, rttMs } }) => {
    if ((proto !== 'tcp' && proto !== 'http') || state === 'failing' || rttMs === undefined) return false;
    return SYN_RETRIES.some(([after, slack]) => rttMs >= after && rttMs <= after + slack);
  });
  if (late !== undefined) store.add({ subject: CLUSTER, name: 'flows.syn-retried', value: true, source: late.source });
}

/** The machines that a flow is between or, where they are not known, the addresses. */
function endsOf({ from, to }: Flow): string {
  return `${from.node ?? from.ip ?? ''} ${to.node ?? to.ip ?? ''}`;
}

function protocolOf({ proto }: Flow): 'tcp' | 'udp' | 'icmp' | undefined {
  if (proto === 'dns') return undefined;
  return proto === 'http' ? 'tcp' : proto;
}

/** Protocols that fail between two ends between which another passes. Services are left out: nothing answers their pings. */
function tellProtocols(store: FactStore, flows: readonly Flow[]): void {
  const pairs = new Map<string, { ok: Set<string>; failing: Map<string, Source> }>();
  for (const flow of flows) {
    const { leg, large } = flow;
    const proto = protocolOf(flow);
    if (proto === undefined || large || (leg.to !== 'pod' && leg.to !== 'node' && leg.to !== 'external')) continue;
    const key = [leg.from, leg.to, leg.near ?? '', endsOf(flow)].join(' ');
    const pair = pairs.get(key) ?? { ok: new Set<string>(), failing: new Map<string, Source>() };
    pairs.set(key, pair);
    if (flow.state === 'ok') pair.ok.add(proto);
    else if (isSymptom(flow) && flow.error !== 'refused' && flow.pattern !== 'after-idle')
      pair.failing.set(proto, flow.sources[0] ?? {});
  }
  const alone = new Set<string>();
  let source: Source | undefined;
  let compared: Source | undefined;
  for (const { ok, failing } of pairs.values()) {
    for (const [proto, at] of failing) {
      if (ok.has(proto)) continue;
      if (ok.size > 0) {
        alone.add(proto);
        source ??= at;
      } else if (failing.size > 1) compared ??= at;
    }
  }
  const from = source ?? compared;
  if (from !== undefined)
    store.add({ subject: CLUSTER, name: 'flows.protocols-alone', value: [...alone].sort(), source: from });
}

/**
 * Connections between two machines of which some time out and others open, while no ping between them is lost: what
 * decides changes from connection to connection and not from packet to packet, as a source port does. An end that nobody
 * connects to, or that connects to nobody, is at fault itself.
 */
function tellConnections(store: FactStore, flows: readonly Flow[]): void {
  const pings = new Map<string, boolean>();
  const ok = new Set<string>();
  const failing: { flow: Flow; nodes: string }[] = [];
  for (const flow of flows) {
    const { leg, from, to, state, error } = flow;
    if (leg.near !== 'cross-node' || (leg.to !== 'pod' && leg.to !== 'node') || flow.large) continue;
    if (from.node === undefined || to.node === undefined || flow.expected === 'fails') continue;
    const nodes = endsOf(flow);
    const protocol = protocolOf(flow);
    if (protocol === 'icmp') pings.set(nodes, (pings.get(nodes) ?? true) && state === 'ok');
    if (protocol !== 'tcp') continue;
    if (state === 'ok') ok.add(`${nodes} from ${endOf(from)}`).add(`${nodes} to ${endOf(to)}`);
    else if (isSymptom(flow) && (error === 'timeout' || state === 'slow')) failing.push({ flow, nodes });
  }
  const atTimes = failing.filter(
    ({ flow: { pattern, from, to }, nodes }) =>
      pattern === 'intermittent' || (ok.has(`${nodes} from ${endOf(from)}`) && ok.has(`${nodes} to ${endOf(to)}`)),
  );
  const found = atTimes.find(({ nodes }) => pings.get(nodes) === true);
  const told = found ?? atTimes.find(({ nodes }) => pings.get(nodes) === false);
  // Where many connections were tried and none of them is like that, what decides is where they go.
  const constant = atTimes.length === 0 && failing.length >= MANY_TRIED ? failing[0] : undefined;
  const decided = told ?? constant;
  if (decided === undefined) return;
  const source = decided.flow.sources[0] ?? {};
  store.add({ subject: CLUSTER, name: 'flows.connections-at-times', value: found !== undefined, source });
}

function endOf({ subject, ip, node }: Flow['from']): string | undefined {
  return subject ?? ip ?? node;
}

/**
 * A pod that does not reach another, though it reaches a neighbour of that one, and that one is reached by a neighbour of
 * its own: neither pod nor node is at fault, but what tells their packets apart.
 */
function tellPairs(store: FactStore, flows: readonly Flow[]): void {
  const ok = new Set<string>();
  const between: { flow: Flow; nodes: string; from: string; to: string }[] = [];
  for (const flow of flows) {
    const [from, to] = [endOf(flow.from), endOf(flow.to)];
    const { leg } = flow;
    if (leg.to !== 'pod' || leg.near !== 'cross-node' || flow.large || from === undefined || to === undefined) continue;
    if (flow.from.node === undefined || flow.to.node === undefined) continue;
    const nodes = endsOf(flow);
    if (flow.state !== 'ok') {
      if (isSymptom(flow)) between.push({ flow, nodes, from, to });
      continue;
    }
    ok.add(`${nodes} from ${from}`);
    ok.add(`${nodes} to ${to}`);
    ok.add(`${nodes} ${from} ${to}`);
  }
  const single = between
    .filter(
      ({ nodes, from, to }) =>
        ok.has(`${nodes} from ${from}`) && ok.has(`${nodes} to ${to}`) && !ok.has(`${nodes} ${from} ${to}`),
    )
    .slice(0, MOST_PAIRS);
  if (single.length === 0) return;
  const tell = (name: string, { flow }: (typeof single)[number]) =>
    store.add({ subject: CLUSTER, name, value: true, source: flow.sources[0] ?? {} });
  tell('flows.single-pairs-fail', single[0]!);
  const crossed = single.find((one) =>
    single.some(
      (other) =>
        other.nodes === one.nodes &&
        ok.has(`${one.nodes} ${one.from} ${other.to}`) &&
        ok.has(`${one.nodes} ${other.from} ${one.to}`),
    ),
  );
  if (crossed !== undefined) tell('flows.pairs-cross', crossed);
}
