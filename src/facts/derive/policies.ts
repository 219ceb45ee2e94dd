import { policiesOf } from '../policy/policies-of.js';
import { PolicyIndex } from '../policy/policy-index.js';
import type { Direction, Rule } from '../policy/policy-spec.js';
import { DIRECTIONS } from '../policy/policy-spec.js';
import type { Derivation } from './derivation.js';

const DNS_PORT = 53;

/**
 * How many NetworkPolicies select each pod, and the directions in which none of those allows anything. Pods of the host's
 * network are selected by none.
 */
export const policies: Derivation = {
  id: 'policies',
  derive({ store, topology }) {
    const { policies: all, others, listed } = policiesOf(store);
    // Where a list of all namespaces was empty, no pod is selected; where nobody asked, nothing is known.
    const listSource = all[0]?.source ?? others[0]?.source ?? listed;
    if (listSource === undefined) return;
    const index = new PolicyIndex(all);
    // What a policy of Calico or Cilium selects and allows follows rules of its own.
    const foreign = new Set(others.map(({ namespace }) => namespace));
    for (const pod of topology.pods.values()) {
      if (pod.hostNetwork) continue;
      // A table of pods shows no labels, by which policies select; nor does an attempt that merely names its pod.
      const labels = {
        values: pod.object?.labels ?? {},
        whole: pod.object !== undefined && pod.object.partial !== true,
      };
      const selecting = index.selecting(pod.namespace, labels);
      let decided = !foreign.has('') && !foreign.has(pod.namespace);
      let count = 0;
      let source = listSource;
      const denied = new Set<Direction>();
      const allowed = new Set<Direction>();
      let egress: 'open' | 'no-dns' | 'may-have-dns' = 'open';
      for (const { policy, selects } of selecting) {
        if (selects === undefined) {
          decided = false;
          continue;
        }
        count += 1;
        source = policy.source;
        for (const direction of DIRECTIONS) {
          const isolates = policy.isolates[direction];
          const rules = policy.rules[direction];
          if (isolates === false) continue;
          if (isolates === undefined || rules === undefined) decided = false;
          else if (rules.length > 0) allowed.add(direction);
          else denied.add(direction);
          if (direction !== 'egress' || rules === undefined || egress === 'may-have-dns') continue;
          egress = rules.some(mayAllowDns) ? 'may-have-dns' : 'no-dns';
        }
      }
      if (!labels.whole && selecting.some(({ selects }) => selects === undefined)) continue;
      if (!decided && count === 0) continue;
      store.add({ subject: pod.subject, name: 'policies.selecting', value: count, source });
      // A policy that was not understood may allow what the others do not.
      if (!decided) continue;
      const value = DIRECTIONS.filter((direction) => denied.has(direction) && !allowed.has(direction));
      store.add({ subject: pod.subject, name: 'policies.default-deny', value, source });
      // Whether a rule that names the port names the right peers too is the walk's to say.
      if (egress !== 'may-have-dns') {
        store.add({ subject: pod.subject, name: 'policies.dns-denied', value: egress === 'no-dns', source });
      }
    }
  },
};

/** Whether a rule's ports hold UDP 53: a port that is a name, or could not be read, may be it. */
function mayAllowDns({ ports, malformed }: Rule): boolean {
  if (ports === 'all' || malformed) return true;
  return ports.some(({ protocol, port }) => {
    // A port without its protocol is TCP's: it forgets the lookups, which are UDP.
    if (protocol !== undefined && protocol !== 'UDP') return false;
    if (port === 'all' || port === 'malformed' || 'name' in port) return true;
    return port.first <= DNS_PORT && DNS_PORT <= port.last;
  });
}
