import type { Cnis } from '../cnis.js';
import type { Topology, TopologyNode } from '../topology.js';
import { formatNetwork, type Ipv4Network, isInside, networksOverlap, parseIpv4, parseNetwork } from './ipv4.js';

/** A network of pod addresses that one node has. */
export interface PodNetwork {
  cidr: string;
  network: Ipv4Network;
  node: TopologyNode;
}

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
export function connectedPodNetworks(cnis: Cnis, node: TopologyNode): Ipv4Network[] {
  const found: Ipv4Network[] = [];
  for (const route of node.routes) {
    if (route.family !== 4 || route.type !== 'unicast' || route.table !== 'main' || route.via !== undefined) continue;
    if (route.dev === undefined || !cnis.isOfNodesPods(route.dev)) continue;
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
    const networks = blocks.length > 0 ? blocks : given.length > 0 ? given : connectedPodNetworks(topology.cnis, node);
    for (const network of networks) found.push({ cidr: formatNetwork(network), network, node });
  }
  return found;
}

/** Which node has an address: as one of its own, else in one of its pod networks. */
export class AddressHolders {
  /** Null where several nodes have the address. */
  readonly #byIp = new Map<string, TopologyNode | null>();
  readonly #byPrefix = new Map<number, Map<number, TopologyNode | null>>();

  constructor(topology: Topology, networks: readonly PodNetwork[]) {
    for (const node of topology.nodes.values()) for (const ip of node.ips) claim(this.#byIp, ip, node);
    for (const { network, node } of networks) {
      let bucket = this.#byPrefix.get(network.prefix);
      if (bucket === undefined) {
        bucket = new Map();
        this.#byPrefix.set(network.prefix, bucket);
      }
      claim(bucket, network.start, node);
    }
  }

  /** Undefined where no node is known to have it, or several. */
  of(ip: string): TopologyNode | undefined {
    const own = this.#byIp.get(ip);
    if (own !== undefined) return own ?? undefined;
    const address = parseIpv4(ip);
    if (address === undefined) return undefined;
    for (const [prefix, bucket] of this.#byPrefix) {
      const node = bucket.get(address - (address % 2 ** (32 - prefix)));
      if (node) return node;
    }
    return undefined;
  }
}

function claim<K>(holders: Map<K, TopologyNode | null>, key: K, node: TopologyNode): void {
  const other = holders.get(key);
  holders.set(key, other === undefined || other === node ? node : null);
}
