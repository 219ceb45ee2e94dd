import type { Fact, Link, Scalar, Source, Subject } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Derivation } from './derivation.js';
import type { Topology, TopologyNode } from './topology.js';

/** What the cluster is built of, and the state of its pods and nodes as their objects tell it. */
export const clusterShape: Derivation = {
  id: 'topology',
  derive({ store, topology }) {
    const tell = (subject: Subject, name: string, value: Scalar | undefined, source: Source | undefined): void => {
      if (value !== undefined && source !== undefined) store.add({ subject, name, value, source });
    };
    if (store.value(CLUSTER, 'cni') === undefined) {
      const found = detectCni(store);
      tell(CLUSTER, 'cni', found?.cni, found?.source);
    }
    if (store.value(CLUSTER, 'cniMode') === undefined) {
      const found = detectMode(store, topology);
      tell(CLUSTER, 'cniMode', found?.mode, found?.source);
    }
    if (store.value(CLUSTER, 'kubeProxyMode') === undefined) {
      const found = detectProxyMode(store);
      tell(CLUSTER, 'kubeProxyMode', found?.mode, found?.source);
    }
    const first = store.all('node-object')[0];
    if (store.value(CLUSTER, 'kubernetesVersion') === undefined)
      tell(CLUSTER, 'kubernetesVersion', first?.value.kubelet, first?.source);
    const list = longestNodeList(store);
    if (list !== undefined) tell(CLUSTER, 'nodes.count', Math.max(list.length, topology.nodes.size), list.source);

    for (const node of topology.nodes.values()) {
      const attachment = attachmentOf(store, node);
      tell(node.subject, 'podAttachment', attachment?.how, attachment?.source);
    }
    const assigned = store.all('node-object').some((fact) => fact.value.podCIDRs.length > 0);
    for (const fact of store.all('node-object')) {
      const node = topology.nodes.get(fact.value.name) ?? topology.nodeOf(fact.subject);
      if (node === undefined) continue;
      const { conditions, podCIDRs } = fact.value;
      const ready = conditions.Ready;
      if (ready !== undefined && ready.status !== 'Unknown')
        tell(node.subject, 'node.ready', ready.status === 'True', fact.source);
      const said = Object.values(conditions).map((condition) => `${condition.reason ?? ''} ${condition.message ?? ''}`);
      const unavailable = conditions.NetworkUnavailable?.status === 'True';
      if (Object.keys(conditions).length > 0 && fact.value.partial !== true) {
        const notReady =
          unavailable ||
          said.some((text) =>
            /NetworkPluginNotReady|cni (?:config|plugin not) (?:un)?initialized|network plugin is not ready/i.test(
              text,
            ),
          );
        tell(node.subject, 'node.network-not-ready', notReady, fact.source);
      }
      // A cluster whose pods have addresses and whose nodes have no range takes them from elsewhere (cloud, own IPAM).
      if (fact.value.partial !== true && (podCIDRs.length > 0 || assigned || !hasPodAddress(node)))
        tell(node.subject, 'node.pod-cidr', podCIDRs[0] ?? '', fact.source);
    }
    for (const fact of store.all('pod-object')) {
      const pod = fact.value;
      if (pod.ready !== undefined) tell(fact.subject, 'pod.ready', pod.ready, fact.source);
      const restarts = pod.containers.map((container) => container.restarts).filter((n) => n !== undefined);
      if (restarts.length > 0) tell(fact.subject, 'pod.restarts', Math.max(...restarts), fact.source);
      tell(
        fact.subject,
        'pod.waiting-reason',
        pod.containers.find((container) => container.reason !== undefined)?.reason,
        fact.source,
      );
    }
  },
};

function detectCni(store: FactStore): { cni: string; source: Source } | undefined {
  for (const { id: cni, workloads, configMaps } of store.cnis.telling()) {
    for (const fact of store.all('pod-object'))
      if (workloads.test(fact.value.name)) return { cni, source: fact.source };
    for (const fact of store.all('workload-object')) {
      if (fact.value.kind === 'DaemonSet' && workloads.test(fact.value.name)) return { cni, source: fact.source };
    }
    for (const fact of store.all('configmap-object'))
      if (configMaps.test(fact.value.name)) return { cni, source: fact.source };
  }
  for (const { id: cni, devices } of store.cnis.telling()) {
    for (const fact of store.all('link')) if (devices.test(fact.value.name)) return { cni, source: fact.source };
    for (const fact of store.all('route'))
      if (fact.value.dev !== undefined && devices.test(fact.value.dev)) return { cni, source: fact.source };
  }
  return undefined;
}

