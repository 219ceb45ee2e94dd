import type { ConntrackEntry, Fact } from '../model.js';
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
      findUntranslated(context, node);
    }
  },
};

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
