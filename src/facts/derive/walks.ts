import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Source, Subject } from '../model.js';
import { CLUSTER, kindOf } from '../model.js';
import type { Topology } from '../topology.js';
import { WalkRequests } from '../walk/request-probe.js';
import type { DropReason, WalkResult } from '../walk/result.js';
import { Walker } from '../walk/walk.js';
import type { Derivation } from './derivation.js';

/** Failing flows that are walked: a matrix of thousands fails by a few reasons, and any few hundred of it show them all. */
const MAX_WALKED = 200;

/** What ends a packet, as the rulebook asks for it: each is a fact `walk.…` of the node or pod at which it happens. */
const FACTS: Readonly<Record<string, readonly DropReason[]>> = {
  'walk.drops-at-packet-filter': ['netfilter-drop', 'netfilter-reject'],
  'walk.drops-by-policy': ['network-policy'],
  'walk.drops-by-route': ['no-route', 'route-blackhole', 'route-unreachable', 'route-prohibit', 'nobody-has-address'],
  'walk.drops-as-not-forwarding': ['not-forwarding'],
  'walk.drops-by-reverse-path': ['reverse-path'],
  'walk.drops-by-size': ['mtu-exceeded'],
  'walk.drops-in-tunnel': [
    'no-forwarding-entry',
    'wrong-tunnel-endpoint',
    'tunnel-mac-mismatch',
    'neighbour-wrong-mac',
  ],
  'walk.drops-by-own-mac': ['tunnel-own-mac'],
  'walk.drops-in-circle': ['loop'],
  'walk.drops-for-want-of-connections': ['conntrack-full'],
  'walk.drops-at-neighbour': ['neighbour-failed', 'no-address'],
  'walk.drops-at-bridge': ['not-in-bridge', 'no-hairpin', 'port-not-forwarding', 'device-down', 'device-missing'],
  'walk.drops-service-address': ['service-not-translated'],
  'walk.drops-foreign-reply': ['reply-not-recognised', 'martian-source', 'no-way-back'],
  'walk.drops-unheard': ['nobody-listens'],
};

/** Facts of the pod at which it happens; the others are of its node. */
const OF_PODS: ReadonlySet<string> = new Set(['walk.drops-by-policy', 'walk.drops-unheard']);

const NAMES = new Map(Object.entries(FACTS).flatMap(([name, reasons]) => reasons.map((reason) => [reason, name])));

/**
 * What the walk predicts of the flows that failed. Where it drops one, the node or pod at which it does has a fact for the reason,
 * true; a node that failing flows pass to the end, and none is dropped at, has them all false. `walk.delivers-failing` of the
 * cluster: every failing flow that could be predicted, and most could, is delivered as far as the state shows, so that what ails it lies outside of
 * it; false where the state explains each; neither where some are.
 */
export const walks: Derivation = {
  id: 'walks',
  derive({ store, topology, flows }) {
    const failing = spread(distinct(flows.filter((flow) => isSymptom(flow) && isWalkable(flow))), MAX_WALKED);
    if (failing.length === 0) return;
    const requests = new WalkRequests(store, topology);
    const walker = new Walker(store, topology);
    const dropped = new Map<Subject, Map<string, Source>>();
    const passed = new Map<Subject, Source>();
    let explained = 0;
    let delivered = 0;
    let undecided = 0;
    let first: Source | undefined;
    for (const flow of failing) {
      const asked = requests.ofFlow(flow);
      if (!('request' in asked)) continue;
      const result = walker.walk(asked.request);
      if (result.verdict === 'dropped') {
        explained += 1;
        noteDrop(topology, dropped, result);
      } else if (result.verdict === 'delivered' && !endsElsewhere(flow, result)) {
        delivered += 1;
        first ??= flow.sources[0] ?? {};
        for (const { on, source } of [...result.steps, ...(result.reply?.steps ?? [])])
          if (source !== undefined && !passed.has(on)) passed.set(on, source);
      } else undecided += 1;
    }
    for (const [subject, names] of dropped)
      for (const [name, source] of names) store.add({ subject, name, value: true, source });
    for (const [subject, source] of passed) {
      if (dropped.has(subject) || subject === CLUSTER) continue;
      for (const name of Object.keys(FACTS))
        if (OF_PODS.has(name) === (kindOf(subject) === 'pod')) store.add({ subject, name, value: false, source });
    }
    // A few that are decided say nothing of the many that are not.
    if (undecided > explained + delivered) return;
    if (delivered > 0 && explained === 0)
      store.add({ subject: CLUSTER, name: 'walk.delivers-failing', value: true, source: first ?? {} });
    else if (delivered === 0 && explained > 0) {
      const [drops] = dropped.values();
      const source = drops === undefined ? {} : ([...drops.values()][0] ?? {});
      store.add({ subject: CLUSTER, name: 'walk.delivers-failing', value: false, source });
    }
  },
};

/** A slow or lossy flow, one that fails at times, and one that failed after its packets came and went says nothing of a path. */
function isWalkable({ state, pattern, proto, error, stage }: Flow): boolean {
  if (state !== 'failing' || pattern === 'intermittent' || pattern === 'under-load' || pattern === 'after-idle')
    return false;
  if (proto === 'dns' && (error === 'nxdomain' || error === 'servfail')) return false;
  return stage === undefined || stage === 'connect' || stage === 'resolve' || error === 'stalled';
}

/** What was meant for the cluster and goes to somebody outside is no delivery. */
function endsElsewhere({ leg }: Flow, { beyond }: WalkResult): boolean {
  return beyond === 'outside' && leg.to !== 'external' && leg.to !== 'dns-external';
}

function noteDrop(
  topology: Topology,
  dropped: Map<Subject, Map<string, Source>>,
  { at, reason, source, steps }: WalkResult,
): void {
  const name = reason === undefined ? undefined : NAMES.get(reason);
  if (name === undefined) return;
  const subject = OF_PODS.has(name) ? at : topology.nodeOf(at)?.subject;
  // A pod's own fact where it is a node that listens to nothing is nobody's.
  if (subject === undefined || (OF_PODS.has(name) && kindOf(subject) !== 'pod')) return;
  let names = dropped.get(subject);
  if (names === undefined) {
    names = new Map();
    dropped.set(subject, names);
  }
  if (!names.has(name)) names.set(name, source ?? steps.findLast((step) => step.source !== undefined)?.source ?? {});
}

function distinct(flows: readonly Flow[]): Flow[] {
  const seen = new Set<string>();
  return flows.filter(({ from, to, proto, size, large }) => {
    const key = [from.subject, from.ip, to.subject, to.ip, to.port, to.name, proto, size, large].join('|');
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** As many as are wanted, at even distances. */
function spread<T>(all: readonly T[], wanted: number): readonly T[] {
  if (all.length <= wanted) return all;
  return Array.from({ length: wanted }, (_, i) => all[Math.floor((i * all.length) / wanted)]!);
}
