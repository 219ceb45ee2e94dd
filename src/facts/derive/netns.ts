import type { Derivation } from './derivation.js';

/** What a pod's end of a pair is called on the node, by the CNIs that name it so and by default. */
const HOST_END = /^(?:veth[0-9a-z]{4,}|cali[0-9a-f]{11}|lxc[0-9a-z]{6,}|eni[0-9a-f]{11})$/;
/** Below this, pods that are being made or ended may be what is too many. */
const FEW = 20;

/**
 * Whether a node holds far more pod interfaces or network namespaces than it has pods (`netns.leaked`). Told only where
 * its list of pods holds enough to be one.
 */
export const netns: Derivation = {
  id: 'netns',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const pods = node.pods.filter(
        (pod) =>
          pod.object !== undefined &&
          !pod.hostNetwork &&
          pod.object.phase !== 'Succeeded' &&
          pod.object.phase !== 'Failed',
      );
      // The node's own agents are on every list of its pods.
      if (!node.pods.some((pod) => pod.object !== undefined && pod.hostNetwork)) continue;
      const links = store.records(node.subject, 'link').filter((fact) => HOST_END.test(fact.value.name));
      const namespaces = store.scalar(node.subject, 'netns.count');
      const seen = [
        ...(links.length === 0 ? [] : [{ count: links.length, source: links[0]!.source }]),
        ...(typeof namespaces?.value === 'number' ? [{ count: namespaces.value, source: namespaces.source }] : []),
      ].sort((a, b) => b.count - a.count)[0];
      if (seen === undefined) continue;
      const leaked = seen.count - pods.length >= FEW && seen.count > 2 * pods.length;
      store.add({ subject: node.subject, name: 'netns.leaked', value: leaked, source: seen.source });
    }
  },
};
