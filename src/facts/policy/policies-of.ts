import type { Fact, NetworkPolicyObject, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { ParsedPolicy } from './policy-spec.js';
import { parsePolicy } from './policy-spec.js';

/** A policy of another API (Calico's, Cilium's, AdminNetworkPolicy), which may allow or deny what these do not. */
export interface OtherPolicy {
  /** `CiliumNetworkPolicy.cilium.io`. */
  api: string;
  /** Empty for one of the whole cluster. */
  namespace: string;
  name: string;
  source: Source;
}

export interface Policies {
  /** Each once, in the order of the input. */
  policies: readonly ParsedPolicy[];
  others: readonly OtherPolicy[];
  /** Where a list of all namespaces' policies was read: then there are no others than these. */
  listed: Source | undefined;
}

/** The policies of the input: where several outputs show one, the last that shows it whole. */
export function policiesOf(store: FactStore): Policies {
  const facts = new Map<string, Fact<NetworkPolicyObject>>();
  for (const fact of store.all('networkpolicy-object')) {
    const key = JSON.stringify([fact.value.otherApi ?? '', fact.value.namespace, fact.value.name]);
    const known = facts.get(key);
    if (known === undefined || fact.value.partial !== true || known.value.partial === true) facts.set(key, fact);
  }
  const policies: ParsedPolicy[] = [];
  const others: OtherPolicy[] = [];
  for (const fact of facts.values()) {
    const { otherApi: api, namespace, name } = fact.value;
    if (api === undefined) policies.push(parsePolicy(fact));
    else others.push({ api, namespace, name, source: fact.source });
  }
  return { policies, others, listed: store.scalar(CLUSTER, 'objects.networkpolicies')?.source };
}
