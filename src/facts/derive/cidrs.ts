import type { Source } from '../model.js';
import { CLUSTER, kindOf } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { isForeignBridge } from './devices.js';
import { type Ipv4Network, networkCovers, networkHas, networksOverlap, parseIpv4, parseNetwork } from './ipv4.js';
import { podNetworksOf } from './pod-networks.js';

interface NamedNetwork {
  cidr: string;
  network: Ipv4Network;
}

/** Facts about networks against each other: pods' and Services' over nodes' or outside ones, podCIDRs out of the cluster's. */
export const cidrs: Derivation = {
  id: 'cidrs',
  derive(context) {
    judgeNodePodCidrs(context);
    judgeOverlaps(context);
  },
};

/** Networks that the reporter or a ConfigMap names for the whole cluster, beside those of single nodes. */
function configuredPodNetworks(topology: Topology): NamedNetwork[] {
  const ofNodes = new Set([...topology.nodes.values()].flatMap((node) => node.podCIDRs));
  return named(topology.podCIDRs.filter((cidr) => !ofNodes.has(cidr)));
}

function named(list: readonly string[]): NamedNetwork[] {
  return list.flatMap((cidr) => {
    const network = parseNetwork(cidr);
    return network === undefined ? [] : [{ cidr, network }];
  });
}

function judgeNodePodCidrs({ store, topology }: DeriveContext): void {
  const configured = configuredPodNetworks(topology);
  if (configured.length === 0) return;
  for (const fact of store.all('node-object')) {
    const own = named(fact.value.podCIDRs);
    const node = topology.nodeOf(fact.subject);
    if (own.length === 0 || node === undefined) continue;
    const outside = own.some(({ network }) => !configured.some((cluster) => networkCovers(cluster.network, network)));
    store.add({ subject: node.subject, name: 'pod-cidr.outside-cluster', value: outside, source: fact.source });
  }
}

function judgeOverlaps({ store, topology }: DeriveContext): void {
  const pods = named(topology.podCIDRs);
  const clusterNetworks = [...pods, ...named(topology.serviceCIDRs)];
  if (clusterNetworks.length === 0) return;
  const cni = store.value(CLUSTER, 'cni');
  const underlay =
    store.value(CLUSTER, 'cniMode') === 'underlay' ||
    store.cnis.named(cni)?.underlay === true ||
    isUnderlay(topology) ||
    mayBeUnderlay(topology, cni);
  const overlaps = new Map<string, Source>();
  let compared: Source | undefined;
  for (const node of topology.nodes.values()) {
    const networks = underlay ? named(topology.serviceCIDRs) : clusterNetworks;
    for (const fact of store.records(node.subject, 'address')) {
      const address = fact.value;
      if (address.family !== 4 || address.dev !== node.nic || address.scope === 'link') continue;
      const ip = parseIpv4(address.ip);
      if (ip === undefined) continue;
      compared ??= fact.source;
      for (const { cidr, network } of networks) {
        if (networkHas(network, ip)) overlaps.set(`${cidr} holds node address ${address.ip}`, fact.source);
      }
    }
    judgeForeignBridges(store, node, [...others(pods, node), ...named(topology.serviceCIDRs)], overlaps);
    for (const ip of node.object?.ips ?? []) {
      const address = parseIpv4(ip);
      const source = objectSource(store, node.name);
      if (address === undefined || source === undefined) continue;
      compared ??= source;
      for (const { cidr, network } of networks) {
        const text = `${cidr} holds node address ${ip}`;
        if (networkHas(network, address) && !overlaps.has(text)) overlaps.set(text, source);
      }
    }
  }
  for (const fact of store.all('probe')) {
    const { from, to } = fact.value;
    // Only the reporter can say that an address is outside: a tool's output names no more than the address.
    if (to.kind !== 'external' || to.ip === undefined) continue;
    if (from?.kind !== 'pod' && kindOf(fact.subject) !== 'pod') continue;
    const address = parseIpv4(to.ip);
    if (address === undefined) continue;
    compared ??= fact.source;
    for (const { cidr, network } of clusterNetworks) {
      if (networkHas(network, address)) overlaps.set(`${cidr} holds outside address ${to.ip}`, fact.source);
    }
  }
  if (compared === undefined) return;
  store.add({
    subject: CLUSTER,
    name: 'routes.external-over-pods',
    value: [...overlaps.keys()].sort(),
    source: [...overlaps.values()][0] ?? compared,
  });
}

/**
 * Whether nodes route single pod addresses to veths and no node has a pod network: an underlay, whatever its CNI is
 * called, where pods and nodes share the fabric's networks.
 */
function isUnderlay(topology: Topology): boolean {
  if (podNetworksOf(topology).length > 0) return false;
  for (const node of topology.nodes.values()) {
    for (const route of node.routes) {
      if (route.via !== undefined || route.dev === undefined || route.dev === node.nic) continue;
      if (topology.cnis.isPodDevice(route.dev) && parseNetwork(route.dst)?.prefix === 32) return true;
    }
  }
  return false;
}

/** Nothing tells how pods are attached: neither a CNI's name, nor a node's own pod network, nor any node's routes. */
function mayBeUnderlay(topology: Topology, cni: unknown): boolean {
  if (cni !== undefined) return false;
  for (const node of topology.nodes.values()) if (node.podCIDRs.length > 0 || node.routes.length > 0) return false;
  return true;
}

function objectSource(store: FactStore, name: string): Source | undefined {
  return store.all('node-object').find((fact) => fact.value.name === name)?.source;
}

/** Pod networks that are not the node's own. */
function others(networks: readonly NamedNetwork[], node: TopologyNode): NamedNetwork[] {
  const own = named(node.podCIDRs);
  return networks.filter(({ network }) => !own.some((mine) => networkCovers(network, mine.network)));
}

/** Bridges of Docker's and libvirt's own networks that lie in a network of the cluster: the node keeps what is for pods elsewhere. */
function judgeForeignBridges(
  store: FactStore,
  node: TopologyNode,
  networks: readonly NamedNetwork[],
  overlaps: Map<string, Source>,
): void {
  const addresses = store.records(node.subject, 'address').filter(({ value }) => value.family === 4);
  let held: Source | undefined;
  for (const { value, source } of addresses) {
    const bridge = isForeignBridge(value.dev) ? parseNetwork(`${value.ip}/${value.prefix}`) : undefined;
    if (bridge === undefined) continue;
    for (const { cidr, network } of networks) {
      if (!networksOverlap(network, bridge)) continue;
      held ??= source;
      overlaps.set(`${cidr} meets ${value.dev} ${value.ip}/${value.prefix} on ${node.name}`, source);
    }
  }
  const source = held ?? addresses[0]?.source;
  if (source === undefined || networks.length === 0) return;
  store.add({ subject: node.subject, name: 'routes.bridge-over-pods', value: held !== undefined, source });
}
