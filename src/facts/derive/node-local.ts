import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode, TopologyPod } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { isNodeLocalAddress } from './node-local-address.js';
import { isCrashing, isReady, podFactOf } from './system-pods.js';

/** Names and labels that manifests give it: upstream's, kubespray's, RKE2's and GKE's. */
const NAME = /^(?:(?:rke2-coredns-)?node-?local-?dns(?:-cache)?|node-local-dns-e2e)-/;
const LABELS: readonly (readonly [string, string])[] = [
  ['k8s-app', 'node-local-dns'],
  ['k8s-app', 'nodelocaldns'],
  ['k8s-app', 'node-local-dns-cache'],
];
/** Placeholders that whoever applies the manifest has to replace; the cache itself fills in the others. */
const PLACEHOLDER = /__PILLAR__(?:DNS__DOMAIN|LOCAL__DNS|DNS__SERVER)__/;
const DEVICE = 'nodelocaldns';

function isCache(pod: TopologyPod): boolean {
  const labels = pod.object?.labels ?? {};
  return NAME.test(pod.name) || LABELS.some(([key, value]) => labels[key] === value);
}

/** NodeLocal DNSCache on each node: its pod, its device and rules, and whether pods are told to ask it. */
export const nodeLocal: Derivation = {
  id: 'node-local',
  derive(context) {
    const { topology } = context;
    let trace: Source | undefined;
    for (const node of topology.nodes.values()) {
      const found = judgeNode(context, node);
      trace ??= found;
    }
    judgeManifest(context);
    judgeDeployed(context, trace);
  },
};

/** What is known of the cache on one node; the source of anything that shows it was meant to be there. */
function judgeNode({ store, topology }: DeriveContext, node: TopologyNode): Source | undefined {
  const caches = node.pods.filter((pod) => pod.object !== undefined && isCache(pod));
  const unready = caches.find((pod) => isReady(pod) === false);
  const ready = caches.find((pod) => isReady(pod) === true);
  const decider = ready ?? unready;
  let source: Source | undefined;
  const tell = (name: string, value: boolean | string[], from: Source): void => {
    store.add({ subject: node.subject, name, value, source: from });
    if (value !== false) source ??= from;
  };
  if (decider !== undefined) {
    const from = podFactOf(store, decider)?.source ?? {};
    store.add({ subject: node.subject, name: 'node-local-dns.ready', value: ready !== undefined, source: from });
    source ??= from;
  }
  const crashing = caches.find((pod) => isCrashing(pod) === true);
  const teller = crashing ?? caches.find((pod) => isCrashing(pod) === false);
  if (teller !== undefined) {
    tell('node-local-dns.restarting', crashing !== undefined, podFactOf(store, teller)?.source ?? {});
  }
  const asked = askedOn(store, node);
  if (asked !== undefined) tell('node-local-dns.asked', asked.value, asked.source);
  if (asked?.value === true && decider === undefined && runsElsewhere(topology.pods.values(), node)) {
    tell('node-local-dns.pod-missing', true, asked.source);
  }
  judgeDevice(store, node, asked?.ip, tell);
  judgeSockets(store, node, tell);
  judgeRules(store, node, tell);
  return source;
}

interface Asked {
  value: boolean;
  ip?: string;
  source: Source;
}

/** Whether kubelet or a pod of the node names the cache as the server to ask. */
function askedOn(store: FactStore, node: TopologyNode): Asked | undefined {
  let none: Asked | undefined;
  const consider = (servers: readonly string[], source: Source): Asked | undefined => {
    const ip = servers.find(isNodeLocalAddress);
    if (ip !== undefined) return { value: true, ip, source };
    if (servers.length > 0) none ??= { value: false, source };
    return undefined;
  };
  const kubelet = store.scalar(node.subject, 'kubelet.cluster-dns');
  if (kubelet !== undefined && Array.isArray(kubelet.value)) {
    const found = consider(kubelet.value, kubelet.source);
    if (found !== undefined) return found;
  }
  for (const pod of node.pods) {
    // Pods of the host's network and of policy Default have the node's own file.
    if (pod.hostNetwork) continue;
    for (const fact of store.records(pod.subject, 'resolv-conf')) {
      const found = consider(fact.value.nameservers, fact.source);
      if (found !== undefined) return found;
    }
  }
  return none;
}

/** A listing that shows the cache on another node, or kubelets' system pods of this one, would show it here. */
function runsElsewhere(pods: Iterable<TopologyPod>, node: TopologyNode): boolean {
  for (const pod of pods) {
    if (pod.object === undefined) continue;
    if (isCache(pod)) return true;
    if (pod.node === node && /^kube-proxy-/.test(pod.name)) return true;
  }
  return false;
}

