import type { Derivation } from './derivation.js';
import { isCrashing, isReady, podFactOf } from './system-pods.js';

/** Whether the CNI's agent on each node runs, is ready and stays up. */
export const cni: Derivation = {
  id: 'cni',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const agents = node.pods.filter(
        (pod) => pod.object !== undefined && store.cnis.isAgent(pod.name, pod.object.labels),
      );
      const unready = agents.find((pod) => isReady(pod) === false);
      const ready = agents.find((pod) => isReady(pod) === true);
      const decider = unready ?? ready;
      if (decider !== undefined) {
        store.add({
          subject: node.subject,
          name: 'cni-agent.ready',
          value: unready === undefined,
          source: podFactOf(store, decider)?.source ?? {},
        });
      }
      const crashing = agents.find((pod) => isCrashing(pod) === true);
      const steady = agents.find((pod) => isCrashing(pod) === false);
      const teller = crashing ?? steady;
      if (teller === undefined) continue;
      store.add({
        subject: node.subject,
        name: 'cni-agent.restarting',
        value: crashing !== undefined,
        source: podFactOf(store, teller)?.source ?? {},
      });
    }
  },
};
