import type { Derivation } from './derivation.js';
import { parseIpv4 } from './ipv4.js';
import { sysctlNumber } from './sysctl-of.js';

/** How full the IPv4 neighbour table is against its hard limit, `gc_thresh3`. */
export const neighbours: Derivation = {
  id: 'neighbours',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const limit = sysctlNumber(store, node.subject, 'net.ipv4.neigh.default.gc_thresh3');
      const entries = new Set<string>();
      let source = limit?.fact.source;
      for (const fact of store.records(node.subject, 'neighbour')) {
        if (parseIpv4(fact.value.ip) === undefined) continue;
        if (entries.size === 0) source = fact.source;
        entries.add(`${fact.value.dev} ${fact.value.ip}`);
      }
      if (limit === undefined || limit.value <= 0 || entries.size === 0 || source === undefined) continue;
      store.add({
        subject: node.subject,
        name: 'neighbours.fill',
        value: Math.round((entries.size / limit.value) * 100),
        source,
      });
    }
  },
};
