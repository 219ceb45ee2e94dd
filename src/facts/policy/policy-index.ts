import type { ParsedPolicy } from './policy-spec.js';
import type { KnownLabels } from './selector.js';
import { requiredLabel, selects } from './selector.js';

/** A policy that selects a pod, or (`undefined`) may do so. */
export interface Selection {
  policy: ParsedPolicy;
  selects: true | undefined;
}

interface OfNamespace {
  /** Policies whose selector asks for one value of one label, by both. */
  byLabel: Map<string, Numbered[]>;
  /** All others. */
  rest: Numbered[];
  all: Numbered[];
  /** What was found for labels: the replicas of a workload bear the same. */
  found: Map<string, readonly Selection[]>;
}

interface Numbered {
  order: number;
  policy: ParsedPolicy;
}

const NONE: readonly Selection[] = [];
/** A key cannot hold a zero byte unless the dump is hostile; then only the time suffers that the index saves. */
const keyOf = (key: string, value: string): string => `${key}\0${value}`;

/** Policies by namespace and by the label that they ask for: a pod looks at those that its own labels name. */
export class PolicyIndex {
  readonly #namespaces = new Map<string, OfNamespace>();

  constructor(policies: readonly ParsedPolicy[]) {
    policies.forEach((policy, order) => {
      let own = this.#namespaces.get(policy.namespace);
      if (own === undefined) {
        own = { byLabel: new Map(), rest: [], all: [], found: new Map() };
        this.#namespaces.set(policy.namespace, own);
      }
      const numbered = { order, policy };
      own.all.push(numbered);
      const label = requiredLabel(policy.selector);
      if (label === undefined) {
        own.rest.push(numbered);
        return;
      }
      const key = keyOf(label.key, label.value);
      const same = own.byLabel.get(key);
      if (same === undefined) own.byLabel.set(key, [numbered]);
      else same.push(numbered);
    });
  }

  /** Policies of the namespace that select what bears the labels, or may, in the order of the input. */
  selecting(namespace: string, labels: KnownLabels): readonly Selection[] {
    const own = this.#namespaces.get(namespace);
    if (own === undefined) return NONE;
    const entries = Object.entries(labels.values).sort(([a], [b]) => (a < b ? -1 : 1));
    const signature = JSON.stringify([labels.whole, entries]);
    let found = own.found.get(signature);
    if (found === undefined) {
      found = find(own, labels, entries);
      own.found.set(signature, found);
    }
    return found;
  }
}

function find(own: OfNamespace, labels: KnownLabels, entries: readonly [string, string][]): Selection[] {
  let candidates = own.all;
  if (labels.whole) {
    candidates = [...own.rest];
    for (const [key, value] of entries) {
      for (const candidate of own.byLabel.get(keyOf(key, value)) ?? []) candidates.push(candidate);
    }
    candidates.sort((a, b) => a.order - b.order);
  }
  const found: Selection[] = [];
  for (const { policy } of candidates) {
    const selected = selects(policy.selector, labels);
    if (selected !== false) found.push({ policy, selects: selected });
  }
  return found;
}
