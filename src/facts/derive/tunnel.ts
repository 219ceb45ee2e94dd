import type { Fact, FdbEntry, Neighbour, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { devicesOf, isDeviceDown, type NodeDevices, sourceOfLink } from './devices.js';
import { deviceOf, formatIpv4, parseIpv4, RouteTable } from './ipv4.js';
import type { MergedLink } from './links-of.js';
import { type PodNetwork, podNetworksOf } from './pod-networks.js';

/** The tunnel of one node, as its outputs show it. */
interface Tunnel {
  node: TopologyNode;
  devices: NodeDevices;
  name: string;
  merged: MergedLink;
  mac?: string;
  /** The tunnel device's own addresses: what peers' neighbour tables call it by. */
  ips: string[];
  /** Forwarding entries of the device that name a peer, and whether the node's FDB was collected at all. */
  fdb: Fact<FdbEntry>[];
  fdbKnown: boolean;
  neighbours: Fact<Neighbour>[];
  neighboursKnown: boolean;
}

/** What all nodes have in common, found once. */
interface Fabric {
  tunnels: readonly Tunnel[];
  byNode: ReadonlyMap<TopologyNode, Tunnel>;
  podNetworks: ReadonlyMap<TopologyNode, PodNetwork[]>;
  /** Nodes by each of their addresses; null where several have it. */
  owners: ReadonlyMap<string, TopologyNode | null>;
  /** Whether the CNI fills in entries at all: some node has one. */
  fdbInUse: boolean;
  neighboursInUse: boolean;
  /** By what addresses each node may stand in an FDB. */
  addresses: ReadonlyMap<TopologyNode, ReadonlySet<string>>;
  /** What peers' FDBs send to for a tunnel's MAC. */
  destinations: ReadonlyMap<string, Fact<FdbEntry>[]>;
}

/** Packets below which a counter says nothing about a direction. */
const FEW_PACKETS = 20;

/** What the CNI's mode says of how packets go between nodes, where no list of devices tells. */
const TUNNEL_OF_MODE: Readonly<Record<string, string>> = {
  vxlan: 'vxlan',
  geneve: 'geneve',
  ipip: 'ipip',
  wireguard: 'wireguard',
  'host-gw': 'none',
  direct: 'none',
  underlay: 'none',
  none: 'none',
};

function tellFromMode(store: FactStore, node: TopologyNode): void {
  const mode = store.scalar(CLUSTER, 'cniMode');
  const value = typeof mode?.value === 'string' ? TUNNEL_OF_MODE[mode.value] : undefined;
  if (value !== undefined) store.add({ subject: node.subject, name: 'tunnel', value, source: mode!.source });
}

/** Facts about the tunnel between nodes: VXLAN, Geneve, IPIP, WireGuard. */
export const tunnel: Derivation = {
  id: 'tunnel',
  derive(context) {
    const { store, topology } = context;
    const tunnels: Tunnel[] = [];
    for (const node of topology.nodes.values()) {
      const devices = devicesOf(store, node);
      const first = devices.tunnels[0];
      if (first === undefined) {
        if (devices.complete && devices.nic !== undefined && devices.links.has(devices.nic)) {
          const source = sourceOfLink(devices, devices.nic);
          store.add({ subject: node.subject, name: 'tunnel', value: 'none', source });
        } else tellFromMode(store, node);
        continue;
      }
      const merged = devices.links.get(first.name)!;
      const source = merged.source;
      store.add({ subject: node.subject, name: 'tunnel', value: first.kind, source });
      store.add({ subject: node.subject, name: 'tunnel.device', value: first.name, source });
      const port = tunnelPort(merged);
      if (port !== undefined) store.add({ subject: node.subject, name: 'tunnel.port', value: port, source });
      const found: Tunnel = {
        node,
        devices,
        name: first.name,
        merged,
        ips: node.addresses.filter((a) => a.dev === first.name && a.family === 4).map((a) => a.ip),
        fdb: store
          .records(node.subject, 'fdb')
          .filter((fact) => fact.value.dev === first.name && fact.value.dst !== undefined),
        fdbKnown: store.records(node.subject, 'fdb').length > 0,
        neighbours: store
          .records(node.subject, 'neighbour')
          .filter((fact) => fact.value.dev === first.name && parseIpv4(fact.value.ip) !== undefined),
        neighboursKnown: store.records(node.subject, 'neighbour').length > 0,
      };
      if (merged.link.mac !== undefined) found.mac = merged.link.mac.toLowerCase();
      tunnels.push(found);
      judgeCounters(store, found);
    }
    const fabric = fabricOf(context, tunnels);
    for (const own of tunnels) {
      judgeSource(store, own, fabric);
      judgePeers(context, own, fabric);
    }
    judgePorts(store, tunnels);
    judgeOwnAddresses(store, tunnels);
  },
};

function fabricOf({ topology }: DeriveContext, tunnels: readonly Tunnel[]): Fabric {
  const podNetworks = new Map<TopologyNode, PodNetwork[]>();
  for (const pods of podNetworksOf(topology)) {
    const own = podNetworks.get(pods.node);
    if (own === undefined) podNetworks.set(pods.node, [pods]);
    else own.push(pods);
  }
  const owners = new Map<string, TopologyNode | null>();
  for (const node of topology.nodes.values()) {
    for (const ip of node.ips) owners.set(ip, owners.has(ip) && owners.get(ip) !== node ? null : node);
  }
  const destinations = new Map<string, Fact<FdbEntry>[]>();
  for (const own of tunnels) {
    for (const fact of own.fdb) {
      const mac = fact.value.mac.toLowerCase();
      const known = destinations.get(mac);
      if (known === undefined) destinations.set(mac, [fact]);
      else known.push(fact);
    }
  }
  return {
    tunnels,
    byNode: new Map(tunnels.map((own) => [own.node, own])),
    podNetworks,
    owners,
    fdbInUse: tunnels.some((own) => own.fdb.length > 0),
    neighboursInUse: tunnels.some((own) => own.neighbours.length > 0),
    destinations,
    addresses: new Map(
      [...topology.nodes.values()].map((node) => [node, new Set([...knownAddresses(node), ...node.ips])]),
    ),
  };
}

/** UDP port of VXLAN or Geneve: as `-d` prints it, or as OVS names its devices. */
function tunnelPort(merged: MergedLink): number | undefined {
  if (merged.link.vxlan?.port !== undefined) return merged.link.vxlan.port;
  const named = /^(?:genev|vxlan)_sys_(\d{1,5})$/.exec(merged.link.name);
  return named === null ? undefined : Number(named[1]);
}

function judgeCounters(store: FactStore, own: Tunnel): void {
  const { rx, tx } = own.merged.link;
  if (rx === undefined || tx === undefined || tx.packets < FEW_PACKETS) return;
  store.add({
    subject: own.node.subject,
    name: 'tunnel.one-way',
    value: rx.packets * 20 <= tx.packets,
    source: own.merged.source,
  });
}

/** What others call a node by: its object, Flannel's annotation. */
function knownAddresses(node: TopologyNode): Set<string> {
  const known = new Set<string>(node.object?.ips ?? []);
  const annotated = node.object?.annotations ?? {};
  for (const key of ['flannel.alpha.coreos.com/public-ip', 'flannel.alpha.coreos.com/public-ip-overwrite']) {
    if (annotated[key] !== undefined) known.add(annotated[key]);
  }
  const calico = annotated['projectcalico.org/IPv4Address'];
  if (calico !== undefined) known.add(calico.replace(/\/\d+$/, ''));
  return known;
}

/**
 * The address that tunnel packets leave with against the addresses that peers send to. Behind a NAT the first is on the
 * node's interface and the second is not.
 */
function judgeSource(store: FactStore, own: Tunnel, fabric: Fabric): void {
  const local = own.merged.link.vxlan?.local;
  if (local === undefined || parseIpv4(local) === undefined || local === '0.0.0.0') return;
  const entries = own.mac === undefined ? [] : (fabric.destinations.get(own.mac) ?? []);
  const known = knownAddresses(own.node);
  if (entries.length === 0 && known.size === 0) return;
  // One peer that sends elsewhere has a stale entry; where all of them do it is this node's address that is another.
  const agreed = entries.some((fact) => fact.value.dst === local);
  store.add({
    subject: own.node.subject,
    name: 'tunnel.source-unknown-to-peers',
    value: entries.length > 0 ? !agreed : !known.has(local),
    source: own.merged.source,
  });
}

/** Tunnels whose local address is not the one by which the cluster knows the node, where most others' is. */
function judgeOwnAddresses(store: FactStore, tunnels: readonly Tunnel[]): void {
  const found = tunnels.flatMap(({ node, merged }) => {
    const local = merged.link.vxlan?.local;
    const ips = node.object?.ips ?? [];
    if (local === undefined || parseIpv4(local) === undefined || ips.length === 0) return [];
    return [{ node, source: merged.source, differs: !ips.includes(local) }];
  });
  if (found.length < 2) return;
  // A second network for tunnels is a choice where all nodes have it.
  const many = found.filter(({ differs }) => differs).length * 2 >= found.length;
  for (const { node, source, differs } of found) {
    store.add({ subject: node.subject, name: 'tunnel.source-not-node-ip', value: differs && !many, source });
  }
}

/** Entries that a node ought to have for each peer, where its CNI fills them in at all (Flannel, Calico's VXLAN). */
function judgePeers({ store, topology }: DeriveContext, own: Tunnel, fabric: Fabric): void {
  // The kernel empties the tables of a device that goes down.
  if (isDeviceDown(own.devices, own.name) === true) return;
  const needsFdb = own.fdbKnown && fabric.fdbInUse;
  const needsNeighbours = own.neighboursKnown && fabric.neighboursInUse;
  if (!needsFdb && !needsNeighbours) return;

  const byDestination = new Map(own.fdb.map((fact) => [fact.value.dst!, fact]));
  const byMac = new Map(own.fdb.map((fact) => [fact.value.mac.toLowerCase(), fact]));
  const byNeighbour = new Map(own.neighbours.map((fact) => [fact.value.ip, fact]));
  const main = new RouteTable(store.records(own.node.subject, 'route'), 'main');
  const missing: string[] = [];
  const stale: string[] = [];
  let staleSource: Source | undefined;
  for (const node of topology.nodes.values()) {
    if (node === own.node) continue;
    const peer = fabric.byNode.get(node);
    const addresses = fabric.addresses.get(node);
    if (addresses === undefined || addresses.size === 0) continue;
    const toAddress = firstOf(addresses, byDestination);
    const toMac = peer?.mac === undefined ? undefined : byMac.get(peer.mac);
    const vteps = vtepAddresses(node, peer, fabric);
    const neighbour = firstOf(vteps, byNeighbour);

    const lacksFdb = needsFdb && toAddress === undefined && toMac === undefined;
    const lacksNeighbour = needsNeighbours && vteps.size > 0 && neighbour === undefined;
    if ((lacksFdb || lacksNeighbour) && usesTunnel(own, node, main, fabric)) missing.push(node.name);

    if (peer?.mac === undefined) continue;
    const wrongNeighbour =
      neighbour?.value.mac !== undefined && neighbour.value.mac.toLowerCase() !== peer.mac ? neighbour : undefined;
    const wrongMac = toMac === undefined ? toAddress : undefined;
    const wrongAddress =
      toMac !== undefined && pointsElsewhere(toMac.value.dst!, node, peer, fabric) ? toMac : undefined;
    const wrong = wrongNeighbour ?? wrongMac ?? wrongAddress;
    if (wrong === undefined) continue;
    stale.push(node.name);
    staleSource ??= wrong.source;
  }
  const source = own.fdb[0]?.source ?? own.neighbours[0]?.source ?? own.merged.source;
  // One of the two tables alone shows what is wrong in it, and nothing of the other.
  const whole = needsFdb === fabric.fdbInUse && needsNeighbours === fabric.neighboursInUse;
  const tell = (name: string, peers: string[], from: Source): void => {
    if (peers.length > 0 || whole) store.add({ subject: own.node.subject, name, value: peers.sort(), source: from });
  };
  tell('tunnel.peers-missing', missing, source);
  tell('tunnel.peers-stale', stale, staleSource ?? source);
}

/**
 * Whether an entry's destination is another node, or an address that no node has where other peers reach the tunnel by
 * one that it has: the node's former address, which this peer kept.
 */
function pointsElsewhere(dst: string, node: TopologyNode, peer: Tunnel, fabric: Fabric): boolean {
  const owner = fabric.owners.get(dst);
  if (owner === null || owner === node) return false;
  // Two tunnels with one MAC: an entry for it can lead to one of them only.
  if (owner !== undefined) return fabric.byNode.get(owner)?.mac !== peer.mac;
  const addresses = fabric.addresses.get(node)!;
  if (addresses.has(dst)) return false;
  return (fabric.destinations.get(peer.mac!) ?? []).some((fact) => addresses.has(fact.value.dst!));
}

function firstOf<T>(keys: Iterable<string>, map: ReadonlyMap<string, T>): T | undefined {
  for (const key of keys) {
    const found = map.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** By what address a peer's tunnel device stands in neighbour tables: its own, or the first of its pod network. */
function vtepAddresses(node: TopologyNode, peer: Tunnel | undefined, fabric: Fabric): Set<string> {
  if (peer !== undefined && peer.ips.length > 0) return new Set(peer.ips);
  if (peer !== undefined && !/^flannel/.test(peer.name)) return new Set();
  if (!fabric.tunnels.some((own) => /^flannel/.test(own.name))) return new Set();
  return new Set((fabric.podNetworks.get(node) ?? []).map((pods) => formatIpv4(pods.network.start)));
}

/** Peers of the same subnet may be reached without the tunnel (Flannel's DirectRouting, Calico's CrossSubnet). */
function usesTunnel(own: Tunnel, node: TopologyNode, main: RouteTable, fabric: Fabric): boolean {
  const theirs = fabric.podNetworks.get(node) ?? [];
  if (theirs.length === 0) return false;
  for (const pods of theirs) {
    const route = main.lookup(Math.min(pods.network.start + 2, pods.network.end));
    if (route === undefined || route.network.prefix === 0) continue;
    if (deviceOf(route.fact.value) !== own.name) return false;
  }
  return true;
}

/** Port and VNI against those of the other nodes with a tunnel of the same kind. */
function judgePorts(store: FactStore, tunnels: readonly Tunnel[]): void {
  const keyed = tunnels.flatMap((own) => {
    const port = tunnelPort(own.merged);
    const id = own.merged.link.vxlan?.id;
    return port === undefined ? [] : [{ own, key: `${port}/${id ?? '-'}` }];
  });
  for (const { own, key } of keyed) {
    const others = keyed.filter((other) => other.own !== own);
    if (others.length === 0) continue;
    const same = others.filter((other) => other.key === key).length;
    store.add({
      subject: own.node.subject,
      name: 'tunnel.port-differs',
      // As many like it as against it: on neither side more than chance.
      value: same * 2 < others.length,
      source: own.merged.source,
    });
  }
}
