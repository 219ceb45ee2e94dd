import { isIP } from 'node:net';
import type { Fact, Records, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyPod } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { isCrashing, isReady, podFactOf } from './system-pods.js';

/** NodeLocal DNSCache listens on a link-local address (169.254.20.10 unless changed) or on the DNS Service's own. */
const NODE_LOCAL = /^169\.254\.\d+\.\d+$/;
const LOOPBACK = /^(?:127\.|::1$)/;

/** The cluster's DNS: its pods, what they forward to, and whether pods ask it. */
export const dns: Derivation = {
  id: 'dns',
  derive(context) {
    const { store, topology } = context;
    const pods = [...topology.pods.values()].filter(isDnsPod);
    judgePods(store, pods);
    tellServers(context, pods);
    judgeEndpoints(context);
    judgeUpstreams(context, pods);
    for (const pod of topology.pods.values()) judgeAsker(store, topology, pod);
  },
};

function isDnsPod(pod: TopologyPod): boolean {
  if (pod.object === undefined) return false;
  if (pod.object.labels['k8s-app'] === 'kube-dns' || pod.object.labels['k8s-app'] === 'coredns') return true;
  return pod.namespace === 'kube-system' && /^(?:coredns|kube-dns)-(?!autoscaler)/.test(pod.name);
}

function judgePods(store: FactStore, pods: readonly TopologyPod[]): void {
  const known = pods.filter((pod) => isReady(pod) !== undefined);
  if (known.length > 0) {
    const unready = known.find((pod) => isReady(pod) === false);
    store.add({
      subject: CLUSTER,
      name: 'dns.pods-ready',
      value: known.filter((pod) => isReady(pod) === true).length,
      source: podFactOf(store, unready ?? known[0]!)?.source ?? {},
    });
  }
  const crashing = pods.find((pod) => isCrashing(pod) === true);
  const teller = crashing ?? pods.find((pod) => isCrashing(pod) === false);
  if (teller === undefined) return;
  store.add({
    subject: CLUSTER,
    name: 'dns.pods-crashing',
    value: crashing !== undefined,
    source: podFactOf(store, teller)?.source ?? {},
  });
}

/** The pods and Services that are the cluster's DNS: what is wrong with them is a fault of DNS, not of an application. */
function tellServers({ store, topology }: DeriveContext, pods: readonly TopologyPod[]): void {
  for (const pod of pods) {
    const source = podFactOf(store, pod)?.source ?? {};
    store.add({ subject: pod.subject, name: 'pod.serves-dns', value: true, source });
  }
  for (const service of topology.services.values()) {
    if (!service.object.clusterIPs.some((ip) => topology.dnsIps.has(ip))) continue;
    const source = endpointsSource(store, service.object.namespace, service.object.name);
    store.add({ subject: service.subject, name: 'service.serves-dns', value: true, source });
  }
}

function judgeEndpoints({ store, topology }: DeriveContext): void {
  for (const service of topology.services.values()) {
    if (!service.endpointsKnown || !service.object.clusterIPs.some((ip) => topology.dnsIps.has(ip))) continue;
    addEndpoints(
      store,
      service.endpoints.filter((endpoint) => endpoint.ready).length,
      endpointsSource(store, service.object.namespace, service.object.name),
    );
    return;
  }
  // The endpoints may have been collected without the Service.
  const own = store
    .all('endpoints-object')
    .filter((fact) => fact.value.namespace === 'kube-system' && /^(?:kube-dns|coredns)$/.test(fact.value.service));
  if (own.length === 0) return;
  const ready = new Set<string>();
  for (const fact of own) for (const address of fact.value.addresses) if (address.ready) ready.add(address.ip);
  addEndpoints(store, ready.size, own[0]!.source);
}

function addEndpoints(store: FactStore, ready: number, source: Source): void {
  store.add({ subject: CLUSTER, name: 'dns.endpoints-ready', value: ready, source });
}

function endpointsSource(store: FactStore, namespace: string, name: string): Source {
  const own = store
    .all('endpoints-object')
    .find((fact) => fact.value.namespace === namespace && fact.value.service === name);
  return own?.source ?? {};
}

/** Where the DNS server sends what it does not know itself. */
interface Upstream {
  server: string;
  source: Source;
  /** From a node's resolv.conf, which kubelet may be told to pass over for another. */
  guessed: boolean;
}

