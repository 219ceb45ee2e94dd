import type { Fact, NodeObject, PodObject, Scalar, Source, Subject, WorkloadObject } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';

const COREDNS_IMAGE = /^(?:mirrored-coredns-)?coredns$/;
const KUBE_PROXY_IMAGE = /^kube-proxy(?:-(?:amd64|arm64))?$/;

/** A release: at least two numbers, and what a vendor hangs behind them. Not a date, a digest or a branch. */
const RELEASE = /^v?\d{1,4}\.\d{1,5}(?:\.\d{1,6})?(?:[-+.~_]\S{0,100})?$/;

interface Told {
  version: string;
  source: Source;
}

/**
 * Versions, as rules compare them (`versionWithin`): of each node its kernel, operating system, kubelet, kube-proxy,
 * iptables, systemd and containerd; of the cluster Kubernetes, the CNI and CoreDNS. Where a cluster runs several releases
 * of one thing, the one that most of its pods run.
 */
export const versions: Derivation = {
  id: 'versions',
  derive({ store, topology }) {
    const kubeProxy = imageVersion(store, KUBE_PROXY_IMAGE);
    const objects = new Map<TopologyNode | undefined, Fact<NodeObject>>();
    for (const fact of store.all('node-object')) {
      objects.set(topology.nodes.get(fact.value.name) ?? topology.nodeOf(fact.subject), fact);
    }
    for (const node of topology.nodes.values()) tellNode(store, node, objects.get(node), kubeProxy);
    tell(store, CLUSTER, 'version.kubernetes', release(store.scalar(CLUSTER, 'kubernetesVersion')));
    const agent = store.cnis.imageOf(store.value(CLUSTER, 'cni'));
    const ofAgent = agent === undefined ? undefined : imageVersion(store, agent);
    tell(store, CLUSTER, 'version.cni', release(store.scalar(CLUSTER, 'cni.version')) ?? ofAgent);
    tell(store, CLUSTER, 'version.coredns', imageVersion(store, COREDNS_IMAGE));
  },
};

function tellNode(
  store: FactStore,
  node: TopologyNode,
  object: Fact<NodeObject> | undefined,
  kubeProxy: Told | undefined,
): void {
  const own = (name: string): Told | undefined => release(store.scalar(node.subject, name));
  const said = (value: string | undefined): Told | undefined =>
    value === undefined || value === '' || object === undefined ? undefined : { version: value, source: object.source };
  const saidRelease = (value: string | undefined): Told | undefined =>
    value !== undefined && RELEASE.test(value) ? said(value) : undefined;
  const known = (name: string, told: Told | undefined): void => tell(store, node.subject, `version.${name}`, told);

  // What a reporter says of the cluster holds for the nodes that say nothing themselves.
  known('kernel', own('kernel') ?? saidRelease(object?.value.kernel) ?? release(store.scalar(CLUSTER, 'kernel')));
  known('os', text(store.scalar(node.subject, 'os')) ?? said(object?.value.os) ?? text(store.scalar(CLUSTER, 'os')));
  known('kubelet', own('kubelet.version') ?? saidRelease(object?.value.kubelet));
  known('kube-proxy', own('kube-proxy.version') ?? imageVersion(store, KUBE_PROXY_IMAGE, node) ?? kubeProxy);
  known('iptables', own('iptables.version'));
  known('systemd', number(store.scalar(node.subject, 'systemd.version')));
  const containerd = /^containerd:\/\/(\S{1,60})$/.exec(object?.value.runtime ?? '')?.[1];
  known('containerd', own('containerd.version') ?? saidRelease(containerd));
}

function tell(store: FactStore, subject: Subject, name: string, told: Told | undefined): void {
  if (told !== undefined) store.add({ subject, name, value: told.version, source: told.source });
}

function text(fact: Fact<Scalar> | undefined): Told | undefined {
  return typeof fact?.value === 'string' && fact.value !== ''
    ? { version: fact.value, source: fact.source }
    : undefined;
}

/** What is a release; people also write `Linux 5.4.0` and `kernel 3.10.0`, and several in one line, which is none. */
function release(fact: Fact<Scalar> | undefined): Told | undefined {
  const told = text(fact);
  if (told === undefined) return undefined;
  const version = told.version.trim().replace(/^(?:linux|kernel|kubernetes)\s{1,5}(?:version\s{1,5})?/i, '');
  return RELEASE.test(version) ? { ...told, version } : undefined;
}

/** systemd's releases are one number. */
function number(fact: Fact<Scalar> | undefined): Told | undefined {
  const told = text(fact);
  return told !== undefined && /^\d{1,4}(?:$|[^\d])/.test(told.version) ? told : undefined;
}

/** The tag of an image: `1.8.6`, `v1.14.5`; a digest behind it does not count, a tag that is no release is none. */
function tagOf(image: string | undefined, name: RegExp): string | undefined {
  const [, repository, tag] = /^([^@\s]{1,300}):([\w.-]{1,128})(?:@\S+)?$/.exec(image ?? '') ?? [];
  if (repository === undefined || !name.test(repository.slice(repository.lastIndexOf('/') + 1))) return undefined;
  return RELEASE.test(tag!) ? tag : undefined;
}

/** The tag that most pods (of one node, where it is given) run, else the one that a workload asks for. */
function imageVersion(store: FactStore, name: RegExp, node?: TopologyNode): Told | undefined {
  const counts = new Map<string, { count: number; source: Source }>();
  const count = (tag: string | undefined, source: Source): void => {
    if (tag === undefined) return;
    const known = counts.get(tag);
    if (known === undefined) counts.set(tag, { count: 1, source });
    else known.count += 1;
  };
  for (const { value, source } of podsOf(store, node)) {
    for (const container of value.containers) count(tagOf(container.image, name), source);
  }
  if (counts.size === 0 && node === undefined) {
    for (const { value, source } of store.all('workload-object') as readonly Fact<WorkloadObject>[]) {
      for (const image of value.images) count(tagOf(image, name), source);
    }
  }
  let best: [string, { count: number; source: Source }] | undefined;
  for (const entry of counts) {
    const [tag, { count: pods }] = entry;
    if (best === undefined || pods > best[1].count || (pods === best[1].count && tag < best[0])) best = entry;
  }
  return best === undefined ? undefined : { version: best[0], source: best[1].source };
}

function podsOf(store: FactStore, node: TopologyNode | undefined): readonly Fact<PodObject>[] {
  if (node === undefined) return store.all('pod-object');
  return node.pods.flatMap((pod) => store.records(pod.subject, 'pod-object'));
}
