import type { Source } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';
import { devicesOf } from './devices.js';

/** Packets the node's NIC dropped or counted as errors since boot, by whichever of the two counts knows more. */
export const nic: Derivation = {
  id: 'nic',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      if (node.nic === undefined) continue;
      const merged = devicesOf(store, node).links.get(node.nic);
      let drops: number | undefined;
      let source: Source | undefined;
      for (const direction of [merged?.link.rx, merged?.link.tx]) {
        if (direction === undefined) continue;
        drops = (drops ?? 0) + direction.errors + direction.dropped;
        source = store
          .records(node.subject, 'link')
          .find((fact) => fact.value.name === node.nic && fact.value.rx)?.source;
      }
      let told: number | undefined;
      let toldSource: Source | undefined;
      const prefix = `ethtool.${node.nic}.stat.`;
      for (const name of store.of(node.subject).keys()) {
        if (!name.startsWith(prefix)) continue;
        const fact = store.scalar(node.subject, name);
        if (fact === undefined || typeof fact.value !== 'number') continue;
        // Drivers count per queue and in total: the largest is the total, or the worst queue.
        if (told === undefined || fact.value > told) {
          told = fact.value;
          toldSource = fact.source;
        }
      }
      if (told !== undefined && (drops === undefined || told > drops)) {
        drops = told;
        source = toldSource;
      }
      addAllowances(store, node);
      if (drops === undefined) continue;
      store.add({ subject: node.subject, name: 'nic.drops', value: drops, source: source ?? merged?.source ?? {} });
    }
  },
};

/** `ethtool.ens5.stat.pps_allowance_exceeded`: what a virtual machine sent or got beyond what its type is allowed. */
const ALLOWANCE = /^ethtool\.\S{1,64}\.stat\.(bw_in|bw_out|pps|conntrack)_allowance_exceeded$/;

/**
 * Packets that the cloud queued or dropped since the machine exceeded what its type is allowed: `nic.allowance-exceeded` of
 * bandwidth and packet rate, `nic.connections-exceeded` of tracked connections. Of all cards, pods' own included.
 */
function addAllowances(store: FactStore, node: TopologyNode): void {
  const sums = new Map<string, { value: number; source: Source }>();
  for (const name of store.of(node.subject).keys()) {
    const kind = ALLOWANCE.exec(name)?.[1];
    const fact = kind === undefined ? undefined : store.scalar(node.subject, name);
    if (fact === undefined || typeof fact.value !== 'number') continue;
    const sum = kind === 'conntrack' ? 'nic.connections-exceeded' : 'nic.allowance-exceeded';
    const known = sums.get(sum);
    if (known === undefined) sums.set(sum, { value: fact.value, source: fact.source });
    else known.value += fact.value;
  }
  for (const [name, { value, source }] of sums) store.add({ subject: node.subject, name, value, source });
}
