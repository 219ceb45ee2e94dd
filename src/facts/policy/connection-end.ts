import type { Subject } from '../model.js';
import { CLUSTER, kindOf } from '../model.js';
import type { MissingFact } from './answer.js';
import type { BlockAddress } from './ip-block.js';
import { parseAddress } from './ip-block.js';
import type { PolicyCluster, PolicyNode, PolicyPod } from './policy-cluster.js';
import type { ConnectionEnd } from './verdict.js';

/** What an end of a connection is to policies. */
export interface ResolvedEnd {
  /** `unknown`: it may be a pod that is not known. `service`: the address of a Service, which is no pod's own. */
  kind: 'pod' | 'host-pod' | 'node' | 'outside' | 'service' | 'unknown';
  /** Of `pod` and `host-pod`. */
  pod?: PolicyPod;
  /** Of `node` and `host-pod`: the node's name, where known. */
  node?: string;
  /** Those that it may have in the connection. */
  addresses: readonly BlockAddress[];
  /** Pods of the host's network whose traffic this may be, though it looks like the node's. */
  hostPods: readonly PolicyPod[];
  /** What to ask for where the kind, or the address, is not known. */
  who: MissingFact;
}

const NO_PODS: readonly PolicyPod[] = [];

/** Finds what ends of connections are: pods and nodes by subject and by address. */
export class EndResolver {
  readonly #cluster: PolicyCluster;
  readonly #pods = new Map<Subject, PolicyPod>();
  readonly #nodes = new Map<string, PolicyNode>();
  readonly #hostPods = new Map<string, PolicyPod[]>();
  /** By the address as a number: IPv6 has many spellings. Null where several have it. */
  readonly #podByAddress = new Map<string, PolicyPod | null>();
  readonly #nodeByAddress = new Map<string, PolicyNode | null>();

  constructor(cluster: PolicyCluster) {
    this.#cluster = cluster;
    for (const pod of cluster.pods) {
      this.#pods.set(pod.subject, pod);
      if (pod.absent) continue;
      if (pod.hostNetwork) {
        if (pod.node === undefined) continue;
        const same = this.#hostPods.get(pod.node);
        if (same === undefined) this.#hostPods.set(pod.node, [pod]);
        else same.push(pod);
        continue;
      }
      for (const address of pod.addresses) claim(this.#podByAddress, address, pod);
    }
    for (const node of cluster.nodes) {
      this.#nodes.set(node.name, node);
      for (const address of node.addresses) claim(this.#nodeByAddress, address, node);
    }
  }

  resolve({ subject, ip }: ConnectionEnd): ResolvedEnd {
    const address = ip === undefined ? undefined : parseAddress(ip);
    const given = address === undefined ? undefined : [address];
    if (subject !== undefined && kindOf(subject) === 'pod') return this.#pod(subject, given);
    if (subject !== undefined && kindOf(subject) === 'node') {
      const name = this.#cluster.nodeNamed(subject);
      return this.#node(name, given ?? this.#nodes.get(name ?? '')?.addresses ?? [], subject);
    }
    if (address === undefined) return unknownEnd(subject ?? CLUSTER, [], 'which pod or machine it is');
    const key = keyOf(address);
    const pod = this.#podByAddress.get(key);
    if (pod) return podEnd(pod, [address]);
    const node = this.#nodeByAddress.get(key);
    if (pod !== null && node) return this.#node(node.name, [address], CLUSTER);
    const what = `which pod or machine has the address ${address.text}`;
    if (pod === null || node === null) return unknownEnd(CLUSTER, [address], what);
    const kind = this.#cluster.kindOf(address.text);
    if (kind === 'outside') return { ...unknownEnd(CLUSTER, [address], what), kind };
    if (kind === 'service') {
      const who = { on: CLUSTER, what: `which pod the Service’s address ${address.text} is translated to` };
      return { kind, addresses: [address], hostPods: NO_PODS, who };
    }
    return unknownEnd(CLUSTER, [address], what);
  }

  #pod(subject: Subject, given: readonly BlockAddress[] | undefined): ResolvedEnd {
    const pod = this.#pods.get(subject);
    if (pod === undefined) return unknownEnd(subject, given ?? [], 'the pod’s object');
    if (!pod.hostNetwork) return podEnd(pod, given ?? pod.addresses);
    const own = pod.node === undefined ? undefined : this.#nodes.get(pod.node)?.addresses;
    return {
      kind: 'host-pod',
      pod,
      ...(pod.node === undefined ? {} : { node: pod.node }),
      addresses: given ?? own ?? pod.addresses,
      hostPods: NO_PODS,
      who: { on: subject, what: 'the address of its node' },
    };
  }

  #node(name: string | undefined, addresses: readonly BlockAddress[], on: Subject): ResolvedEnd {
    return {
      kind: 'node',
      ...(name === undefined ? {} : { node: name }),
      addresses,
      hostPods: name === undefined ? NO_PODS : (this.#hostPods.get(name) ?? NO_PODS),
      who: { on, what: 'the address of the node', collect: 'kubectl get nodes -o yaml' },
    };
  }
}

function podEnd(pod: PolicyPod, addresses: readonly BlockAddress[]): ResolvedEnd {
  const who = { on: pod.subject, what: 'the pod’s address', collect: 'kubectl get pods -A -o yaml' };
  return { kind: 'pod', pod, addresses, hostPods: NO_PODS, who };
}

function unknownEnd(on: Subject, addresses: readonly BlockAddress[], what: string): ResolvedEnd {
  return {
    kind: 'unknown',
    addresses,
    hostPods: NO_PODS,
    who: { on, what, collect: 'kubectl get pods -A -o yaml' },
  };
}

function claim<T>(map: Map<string, T | null>, address: BlockAddress, owner: T): void {
  const key = keyOf(address);
  const known = map.get(key);
  map.set(key, known === undefined || known === owner ? owner : null);
}

function keyOf({ family, bits }: BlockAddress): string {
  return `${family}/${bits.toString(16)}`;
}

/** Leaves of two ends' addresses those of a family that both have: a connection is of one. */
export function ofOneFamily(a: ResolvedEnd, b: ResolvedEnd): [ResolvedEnd, ResolvedEnd] {
  const families = ([4, 6] as const).filter((family) =>
    [a, b].every(({ addresses }) => addresses.length === 0 || addresses.some((one) => one.family === family)),
  );
  if (families.length !== 1) return [a, b];
  const only = (end: ResolvedEnd): ResolvedEnd => ({
    ...end,
    addresses: end.addresses.filter(({ family }) => family === families[0]),
  });
  return [only(a), only(b)];
}
