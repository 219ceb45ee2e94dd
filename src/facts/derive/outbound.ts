import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import type { Derivation } from './derivation.js';
import { isInside, parseNetwork } from './ipv4.js';

/** Ranges that no provider's own network needs unmasqueraded. */
const EVERYWHERE = /^(?:0\.0\.0\.0\/[01]|128\.0\.0\.0\/1|::\/0)$/;

/**
 * Whether nodes translate what pods send outside, where the provider's network carries pod addresses: the AWS CNI's switch
 * (`outbound.external-snat`), ip-masq-agent's exceptions (`outbound.unmasqueraded`).
 */
export const outbound: Derivation = {
  id: 'outbound',
  derive({ store, topology }) {
    judgeAws(store, topology);
    for (const { value, source } of store.all('configmap-object')) {
      if (!/^(?:azure-)?ip-masq-agent/.test(value.name)) continue;
      const cidrs = Object.values(value.data).flatMap((text) =>
        [...text.slice(0, 20_000).matchAll(/(?:\d{1,3}\.){3}\d{1,3}\/\d{1,2}|::\/0/g)].map(([cidr]) => cidr),
      );
      const outside = failingOutside(store);
      const found = cidrs.filter((cidr) => EVERYWHERE.test(cidr) || outside.some((ip) => isPublicIn(cidr, ip)));
      store.add({ subject: CLUSTER, name: 'outbound.unmasqueraded', value: [...new Set(found)].sort(), source });
    }
  },
};

function judgeAws(store: FactStore, topology: Topology): void {
  for (const pod of topology.pods.values()) {
    if (!pod.name.startsWith('aws-node-')) continue;
    for (const { env } of pod.object?.containers ?? []) {
      const value = env?.AWS_VPC_K8S_CNI_EXTERNALSNAT;
      if (value === undefined) continue;
      const source = store.records(pod.subject, 'pod-object')[0]?.source ?? {};
      store.add({ subject: CLUSTER, name: 'outbound.external-snat', value: /^(?:true|1)$/i.test(value), source });
      return;
    }
  }
}

/** Addresses outside that an attempt failed to reach. */
function failingOutside(store: FactStore): string[] {
  return store
    .all('probe')
    .filter(({ value }) => value.state === 'failing' && value.to.kind === 'external' && value.to.ip !== undefined)
    .map(({ value }) => value.to.ip!);
}

function isPublicIn(cidr: string, ip: string): boolean {
  const network = parseNetwork(cidr);
  return network !== undefined && isInside([network], ip);
}
