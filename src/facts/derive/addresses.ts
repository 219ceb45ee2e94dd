import type { Address, Fact, Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { isForeignBridge, isUnusedDevice, tunnelKindOf } from './devices.js';
import { parseIpv4, parseNetwork } from './ipv4.js';
import { linksOf } from './links-of.js';

/** Devices that carry the same address on every node on purpose. */
const SAME_EVERYWHERE = /^(?:cilium_net|nodelocaldns|kube-ipvs\d*|kube-vip|lb-)/;
/** VirtualBox gives every machine behind its NAT this address: it is private to the machine. */
const VIRTUALBOX_NAT = '10.0.2.15';

/** Facts about the addresses of nodes: which are there, which the cluster knows, which are in use twice. */
export const addresses: Derivation = {
  id: 'addresses',
  derive(context) {
    const pods = podAddresses(context);
    for (const node of context.topology.nodes.values()) {
      describeNic(context.store, node);
      findSharedWithPod(context, node, pods);
    }
    findDuplicates(context, pods);
    findDuplicateMacs(context);
  },
};

/** The node's IPv4 addresses in the order the kernel lists them, each once though several outputs print it. */
function addressFacts(store: FactStore, node: TopologyNode): Fact<Address>[] {
  const seen = new Set<string>();
  return store.records(node.subject, 'address').filter((fact) => {
    const key = `${fact.value.dev} ${fact.value.ip}/${fact.value.prefix}`;
    if (fact.value.family !== 4 || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function isGlobal(address: Address): boolean {
  return address.scope === undefined || address.scope === 'global';
}

function describeNic(store: FactStore, node: TopologyNode): void {
  const all = addressFacts(store, node);
  const known = node.object?.ips.find((ip) => parseIpv4(ip) !== undefined);
  if (all.length > 0 && known !== undefined) {
    const local = all.find((fact) => fact.value.ip === known);
    // Only a whole list, the one with the loopback in it, shows that an address is missing.
    const whole = all.some((fact) => fact.value.dev === 'lo');
    if (local !== undefined || whole) {
      store.add({
        subject: node.subject,
        name: 'addresses.node-ip-local',
        value: local !== undefined,
        source: (local ?? nodeObjectFact(store, node) ?? all[0]!).source,
      });
    }
  }
  if (node.nic === undefined) return;
  const onNic = all.filter((fact) => fact.value.dev === node.nic && isGlobal(fact.value));
  const source = onNic[0]?.source ?? defaultRouteSource(store, node);
  if (source === undefined) return;
  const add = (name: string, value: string | number | boolean | string[], from: Source = source): void =>
    store.add({ subject: node.subject, name, value, source: from });
  add('addresses.nic', node.nic);
  if (onNic.length === 0) return;

  const own = onNic.find((fact) => fact.value.ip === known) ?? (known === undefined ? onNic[0] : undefined);
  const sameNetwork = own === undefined ? onNic : onNic.filter((fact) => inSameNetwork(fact.value, own.value));
  add('addresses.nic-count', sameNetwork.length, sameNetwork[1]?.source);
  if (own !== undefined && (known !== undefined || onNic.length === 1)) {
    const extra = onNic.filter((fact) => fact !== own);
    add(
      'addresses.nic-extra',
      extra.map((fact) => fact.value.ip),
      extra[0]?.source,
    );
  }
  if (own !== undefined && known !== undefined) {
    add('addresses.node-ip-first', sameNetwork[0] === own && !own.value.flags.includes('secondary'), own.source);
  }
  const dynamic = sameNetwork.find((fact) => fact.value.flags.includes('dynamic'));
  // A /32 beside the node's own is a virtual address that something moves between nodes, not a static setting.
  const fixed = sameNetwork.find((fact) => !fact.value.flags.includes('dynamic'));
  const configured = dhcpAndStatic(store, node);
  const both = dynamic !== undefined && fixed !== undefined;
  add('addresses.nic-dhcp-and-static', both || configured !== undefined, both ? dynamic.source : configured);
}

/**
 * Where the configuration asks for DHCP on the NIC and gives it an address besides, in one file or in two: the second one
 * comes back with the next restart of the network, whatever is on the interface now.
 */
function dhcpAndStatic(store: FactStore, node: TopologyNode): Source | undefined {
  const configs = store.records(node.subject, 'nic-config').filter((fact) => fact.value.dev === node.nic);
  const dhcp = configs.find((fact) => fact.value.dhcp4 === true);
  const fixed = configs.find((fact) =>
    fact.value.addresses.some((address) => parseIpv4(address.split('/')[0]!) !== undefined),
  );
  return dhcp === undefined ? undefined : fixed?.source;
}

function inSameNetwork(a: Address, b: Address): boolean {
  const left = parseNetwork(`${a.ip}/${a.prefix}`);
  const right = parseNetwork(`${b.ip}/${b.prefix}`);
  return left !== undefined && right !== undefined && left.start === right.start && left.prefix === right.prefix;
}

function nodeObjectFact(store: FactStore, node: TopologyNode): Fact | undefined {
  return store.all('node-object').find((fact) => fact.value === node.object);
}

function defaultRouteSource(store: FactStore, node: TopologyNode): Source | undefined {
  return store.records(node.subject, 'route').find((fact) => fact.value.dev === node.nic)?.source;
}

/** Who has an address, and where that was read. */
interface Holder {
  who: string;
  source: Source;
}

/** Addresses of pods that run (a finished pod's object keeps an address that is free again), and of routed veths. */
function podAddresses({ store, topology }: DeriveContext): Map<string, Holder[]> {
  const found = new Map<string, Holder[]>();
  const add = (ip: string, holder: Holder): void => {
    const holders = found.get(ip);
    if (holders === undefined) found.set(ip, [holder]);
    else if (!holders.some((other) => other.who === holder.who)) holders.push(holder);
  };
  for (const fact of store.all('pod-object')) {
    const pod = fact.value;
    const hostNetwork = topology.pods.get(fact.subject)?.hostNetwork ?? pod.hostNetwork;
    if (hostNetwork || pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    for (const ip of pod.ips) if (parseIpv4(ip) !== undefined) add(ip, { who: fact.subject, source: fact.source });
  }
  for (const node of topology.nodes.values()) {
    for (const fact of store.records(node.subject, 'route')) {
      const route = fact.value;
      if (route.dev === undefined || route.via !== undefined || route.table !== 'main') continue;
      if (!store.cnis.isPodDevice(route.dev)) continue;
      const network = parseNetwork(route.dst);
      const ip = route.dst.replace(/\/32$/, '');
      // The pod of the address is known as an object: its route is no second holder.
      if (network?.prefix === 32 && !found.has(ip)) add(ip, { who: node.subject, source: fact.source });
    }
  }
  return found;
}

function findSharedWithPod(
  { store, topology }: DeriveContext,
  node: TopologyNode,
  pods: ReadonlyMap<string, Holder[]>,
): void {
  const own = addressFacts(store, node).filter((fact) => isGlobal(fact.value) && !isUnusedDevice(fact.value.dev));
  if (own.length === 0 || (pods.size === 0 && topology.pods.size === 0)) return;
  const shared = own.filter((fact) => pods.has(fact.value.ip));
  store.add({
    subject: node.subject,
    name: 'addresses.shared-with-pod',
    value: [...new Set(shared.map((fact) => fact.value.ip))],
    source: shared[0]?.source ?? own[0]!.source,
  });
}

function findDuplicates({ store, topology }: DeriveContext, pods: ReadonlyMap<string, Holder[]>): void {
  const duplicates = new Map<string, Source>();
  let source: Source | undefined;
  for (const [ip, holders] of pods) {
    source ??= holders[0]!.source;
    if (holders.length > 1) duplicates.set(ip, holders[1]!.source);
  }
  const byNode = new Map<string, { node: TopologyNode; source: Source }>();
  for (const node of topology.nodes.values()) {
    for (const fact of addressFacts(store, node)) {
      if (!countsAsNodeAddress(topology, node, fact.value)) continue;
      source ??= fact.source;
      const { ip } = fact.value;
      const other = byNode.get(ip);
      if (other === undefined) byNode.set(ip, { node, source: fact.source });
      else if (other.node !== node) duplicates.set(ip, fact.source);
      if (pods.has(ip)) duplicates.set(ip, fact.source);
    }
  }
  // One holder alone shows no second: there must have been something to compare.
  if (source === undefined || byNode.size + pods.size < 2) return;
  store.add({
    subject: CLUSTER,
    name: 'addresses.duplicates',
    value: [...duplicates.keys()].sort(),
    source: [...duplicates.values()][0] ?? source,
  });
}

function countsAsNodeAddress(topology: Topology, node: TopologyNode, address: Address): boolean {
  if (!isGlobal(address) || isUnusedDevice(address.dev) || SAME_EVERYWHERE.test(address.dev)) return false;
  if (isForeignBridge(address.dev)) return false;
  if (address.ip === VIRTUALBOX_NAT && node.object?.ips.includes(VIRTUALBOX_NAT) !== true) return false;
  return !topology.dnsIps.has(address.ip);
}

function findDuplicateMacs({ store, topology }: DeriveContext): void {
  const holders = new Map<string, { node: string; source: Source }>();
  const duplicates = new Map<string, Source>();
  const nodes = new Set<string>();
  let source: Source | undefined;
  for (const node of topology.nodes.values()) {
    for (const [name, merged] of linksOf(store, node.subject)) {
      const mac = merged.link.mac?.toLowerCase();
      if (mac === undefined || !/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) continue;
      if (mac === '00:00:00:00:00:00' || mac === 'ee:ee:ee:ee:ee:ee') continue;
      if (name !== node.nic && tunnelKindOf(store.cnis, merged.link) === undefined) continue;
      nodes.add(node.name);
      source ??= merged.source;
      const other = holders.get(mac);
      if (other === undefined) holders.set(mac, { node: node.name, source: merged.source });
      else if (other.node !== node.name) duplicates.set(mac, merged.source);
    }
  }
  if (source === undefined || nodes.size < 2) return;
  store.add({
    subject: CLUSTER,
    name: 'macs.duplicates',
    value: [...duplicates.keys()].sort(),
    source: [...duplicates.values()][0] ?? source,
  });
}
