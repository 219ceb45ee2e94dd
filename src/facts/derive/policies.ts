import type { Fact, NetworkPolicyObject } from '../model.js';
import type { Derivation } from './derivation.js';
import { labelsMatch, selectorMatches } from './labels.js';

/** How many NetworkPolicies select each pod. Pods of the host's network are selected by none. */
export const policies: Derivation = {
  id: 'policies',
  derive({ store, topology }) {
    const all = store.all('networkpolicy-object');
    if (all.length === 0) return;
    const byNamespace = new Map<string, Fact<NetworkPolicyObject>[]>();
    for (const fact of all) {
      const own = byNamespace.get(fact.value.namespace);
      if (own === undefined) byNamespace.set(fact.value.namespace, [fact]);
      else own.push(fact);
    }
    for (const pod of topology.pods.values()) {
      if (pod.object === undefined || pod.hostNetwork) continue;
      let count = 0;
      let source = all[0]!.source;
      let decided = true;
      for (const fact of byNamespace.get(pod.namespace) ?? []) {
        const policy = fact.value;
        const selects = policy.complexSelector
          ? selectorMatches((policy.spec as { podSelector?: unknown } | null)?.podSelector, pod.object.labels)
          : labelsMatch(policy.podSelector, pod.object.labels);
        if (selects === undefined) decided = false;
        if (selects !== true) continue;
        count += 1;
        source = fact.source;
      }
      if (!decided && count === 0) continue;
      store.add({ subject: pod.subject, name: 'policies.selecting', value: count, source });
    }
  },
};
