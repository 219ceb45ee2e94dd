import type { Source } from '../model.js';
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
      if (drops === undefined) continue;
      store.add({ subject: node.subject, name: 'nic.drops', value: drops, source: source ?? merged?.source ?? {} });
    }
  },
};
