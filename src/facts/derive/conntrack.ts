import type { ConntrackEntry, Fact } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode, TopologyService } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { sysctlNumber } from './sysctl-of.js';

/** How full the connection table is, and entries whose translation did not take effect. */
export const conntrack: Derivation = {
  id: 'conntrack',
  derive(context) {
    const { store, topology } = context;
    for (const node of topology.nodes.values()) {
      const told = store.scalar(node.subject, 'conntrack.count');
      const count =
        typeof told?.value === 'number'
          ? { value: told.value, fact: told }
          : sysctlNumber(store, node.subject, 'net.netfilter.nf_conntrack_count');
      const max = sysctlNumber(store, node.subject, 'net.netfilter.nf_conntrack_max');
      if (count !== undefined && max !== undefined && max.value > 0) {
        store.add({
          subject: node.subject,
          name: 'conntrack.fill',
          value: Math.round((count.value / max.value) * 100),
          source: count.fact.source,
        });
      }
      judgeDrops(store, node);
      findUntranslated(context, node);
      findGoneBackends(context, node);
    }
  },
};

/**
 * Packets that were dropped for want of an entry. `drop` counts those that lost the race for an entry too, which
 * `insert_failed` tells: with them alone the table is not full.
 */
function judgeDrops(store: FactStore, node: TopologyNode): void {
  const dropped = store.scalar(node.subject, 'conntrack.drop');
  const raced = store.scalar(node.subject, 'conntrack.insert_failed');
  if (typeof dropped?.value !== 'number' || typeof raced?.value !== 'number') return;
  store.add({
    subject: node.subject,
    name: 'conntrack.dropped',
    value: Math.max(0, dropped.value - raced.value),
    source: dropped.source,
  });
}

function findUntranslated({ store, topology }: DeriveContext, node: TopologyNode): void {
  let good: Fact<ConntrackEntry> | undefined;
  let bad: Fact<ConntrackEntry> | undefined;
  for (const fact of store.records(node.subject, 'conntrack')) {
    const entry = fact.value;
    // ICMP to a Service address is never translated: that is no finding.
    if (entry.proto !== 'tcp' && entry.proto !== 'udp') continue;
    const owner = topology.ownerOf(entry.dst);
    if (owner.kind !== 'clusterip' || !isServed(owner.service, entry)) continue;
    if (entry.replySrc === entry.dst) {
      bad ??= fact;
      continue;
    }
    // Client and backend on one node is where replies can go past the translation; a masqueraded one comes back routed.
    if (!isLocalPod(topology, node, entry.replySrc) || !isLocalPod(topology, node, entry.src)) continue;
    // A pod that reached itself: its replies need the bridge's hairpin, not the translation back.
    if (entry.replySrc === entry.src) continue;
    if (entry.flags.includes('UNREPLIED')) bad ??= fact;
    else if (entry.replyDst === entry.src) good ??= fact;
  }
  const decider = bad ?? good;
  if (decider === undefined) return;
  store.add({
    subject: node.subject,
    name: 'conntrack.untranslated-service',
    value: bad !== undefined,
    source: decider.source,
  });
}

/**
 * UDP entries that translate a Service to an address which is no endpoint of it. TCP is left out: its entries outlive
 * the connection, so that after each rollout some point to pods that are gone.
 */
function findGoneBackends({ store, topology }: DeriveContext, node: TopologyNode): void {
  const gone = new Set<string>();
  let first: Fact<ConntrackEntry> | undefined;
  let bad: Fact<ConntrackEntry> | undefined;
  for (const fact of store.records(node.subject, 'conntrack')) {
    const entry = fact.value;
    if (entry.proto !== 'udp' || entry.replySrc === entry.dst) continue;
    const owner = topology.ownerOf(entry.dst);
    if (owner.kind !== 'clusterip' || owner.service === undefined || !isServed(owner.service, entry)) continue;
    if (!owner.service.endpointsKnown) continue;
    first ??= fact;
    if (owner.service.endpoints.some((endpoint) => endpoint.ip === entry.replySrc)) continue;
    gone.add(`${owner.service.object.namespace}/${owner.service.object.name} -> ${entry.replySrc}`);
    bad ??= fact;
  }
  const decider = bad ?? first;
  if (decider === undefined) return;
  store.add({
    subject: node.subject,
    name: 'conntrack.gone-backends',
    value: [...gone].sort(),
    source: decider.source,
  });
}

function isLocalPod(topology: DeriveContext['topology'], node: TopologyNode, ip: string): boolean {
  const owner = topology.ownerOf(ip);
  return owner.kind === 'pod' && owner.node === node;
}

/** Whether the Service has that port and an endpoint to translate to; unknown Services count as having them. */
function isServed(service: TopologyService | undefined, entry: ConntrackEntry): boolean {
  if (service === undefined) return true;
  const port = service.object.ports.find(
    (candidate) => candidate.port === entry.dport && candidate.proto.toLowerCase() === entry.proto,
  );
  if (port === undefined) return false;
  return !service.endpointsKnown || service.endpoints.some((endpoint) => endpoint.ready);
}