/** Nodes of the longest list. Nodes that are merely named, or described one by one, may be a few of many. */
function longestNodeList(store: FactStore): { length: number; source: Source } | undefined {
  const lists = new Map<string, { length: number; source: Source }>();
  for (const { source } of store.all('node-object')) {
    const list = lists.get(source.file ?? '');
    if (list === undefined) lists.set(source.file ?? '', { length: 1, source });
    else list.length += 1;
  }
  let longest: { length: number; source: Source } | undefined;
  for (const list of lists.values()) if (list.length > (longest?.length ?? 1)) longest = list;
  return longest;
}

/** The mode is what pod networks of other nodes are routed through: a tunnel device, or another node's address. */
function detectMode(store: FactStore, topology: Topology): { mode: string; source: Source } | undefined {
  for (const fact of store.all('route')) {
    const { dev, via, dst } = fact.value;
    if (dev === undefined || via === undefined || dst.endsWith('/0')) continue;
    const tunnel = store.cnis.tunnelOf(dev);
    if (tunnel !== undefined) return { mode: tunnel.kind, source: fact.source };
  }
  for (const fact of store.all('configmap-object')) {
    const backend = /"Type"\s*:\s*"([a-z-]+)"/.exec(fact.value.data['net-conf.json'] ?? '')?.[1];
    if (backend !== undefined) return { mode: backend, source: fact.source };
  }
  for (const node of topology.nodes.values()) {
    for (const fact of store.records(node.subject, 'route')) {
      const { via, dst } = fact.value;
      if (via === undefined || dst.endsWith('/0')) continue;
      const gateway = topology.ownerOf(via);
      const owner = topology.ownerOf(dst.slice(0, dst.indexOf('/')));
      if (gateway.kind === 'node' && owner.kind === 'pod') return { mode: 'host-gw', source: fact.source };
    }
  }
  return undefined;
}

function detectProxyMode(store: FactStore): { mode: string; source: Source } | undefined {
  for (const fact of store.all('address'))
    if (fact.value.dev.startsWith('kube-ipvs')) return { mode: 'ipvs', source: fact.source };
  for (const fact of store.all('configmap-object')) {
    if (fact.value.name !== 'kube-proxy') continue;
    for (const text of Object.values(fact.value.data)) {
      const mode = /^\s*mode:\s*"?([a-z]*)"?\s*$/m.exec(text)?.[1];
      // An empty mode is kube-proxy's default on Linux, iptables.
      if (mode !== undefined) return { mode: mode === '' ? 'iptables' : mode, source: fact.source };
    }
  }
  for (const fact of store.all('iptables-rule'))
    if (/^KUBE-SVC-/.test(fact.value.chain)) return { mode: 'iptables', source: fact.source };
  return undefined;
}

function attachmentOf(store: FactStore, node: TopologyNode): { how: 'bridge' | 'routed'; source: Source } | undefined {
  let bridged: Fact<Link> | undefined;
  for (const fact of store.records(node.subject, 'link')) {
    const { name, master } = fact.value;
    if (master !== undefined && /^(?:veth|tap|vnic)/.test(name) && !/^(?:docker0|br-[0-9a-f]{12}|virbr)/.test(master))
      bridged = fact;
  }
  for (const fact of store.records(node.subject, 'route')) {
    const { dst, dev, via, type } = fact.value;
    if (via !== undefined || dev === undefined || type !== 'unicast') continue;
    if (/\/(?:32|128)$/.test(dst) && store.cnis.isPodDevice(dev)) return { how: 'routed', source: fact.source };
    if (store.cnis.isPodBridge(dev)) return { how: 'bridge', source: fact.source };
    if (/^cilium_host$/.test(dev)) return { how: 'routed', source: fact.source };
  }
  return bridged === undefined ? undefined : { how: 'bridge', source: bridged.source };
}

function hasPodAddress(node: TopologyNode): boolean {
  return node.pods.some((pod) => !pod.hostNetwork && pod.ips.size > 0);
}
