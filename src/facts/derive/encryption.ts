import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';

/** Annotations in which an agent publishes its node's WireGuard key. */
const KEY_ANNOTATIONS = ['projectcalico.org/WireguardPublicKey', 'network.cilium.io/wg-pub-key'];
/** Keys of ConfigMaps that switch encryption on. */
const SWITCHES = ['enable-wireguard', 'enable-ipsec', 'trafficEncryptionMode'];
/** Devices that CNIs make for WireGuard. */
const DEVICE = /^(?:wireguard\.cali|wg-v6\.cali|cilium_wg0|antrea-wg0|flannel-wg(?:-v6)?)$/;

/**
 * Whether traffic between nodes is encrypted, and whether the two ends agree: WireGuard keys that peers hold against the node's
 * own, and IPsec policies and associations of one end against those of the other.
 */
export const encryption: Derivation = {
  id: 'encryption',
  derive({ store, topology }) {
    findSwitch(store, topology);
    for (const node of topology.nodes.values()) {
      compareKeys(store, topology, node);
      comparePolicies(store, node);
      compareAssociations(store, topology, node);
    }
  },
};

/** `encryption.enabled`, where a device, an association, the agent or its ConfigMap tells. */
function findSwitch(store: FactStore, topology: Topology): void {
  const on = switchedOn(store, topology);
  const decided = on ?? switchedOff(store, topology);
  if (decided === undefined) return;
  store.add({ subject: CLUSTER, name: 'encryption.enabled', value: on !== undefined, source: decided });
}

function switchedOn(store: FactStore, topology: Topology): Source | undefined {
  for (const { subject } of topology.nodes.values()) {
    const kind = store.scalar(subject, 'encryption.kind');
    if (kind !== undefined && kind.value !== 'disabled') return kind.source;
    const states = store.scalar(subject, 'xfrm.states');
    if (strings(states?.value).length > 0) return states!.source;
    const device = store.records(subject, 'link').find(({ value }) => DEVICE.test(value.name));
    if (device !== undefined) return device.source;
  }
  return store
    .all('configmap-object')
    .find(({ value }) => SWITCHES.some((key) => /^(?:true|wireguard|ipsec)$/i.test(value.data[key] ?? '')))?.source;
}

function switchedOff(store: FactStore, topology: Topology): Source | undefined {
  for (const { subject } of topology.nodes.values()) {
    const kind = store.scalar(subject, 'encryption.kind');
    if (kind !== undefined) return kind.source;
  }
  return store
    .all('configmap-object')
    .find(({ value }) => value.name === 'cilium-config' && SWITCHES.some((key) => value.data[key] !== undefined))
    ?.source;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function keysOf(store: FactStore, node: TopologyNode): readonly string[] {
  const own = strings(store.value(node.subject, 'wireguard.public-keys'));
  if (own.length > 0) return own;
  const annotations = node.object?.annotations ?? {};
  return KEY_ANNOTATIONS.map((name) => annotations[name]).filter((key) => key !== undefined && key !== '') as string[];
}

/** Peers whose key here is not one that the peer has: `wireguard.peer-keys-differ`. */
function compareKeys(store: FactStore, topology: Topology, node: TopologyNode): void {
  const peers = store.scalar(node.subject, 'wireguard.peers');
  if (peers === undefined) return;
  const differing = new Set<string>();
  let compared = 0;
  for (const peer of strings(peers.value)) {
    const [address = '', key = ''] = peer.split(' ');
    const owner = topology.ownerOf(address);
    const other = owner.kind === 'node' ? owner.node : undefined;
    const keys = other === undefined ? [] : keysOf(store, other);
    if (keys.length === 0) continue;
    compared += 1;
    if (!keys.includes(key)) differing.add(other!.name);
  }
  if (compared === 0) return;
  store.add({
    subject: node.subject,
    name: 'wireguard.peer-keys-differ',
    value: [...differing].sort(),
    source: peers.source,
  });
}

/** Tunnels that a policy of the node asks for and that have no association: `xfrm.peers-without-state`. */
function comparePolicies(store: FactStore, node: TopologyNode): void {
  const policies = store.scalar(node.subject, 'xfrm.policies');
  const states = store.scalar(node.subject, 'xfrm.states');
  if (policies === undefined || states === undefined) return;
  const pairs = new Set(strings(states.value).map((state) => state.split(' ')[0]));
  const missing = strings(policies.value)
    .map((policy) => policy.split(' ')[0]!)
    .filter((pair) => !pairs.has(pair));
  store.add({
    subject: node.subject,
    name: 'xfrm.peers-without-state',
    value: [...new Set(missing)].sort(),
    source: policies.source,
  });
}

/** Directions in which the node sends with indexes (SPI) of which the receiver has none: `xfrm.spis-differ`. */
function compareAssociations(store: FactStore, topology: Topology, node: TopologyNode): void {
  const states = store.scalar(node.subject, 'xfrm.states');
  if (states === undefined) return;
  const differing = new Set<string>();
  let compared = 0;
  for (const [pair, spis] of byPair(states.value)) {
    const [from = '', to = ''] = pair.split('>');
    const receiver = topology.ownerOf(to);
    if (!node.ips.has(from) || receiver.kind !== 'node' || receiver.node === undefined) continue;
    const others = store.scalar(receiver.node.subject, 'xfrm.states');
    if (others === undefined) continue;
    compared += 1;
    const known = byPair(others.value).get(pair);
    if (known === undefined || ![...spis].some((spi) => known.has(spi))) differing.add(pair);
  }
  if (compared === 0) return;
  store.add({ subject: node.subject, name: 'xfrm.spis-differ', value: [...differing].sort(), source: states.source });
}

function byPair(value: unknown): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const state of strings(value)) {
    const [pair = '', spi = ''] = state.split(' ');
    const spis = found.get(pair);
    if (spis === undefined) found.set(pair, new Set([spi]));
    else spis.add(spi);
  }
  return found;
}
