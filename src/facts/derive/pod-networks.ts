import type { Topology, TopologyNode } from '../topology.js';
import { formatNetwork, type Ipv4Network, isInside, networksOverlap, parseIpv4, parseNetwork } from './ipv4.js';

/** A network of pod addresses that one node has. */
export interface PodNetwork {
  cidr: string;
  network: Ipv4Network;
  node: TopologyNode;
}

const POD_BRIDGES = /^(?:cni\d+|cbr\d+|kube-bridge|cilium_host|antrea-gw\d+|ovn-k8s-mp\d+)$/;

/** Address blocks that a CNI's own IPAM gave the node: Calico's and kube-router's blackhole routes over them. */
export function ownBlocks(node: TopologyNode): Ipv4Network[] {
  const found: Ipv4Network[] = [];
  for (const route of node.routes) {
    if (route.family !== 4 || route.type !== 'blackhole' || route.table !== 'main') continue;
    if (route.proto !== 'bird' && route.proto !== '80') continue;
    const network = parseNetwork(route.dst);
    if (network !== undefined && network.prefix < 32 && network.prefix > 0) found.push(network);
  }
  return found;
}

/** Pod networks that are connected on the node: the bridge's, Cilium's, Antrea's. */
export function connectedPodNetworks(node: TopologyNode): Ipv4Network[] {
  const found: Ipv4Network[] = [];
  for (const route of node.routes) {
    if (route.family !== 4 || route.type !== 'unicast' || route.table !== 'main' || route.via !== undefined) continue;
    if (route.dev === undefined || !POD_BRIDGES.test(route.dev)) continue;
    const network = parseNetwork(route.dst);
    if (network !== undefined && network.prefix < 32 && network.prefix > 0) found.push(network);
  }
  return found;
}

/**
 * Which IPv4 pod networks each node has. The podCIDRs of node objects are what the CNI uses only where it takes them
 * from there: where a node's own address blocks (Calico, Cilium's cluster pool) lie elsewhere, the blocks are taken for
 * every node and the objects' podCIDRs for none.
 */
export function podNetworksOf(topology: Topology): PodNetwork[] {
  let objectsHold = true;
  for (const node of topology.nodes.values()) {
    const given = (node.object?.podCIDRs ?? []).flatMap((cidr) => parseNetwork(cidr) ?? []);
    if (given.length === 0) continue;
    const blocks = ownBlocks(node);
    if (blocks.some((block) => !given.some((network) => networksOverlap(network, block)))) objectsHold = false;
    const host = node.addresses.find((address) => address.dev === 'cilium_host' && address.family === 4);
    if (host !== undefined && !isInside(given, host.ip)) objectsHold = false;
  }
  const found: PodNetwork[] = [];
  for (const node of topology.nodes.values()) {
    const blocks = ownBlocks(node);
    const given = objectsHold ? (node.object?.podCIDRs ?? []).flatMap((cidr) => parseNetwork(cidr) ?? []) : [];
    const networks = blocks.length > 0 ? blocks : given.length > 0 ? given : connectedPodNetworks(node);
    for (const network of networks) found.push({ cidr: formatNetwork(network), network, node });
  }
  return found;
}

/** The node that has an address, by its networks and addresses; undefined where several or none do. */
export function nodeHolding(topology: Topology, networks: readonly PodNetwork[], ip: string): TopologyNode | undefined {
  const address = parseIpv4(ip);
  if (address === undefined) return undefined;
  const holders = new Set<TopologyNode>();
  for (const node of topology.nodes.values()) if (node.ips.has(ip)) holders.add(node);
  if (holders.size === 0) {
    for (const { network, node } of networks) if (address >= network.start && address <= network.end) holders.add(node);
  }
  return holders.size === 1 ? [...holders][0] : undefined;
}
