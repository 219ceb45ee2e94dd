import type { Fact, NetworkPolicyObject } from '../model.js';
import { CLUSTER } from '../model.js';
import type { Derivation } from './derivation.js';
import { labelsMatch, selectorMatches } from './labels.js';

/**
 * How many NetworkPolicies select each pod, and the directions in which none of those allows anything. Pods of the host's
 * network are selected by none.
 */
export const policies: Derivation = {
  id: 'policies',
  derive({ store, topology }) {
    const all = store.all('networkpolicy-object');
    // Where a list of all namespaces was empty, no pod is selected; where nobody asked, nothing is known.
    const counted = store.scalar(CLUSTER, 'objects.networkpolicies');
    const listSource = all[0]?.source ?? (counted?.value === 0 ? counted.source : undefined);
    if (listSource === undefined) return;
    const byNamespace = new Map<string, Fact<NetworkPolicyObject>[]>();
    for (const fact of all) {
      const own = byNamespace.get(fact.value.namespace);
      if (own === undefined) byNamespace.set(fact.value.namespace, [fact]);
      else own.push(fact);
    }
    for (const pod of topology.pods.values()) {
      if (pod.object === undefined || pod.hostNetwork) continue;
      // A table of pods shows no labels, by which policies select.
      if (pod.object.partial === true && (byNamespace.get(pod.namespace)?.length ?? 0) > 0) continue;
      let count = 0;
      let source = listSource;
      let decided = true;
      let whole = true;
      const rules = new Map<Direction, number>();
      for (const fact of byNamespace.get(pod.namespace) ?? []) {
        const policy = fact.value;
        const selects = policy.complexSelector
          ? selectorMatches((policy.spec as { podSelector?: unknown } | null)?.podSelector, pod.object.labels)
          : labelsMatch(policy.podSelector, pod.object.labels);
        if (selects === undefined) decided = false;
        if (selects !== true) continue;
        count += 1;
        source = fact.source;
        // Of a policy that only a table shows it is not known what it allows.
        if (policy.partial === true) whole = false;
        for (const direction of directionsOf(policy)) {
          const allowing = direction === 'ingress' ? policy.ingressRules : policy.egressRules;
          rules.set(direction, (rules.get(direction) ?? 0) + allowing);
        }
      }
      if (!decided && count === 0) continue;
      store.add({ subject: pod.subject, name: 'policies.selecting', value: count, source });
      // A policy whose selector was not understood may allow what the others do not.
      if (!decided || !whole) continue;
      const denied = DIRECTIONS.filter((direction) => rules.get(direction) === 0);
      store.add({ subject: pod.subject, name: 'policies.default-deny', value: denied, source });
    }
  },
};

type Direction = 'ingress' | 'egress';
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** The directions that a policy isolates: those of policyTypes, else ingress, and egress where it has rules for it. */
function directionsOf(policy: NetworkPolicyObject): Direction[] {
  if (policy.policyTypes.length > 0) {
    return DIRECTIONS.filter((direction) => policy.policyTypes.some((type) => type.toLowerCase() === direction));
  }
  return policy.egressRules > 0 ? ['ingress', 'egress'] : ['ingress'];
}
