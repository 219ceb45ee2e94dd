import { formatIpv4 } from '../derive/ipv4.js';
import { type Journey, mayDivert, mayDrop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import type { Packet } from './packet.js';
import type { MissingKnowledge } from './result.js';
import type { Way } from './way.js';

/** kube-proxy's default range of node ports. */
const NODE_PORTS = [30_000, 32_767] as const;

/** What would tell of a node of which nothing is in the input. */
export function unsampledNode({ subject }: NetNamespace): MissingKnowledge {
  return {
    on: subject,
    what: `the routes and packet filter of ${subject}`,
    collect: 'ip route show table all; ip rule; iptables-save; sysctl -a',
  };
}

/** Notes that a node's packet filter, or a table of it, is not in the input. A pod's is taken to be empty, as it nearly always is. */
export function unknownFilter(journey: Journey, way: Way, namespace: NetNamespace): void {
  if (namespace.isPod) return;
  const { source, unknownTables } = namespace.netfilter;
  if (source === undefined) {
    const missing = {
      on: namespace.subject,
      what: 'the packet filter (iptables-save)',
      collect: 'iptables-save -c; nft list ruleset',
    };
    if (isTranslated(journey, way.packet)) mayDivert(way, missing);
    else mayDrop(way, missing);
    return;
  }
  for (const table of unknownTables) {
    // raw, mangle and security are empty on most nodes, but a listing of another table does not tell.
    const missing = { on: namespace.subject, what: `iptables' table ${table}`, collect: 'iptables-save -c' };
    if (table === 'filter') mayDrop(way, missing);
    else if (table === 'nat' && isTranslated(journey, way.packet)) mayDivert(way, missing);
    else if (table === 'nat') mayDrop(way, missing);
  }
}

/** Whether the nat table decides where the packet goes: to a Service's address or a node port. */
function isTranslated({ namespaces }: Journey, { dst, dport }: Packet): boolean {
  if (dst === undefined) return false;
  const { kind } = namespaces.topology.ownerOf(formatIpv4(dst.start));
  if (kind === 'clusterip' || kind === 'loadbalancer') return true;
  return kind === 'node' && dport !== undefined && dport[0] >= NODE_PORTS[0] && dport[0] <= NODE_PORTS[1];
}
