import type { Fact, Scalar } from '../model.js';
import { CLUSTER } from '../model.js';
import type { Derivation } from './derivation.js';

/**
 * What the logs of pods tell of the nodes that they run on: agents and kube-proxy log under their pods' names. Of a pod
 * that no object places the cluster is told.
 */
export const podLogs: Derivation = {
  id: 'pod-logs',
  derive({ store, topology }) {
    for (const subject of store.subjects('pod')) {
      const told: Fact<Scalar>[] = [];
      for (const [name, facts] of store.of(subject)) {
        if (name.startsWith('log.')) told.push(...(facts as readonly Fact<Scalar>[]));
      }
      const place = topology.nodeOf(subject)?.subject ?? CLUSTER;
      for (const fact of told) store.add({ ...fact, subject: place });
    }
  },
};