function judgeUpstreams({ store, topology }: DeriveContext, pods: readonly TopologyPod[]): void {
  const upstreams: Upstream[] = [];
  for (const fact of store.all('configmap-object')) {
    const corefile = fact.value.data.Corefile;
    if (corefile === undefined || /node-?local/.test(fact.value.name)) continue;
    for (const target of forwardTargets(corefile)) {
      if (target.startsWith('/')) upstreams.push(...fromResolvConf(store, pods));
      else {
        const server = serverOf(target);
        if (server !== undefined) upstreams.push({ server, source: fact.source, guessed: false });
      }
    }
  }
  for (const fact of store.all('configmap-object')) {
    if (fact.value.name !== 'kube-dns') continue;
    for (const server of jsonStrings(fact.value.data.upstreamNameservers)) {
      upstreams.push({ server, source: fact.source, guessed: false });
    }
  }
  if (upstreams.length === 0) return;
  const own = new Set([...topology.dnsIps, ...pods.flatMap((pod) => (pod.hostNetwork ? [] : [...pod.ips]))]);
  const loop = upstreams.find(({ server }) => LOOPBACK.test(server) || own.has(server));
  store.add({
    subject: CLUSTER,
    name: 'dns.upstreams',
    value: [...new Set(upstreams.map(({ server }) => server))].sort(),
    source: upstreams[0]!.source,
  });
  // systemd-resolved's stub stands in many nodes' resolv.conf while kubelet hands pods the file behind it: with a DNS
  // pod ready the stub is not what it forwards to, or it would have stopped at the loop.
  if (loop?.guessed === true && pods.some((pod) => isReady(pod) === true)) return;
  store.add({
    subject: CLUSTER,
    name: 'dns.upstream-is-loopback',
    value: loop !== undefined,
    source: (loop ?? upstreams[0]!).source,
  });
}

/** Targets of `forward .` and of `proxy .`, its name before CoreDNS 1.5; those of single zones are left out. */
function forwardTargets(corefile: string): string[] {
  const targets: string[] = [];
  for (const line of corefile.slice(0, 200_000).split('\n')) {
    const words = line.trim().split(/\s+/);
    if ((words[0] !== 'forward' && words[0] !== 'proxy') || words[1] !== '.') continue;
    for (const word of words.slice(2)) {
      if (word === '{' || word.startsWith('#')) break;
      targets.push(word);
    }
  }
  return targets;
}

/** `tls://1.1.1.1:853`, `dns://10.0.0.1`, `[fd00::1]:53`, `10.0.0.1:53`: the address; undefined for names. */
function serverOf(target: string): string | undefined {
  const bare = target.replace(/^(?:dns|tls|https|grpc):\/\//, '');
  const bracketed = /^\[([0-9a-fA-F:]+)\](?::\d+)?$/.exec(bare)?.[1];
  const host = bracketed ?? (isIP(bare) !== 0 ? bare : bare.replace(/:\d+$/, ''));
  return isIP(host) !== 0 ? host : undefined;
}

/** What the DNS pods' own resolv.conf names, else their nodes', which kubelet hands on with dnsPolicy Default. */
function fromResolvConf(store: FactStore, pods: readonly TopologyPod[]): Upstream[] {
  const found: Upstream[] = [];
  const take = (facts: readonly Fact<Records['resolv-conf']>[], guessed: boolean): void => {
    for (const fact of facts) {
      for (const server of fact.value.nameservers) found.push({ server, source: fact.source, guessed });
    }
  };
  for (const pod of pods) take(store.records(pod.subject, 'resolv-conf'), false);
  if (found.length > 0) return found;
  const nodes = new Set(pods.flatMap((pod) => (pod.node === undefined ? [] : [pod.node.subject])));
  for (const node of nodes) take(store.records(node, 'resolv-conf'), true);
  return found;
}

function jsonStrings(text: string | undefined): string[] {
  if (text === undefined || text.length > 10_000) return [];
  return [...text.matchAll(/"([0-9a-fA-F.:]{2,45})"/g)].map((match) => match[1]!).filter((ip) => isIP(ip) !== 0);
}

function isClusterDns(topology: Topology, ip: string): boolean {
  return topology.dnsIps.has(ip) || NODE_LOCAL.test(ip);
}

/** Whether a pod's resolv.conf is the one that its dnsPolicy asks for. */
function judgeAsker(store: FactStore, topology: Topology, pod: TopologyPod): void {
  const fact = store.records(pod.subject, 'resolv-conf').at(-1);
  if (fact === undefined) return;
  const cluster = fact.value.search.some((domain) => /(?:^|\.)svc\./.test(domain));
  if (pod.object === undefined || pod.object.partial === true) {
    // Without its object the policy is not known: a file that names the cluster is right under any, another may be meant so.
    if (cluster && fact.value.nameservers.some((ip) => isClusterDns(topology, ip))) {
      store.add({ subject: pod.subject, name: 'dns.nameserver-is-cluster', value: true, source: fact.source });
      store.add({ subject: pod.subject, name: 'dns.search-has-cluster', value: true, source: fact.source });
    }
    return;
  }
  const policy = pod.object.dnsPolicy ?? 'ClusterFirst';
  // A pod of the host's network with ClusterFirst gets the node's file: that is what the policy means there.
  const wantsCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.hostNetwork);
  if (!wantsCluster) return;
  if (topology.dnsIps.size > 0 && fact.value.nameservers.length > 0) {
    store.add({
      subject: pod.subject,
      name: 'dns.nameserver-is-cluster',
      value: fact.value.nameservers.some((ip) => isClusterDns(topology, ip)),
      source: fact.source,
    });
  }
  store.add({
    subject: pod.subject,
    name: 'dns.search-has-cluster',
    value: cluster,
    source: fact.source,
  });
}