type Tell = (name: string, value: boolean | string[], from: Source) => void;

/** The dummy device that holds the cache's addresses; it is DOWN or UNKNOWN in health. */
function judgeDevice(store: FactStore, node: TopologyNode, asked: string | undefined, tell: Tell): void {
  const addresses = store.records(node.subject, 'address');
  const bound = addresses.filter((fact) => fact.value.dev === DEVICE || isNodeLocalAddress(fact.value.ip));
  if (bound[0] !== undefined) {
    tell('node-local-dns.addresses', [...new Set(bound.map((fact) => fact.value.ip))].sort(), bound[0].source);
  }
  if (asked === undefined) return;
  // One address alone may come of a filtered listing: loopback shows that it is whole.
  const whole = addresses.find((fact) => fact.value.dev === 'lo');
  const there = bound.some((fact) => fact.value.ip === asked);
  if (there || whole !== undefined) {
    tell('node-local-dns.address-bound', there, (there ? bound[0] : whole)?.source ?? {});
  }
}

/** Whether anything listens on port 53 of the cache's address (or of all addresses) on the node. */
function judgeSockets(store: FactStore, node: TopologyNode, tell: Tell): void {
  const sockets = store.records(node.subject, 'socket');
  const udp = sockets.filter((fact) => fact.value.proto === 'udp' && fact.value.state !== 'ESTAB');
  const server = udp.find(
    ({ value }) =>
      value.localPort === 53 && (isNodeLocalAddress(value.localIp) || value.process?.startsWith('node-cache') === true),
  );
  if (server !== undefined) tell('node-local-dns.listening', true, server.source);
  else if (udp.length > 2) tell('node-local-dns.listening', false, udp[0]!.source);
}

/** The rules of table raw that keep the cache's traffic out of conntrack, and so out of kube-proxy's translation. */
function judgeRules(store: FactStore, node: TopologyNode, tell: Tell): void {
  const raw = store.records(node.subject, 'iptables-chain').find((fact) => fact.value.table === 'raw');
  const rule = store
    .records(node.subject, 'iptables-rule')
    .find(
      ({ value }) =>
        value.table === 'raw' &&
        (value.target === 'NOTRACK' || value.target === 'CT') &&
        (value.dport === '53' || value.sport === '53'),
    );
  if (rule !== undefined) tell('node-local-dns.notrack-rules', true, rule.source);
  else if (raw !== undefined) tell('node-local-dns.notrack-rules', false, raw.source);
}

/** Mistakes of the installation itself. */
function judgeManifest({ store, topology }: DeriveContext): void {
  for (const fact of store.all('configmap-object')) {
    const corefile = fact.value.data.Corefile;
    if (corefile === undefined || !/node-?local/.test(fact.value.name)) continue;
    store.add({
      subject: CLUSTER,
      name: 'node-local-dns.placeholders-left',
      value: PLACEHOLDER.test(corefile.slice(0, 200_000)),
      source: fact.source,
    });
    // Without this placeholder the Corefile names the DNS server by address and needs no Service of its own.
    if (!corefile.includes('__PILLAR__CLUSTER__DNS__')) continue;
    const services = [...topology.services.values()];
    if (!services.some(({ object }) => topology.dnsIps.has(object.clusterIPs[0] ?? ''))) continue;
    store.add({
      subject: CLUSTER,
      name: 'node-local-dns.upstream-service-missing',
      value: !services.some(({ object }) => object.name === 'kube-dns-upstream'),
      source: fact.source,
    });
  }
}

/** False only where a listing of the system's pods has the DNS server's and others, and the cache left no trace. */
function judgeDeployed({ store, topology }: DeriveContext, trace: Source | undefined): void {
  const pods = [...topology.pods.values()].filter((pod) => pod.object !== undefined);
  const cache = pods.find(isCache);
  const source = cache === undefined ? trace : (podFactOf(store, cache)?.source ?? {});
  const add = (value: boolean, from: Source): void =>
    store.add({ subject: CLUSTER, name: 'node-local-dns.deployed', value, source: from });
  if (source !== undefined) {
    add(true, source);
    return;
  }
  const system = pods.filter((pod) => pod.namespace === 'kube-system');
  const server = system.find((pod) => /^(?:coredns|kube-dns)-/.test(pod.name));
  if (server !== undefined && system.some((pod) => /^kube-proxy-/.test(pod.name))) {
    add(false, podFactOf(store, server)?.source ?? {});
  }
}
