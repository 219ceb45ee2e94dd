import { mayDivert, mayDrop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import type { Way } from './way.js';

/** Notes that a node's packet filter, or a table of it, is not in the input. A pod's is taken to be empty, as it nearly always is. */
export function unknownFilter(way: Way, namespace: NetNamespace): void {
  if (namespace.isPod) return;
  const { source, unknownTables } = namespace.netfilter;
  if (source === undefined) {
    mayDrop(way, {
      on: namespace.subject,
      what: 'the packet filter (iptables-save)',
      collect: 'iptables-save -c; nft list ruleset',
    });
    return;
  }
  for (const table of unknownTables) {
    // raw, mangle and security are empty on most nodes, but a listing of another table does not tell.
    const missing = { on: namespace.subject, what: `iptables' table ${table}`, collect: 'iptables-save -c' };
    if (table === 'nat') mayDivert(way, missing);
    else if (table === 'filter') mayDrop(way, missing);
  }
}
