import type { Subject } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import type { BlockAddress } from './ip-block.js';
import { parseAddress } from './ip-block.js';
import type { Policies } from './policies-of.js';
import { policiesOf } from './policies-of.js';
import type { KnownLabels } from './selector.js';

/** The label that the control plane sets on every namespace, and that nobody can change. */
export const NAME_LABEL = 'kubernetes.io/metadata.name';

/** A pod as policies see it. */
export interface PolicyPod {
  subject: Subject;
  namespace: string;
  name: string;
  labels: KnownLabels;
  addresses: readonly BlockAddress[];
  /** Its node's name, where known. */
  node: string | undefined;
  hostNetwork: boolean;
  /** Whether `hostNetwork` is known: its object says it, or its address is no node's. */
  networkKnown: boolean;
  /** It has completed, or has no address yet: nothing selects it. */
  absent: boolean;
  /** What its containers declare; undefined where their names are not known. */
  ports: readonly { name?: string; port: number; proto: string }[] | undefined;
}

export interface PolicyNode {
  name: string;
  addresses: readonly BlockAddress[];
}

/** What an address is that no known pod or node has. */
export type AddressKind = 'service' | 'outside' | 'unknown';

/** All that the evaluation looks at. */
export interface PolicyCluster extends Policies {
  pods: readonly PolicyPod[];
  nodes: readonly PolicyNode[];
  /** Labels by namespace, the automatic one included; of a namespace that is not in it only that one is known. */
  namespaces: ReadonlyMap<string, KnownLabels>;
  kindOf(ip: string): AddressKind;
  /** A node's name by its subject under any of its names. */
  nodeNamed(subject: Subject): string | undefined;
}

/** A pod that only an address or a prompt tells of, which is of no known namespace (`pod/-/NAME`). */
const NO_NAMESPACE = '-';

export function policyCluster(store: FactStore, topology: Topology): PolicyCluster {
  const pods: PolicyPod[] = [];
  const nodeIps = new Set<string>();
  for (const node of topology.nodes.values()) for (const ip of node.ips) nodeIps.add(ip);
  let listed = false;
  for (const pod of topology.pods.values()) {
    if (pod.namespace === NO_NAMESPACE) continue;
    const { object } = pod;
    const whole = object !== undefined && object.partial !== true;
    listed ||= whole;
    const addresses = addressesOf(pod.ips);
    const { phase } = object ?? {};
    pods.push({
      subject: pod.subject,
      namespace: pod.namespace,
      name: pod.name,
      labels: { values: object?.labels ?? {}, whole },
      addresses,
      node: pod.node?.name,
      hostNetwork: pod.hostNetwork,
      networkKnown:
        whole ||
        pod.hostNetwork ||
        (nodeIps.size > 0 && addresses.length > 0 && !addresses.some(({ text }) => nodeIps.has(text))),
      absent: phase === 'Succeeded' || phase === 'Failed' || (whole && !pod.hostNetwork && addresses.length === 0),
      ports: whole && object.portNamesUnknown !== true ? object.containers.flatMap(({ ports }) => ports) : undefined,
    });
  }
  // Whether an address is outside the cluster can be told where the pods' networks are known, or all pods.
  const bounded = listed || topology.podCIDRs.length > 0;
  return {
    ...policiesOf(store),
    pods,
    nodes: [...topology.nodes.values()].map(({ name, ips }) => ({ name, addresses: addressesOf(ips) })),
    namespaces: namespacesOf(store),
    kindOf(ip) {
      const { kind } = topology.ownerOf(ip);
      if (kind === 'clusterip' || kind === 'loadbalancer') return 'service';
      return kind === 'external' && bounded ? 'outside' : 'unknown';
    },
    nodeNamed: (subject) => topology.nodeOf(subject)?.name,
  };
}

function addressesOf(ips: Iterable<string>): BlockAddress[] {
  const addresses: BlockAddress[] = [];
  for (const ip of ips) {
    const address = parseAddress(ip);
    if (address !== undefined) addresses.push(address);
  }
  return addresses;
}

function namespacesOf(store: FactStore): ReadonlyMap<string, KnownLabels> {
  const namespaces = new Map<string, KnownLabels>();
  for (const { value } of store.records(CLUSTER, 'namespace-object')) {
    const whole = value.partial !== true;
    if (!whole && namespaces.has(value.name)) continue;
    namespaces.set(value.name, { values: { ...value.labels, [NAME_LABEL]: value.name }, whole });
  }
  return namespaces;
}
