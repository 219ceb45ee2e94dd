import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Source, Subject } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Derivation } from './derivation.js';

/**
 * What fails though the like works, where the like differs in one thing alone: a client outside (`flows.clients-differ`),
 * a pod of the same node that goes to the same address outside (`flows.pods-differ-outward`), the other node
 * (`flows.node-pair-fails`), the kind of request (`flows.lookups-alone-fail`). True or not known: what was tried may have
 * been chosen for any reason.
 */
export const alikeFlows: Derivation = {
  id: 'alike-flows',
  derive({ store, flows }) {
    tellClients(store, flows);
    tellPodsOutward(store, flows);
    tellNodePairs(store, flows);
    tellLookups(store, flows);
  },
};

/** Flows to the same end, by who asks. */
interface Asked {
  ok: Set<string>;
  failing: Map<string, Source>;
}

function gather(
  flows: readonly Flow[],
  keysOf: (flow: Flow) => { asked: string; by: string } | undefined,
): Map<string, Asked> {
  const found = new Map<string, Asked>();
  for (const flow of flows) {
    const keys = keysOf(flow);
    if (keys === undefined) continue;
    const asked = found.get(keys.asked) ?? { ok: new Set<string>(), failing: new Map<string, Source>() };
    found.set(keys.asked, asked);
    if (flow.state === 'ok') asked.ok.add(keys.by);
    else if (isSymptom(flow)) asked.failing.set(keys.by, flow.sources[0] ?? {});
  }
  return found;
}

/** Who fails where another is served, and never is served itself. */
function outdone({ ok, failing }: Asked): Source | undefined {
  if (ok.size === 0) return undefined;
  for (const [by, source] of failing) if (!ok.has(by)) return source;
  return undefined;
}

/** Clients outside of the cluster that are not served at an address and port at which others are. */
function tellClients(store: FactStore, flows: readonly Flow[]): void {
  const asked = gather(flows, ({ from, to, proto, large }) => {
    if (from.kind !== 'external' || from.ip === undefined || to.ip === undefined || large || proto === 'icmp') return;
    return { asked: `${to.ip} ${to.port ?? ''}`, by: from.ip };
  });
  tellFirst(store, asked, 'flows.clients-differ');
}

/** Pods of a node that do not reach an address outside that other pods of the node reach. */
function tellPodsOutward(store: FactStore, flows: readonly Flow[]): void {
  const asked = gather(flows, ({ from, to, proto, large }) => {
    const pod = from.subject ?? from.ip;
    if (from.kind !== 'pod' || from.node === undefined || pod === undefined || large) return;
    if (to.kind !== 'external' || to.ip === undefined) return;
    return { asked: `${from.node} ${to.ip} ${to.port ?? ''} ${proto}`, by: pod };
  });
  tellFirst(store, asked, 'flows.pods-differ-outward');
}

function tellFirst(store: FactStore, asked: ReadonlyMap<string, Asked>, name: string): void {
  for (const one of asked.values()) {
    const source = outdone(one);
    if (source === undefined) continue;
    store.add({ subject: CLUSTER, name, value: true, source });
    return;
  }
}

/** Two nodes whose pods do not reach each other at all, while each of them carries packets of pods to and from a third. */
function tellNodePairs(store: FactStore, flows: readonly Flow[]): void {
  const ok = new Map<string, Set<string>>();
  const failing = new Map<string, { ends: [string, string]; source: Source }>();
  for (const flow of flows) {
    const { leg, from, to, large } = flow;
    if (leg.near !== 'cross-node' || leg.to !== 'pod' || leg.from === 'external' || large) continue;
    if (from.node === undefined || to.node === undefined) continue;
    const ends: [string, string] = from.node < to.node ? [from.node, to.node] : [to.node, from.node];
    if (flow.state === 'ok') {
      for (const [one, other] of [ends, [ends[1], ends[0]]] as const)
        ok.set(one, (ok.get(one) ?? new Set()).add(other));
    } else if (isSymptom(flow) && flow.error !== 'refused' && flow.error !== 'reset' && flow.pattern === undefined)
      failing.set(ends.join(' '), { ends, source: flow.sources[0] ?? {} });
  }
  for (const {
    ends: [one, other],
    source,
  } of failing.values()) {
    if (ok.get(one)?.has(other) === true || !ok.has(one) || !ok.has(other)) continue;
    store.add({ subject: CLUSTER, name: 'flows.node-pair-fails', value: true, source });
    return;
  }
}

/** Nodes whose pods resolve nothing, while they reach other nodes or the outside, and pods of other nodes do resolve. */
function tellLookups(store: FactStore, flows: readonly Flow[]): void {
  const resolves = new Set<string>();
  const reaches = new Set<string>();
  const failsOtherwise = new Set<string>();
  const lookups = new Map<Subject, Source>();
  for (const flow of flows) {
    const { from, leg, state } = flow;
    if (from.kind !== 'pod' || from.node === undefined) continue;
    const isLookup = leg.to === 'dns-internal' || leg.to === 'dns-external';
    if (state === 'ok') {
      if (isLookup) resolves.add(from.node);
      else if (leg.near === 'cross-node' || leg.to === 'external') reaches.add(from.node);
    } else if (isSymptom(flow)) {
      if (isLookup) lookups.set(from.node, flow.sources[0] ?? {});
      else failsOtherwise.add(from.node);
    }
  }
  if (resolves.size === 0) return;
  for (const [node, source] of lookups) {
    if (resolves.has(node) || failsOtherwise.has(node) || !reaches.has(node)) continue;
    store.add({ subject: node, name: 'flows.lookups-alone-fail', value: true, source });
  }
}
