import type { Derivation } from './derivation.js';

/** The load average of the last minute over the CPUs, where both are known. */
export const load: Derivation = {
  id: 'load',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const average = store.scalar(node.subject, 'load.average');
      const cpus = store.value(node.subject, 'cpu.count');
      if (typeof average?.value !== 'number' || typeof cpus !== 'number' || cpus <= 0) continue;
      const perCpu = Math.round((average.value / cpus) * 100) / 100;
      store.add({ subject: node.subject, name: 'load.per-cpu', value: perCpu, source: average.source });
    }
  },
};
