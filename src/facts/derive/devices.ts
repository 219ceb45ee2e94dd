import type { Cnis, CniTunnelKind } from '../cnis.js';
import type { Link, Source } from '../model.js';
import { nodeSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import { parseNetwork } from './ipv4.js';
import { allLinksKnown, isDown, linksOf, type MergedLink } from './links-of.js';

export type TunnelKind = CniTunnelKind;

/** What the devices of a node are to pod traffic. */
export interface NodeDevices {
  links: ReadonlyMap<string, MergedLink>;
  /** Whether the list is whole, so that a device that is not in it is not there. */
  complete: boolean;
  nic?: string;
  /** In use: fallback devices (tunl0 without an address or a route) are not among them. */
  tunnels: { name: string; kind: TunnelKind }[];
  /** Bridges that pods hang on. */
  bridges: string[];
  /** Host ends of pod veths that are ports of such a bridge. */
  bridgedPods: string[];
  /** Host ends of pod veths that are routed, each by itself. */
  routedPods: string[];
}

/** Bridges of runtimes and hypervisors. docker0 carries pods only where its network is the node's pod network. */
const FOREIGN_BRIDGES = /^(?:docker\d+|docker_gwbridge|virbr\d+|br-[0-9a-f]{12}|lxcbr\d+|lxdbr\d+|podman\d+)$/;

/** Devices the kernel or a CNI makes that carry nothing by themselves. */
const UNUSED_NAMES =
  /^(?:lo|dummy\d+|kube-ipvs0|kube-dummy-if|nodelocaldns|sit0|gre0|gretap0|erspan0|ip6tnl0|ip6gre0|ip_vti0|ip6_vti0|ovs-system|bond0\.0)$/;

export function isUnusedDevice(name: string): boolean {
  return UNUSED_NAMES.test(name);
}

export function isForeignBridge(name: string): boolean {
  return FOREIGN_BRIDGES.test(name);
}

/** Kind of a tunnel device, by its own word or its name; undefined for a device that is no tunnel. */
export function tunnelKindOf(cnis: Cnis, link: Link): TunnelKind | undefined {
  switch (link.kind) {
    case 'vxlan':
    case 'geneve':
    case 'wireguard':
    case 'ipip':
      return link.kind;
    default:
      return cnis.tunnelOf(link.name)?.kind;
  }
}

/** Sorts the devices of a node by what they carry. Bridge ports are told by `master`, routed veths by its absence. */
export function devicesOf(store: FactStore, node: TopologyNode): NodeDevices {
  const { cnis } = store;
  const links = linksOf(store, nodeSubject(node.name));
  const withAddress = new Set(node.addresses.map((address) => address.dev));
  const routedBy = new Map<string, number>();
  for (const route of node.routes) {
    if (route.dev !== undefined && route.family === 4) routedBy.set(route.dev, (routedBy.get(route.dev) ?? 0) + 1);
  }
  const podNetworks = node.podCIDRs.flatMap((cidr) => parseNetwork(cidr) ?? []);
  const tunnels: NodeDevices['tunnels'] = [];
  const bridges = new Set<string>();
  for (const [name, { link }] of links) {
    const kind = tunnelKindOf(cnis, link);
    if (kind !== undefined) {
      const fallback = /^tunl0$/.test(name);
      if (!fallback || withAddress.has(name) || routedBy.has(name)) tunnels.push({ name, kind });
      continue;
    }
    if (cnis.isPodBridge(name)) bridges.add(name);
    else if ((link.kind === 'bridge' || /^docker0$/.test(name)) && name !== node.nic) {
      const carriesPods = node.addresses.some((address) => {
        const own = address.dev === name ? parseNetwork(address.ip) : undefined;
        return own !== undefined && podNetworks.some((network) => network.start <= own.start && network.end >= own.end);
      });
      if (carriesPods) bridges.add(name);
    }
  }
  const bridgedPods: string[] = [];
  const routedPods: string[] = [];
  for (const [name, { link }] of links) {
    if (name === node.nic || !cnis.isPodDevice(name)) continue;
    if (link.master === undefined) routedPods.push(name);
    else if (bridges.has(link.master)) bridgedPods.push(name);
    else if (!FOREIGN_BRIDGES.test(link.master)) {
      bridges.add(link.master);
      bridgedPods.push(name);
    }
  }
  // A veth of a bridging plugin that lost its bridge is not a routed one: no route leads to it.
  const routed = bridgedPods.length > 0 ? routedPods.filter((name) => routedBy.has(name)) : routedPods;
  const devices: NodeDevices = {
    links,
    complete: allLinksKnown(links),
    tunnels: tunnels.sort((a, b) => (routedBy.get(b.name) ?? 0) - (routedBy.get(a.name) ?? 0)),
    bridges: [...bridges],
    bridgedPods,
    routedPods: routed,
  };
  const nic = node.nic ?? onlyNic(cnis, node, links, devices);
  if (nic !== undefined) devices.nic = nic;
  return devices;
}

/** The one device that can be the NIC, where neither the node's address nor a default route names it. */
function onlyNic(
  cnis: Cnis,
  node: TopologyNode,
  links: ReadonlyMap<string, MergedLink>,
  sorted: NodeDevices,
): string | undefined {
  const candidates = new Set<string>();
  for (const address of node.addresses) {
    const { dev } = address;
    if (address.family !== 4 || address.scope === 'link' || address.scope === 'host') continue;
    if (isUnusedDevice(dev) || isForeignBridge(dev) || cnis.isPodDevice(dev)) continue;
    if (sorted.bridges.includes(dev) || /^(?:cilium_|antrea-|ovn-|tun\d|tap\d|ppp|ipvl_|vip)/.test(dev)) continue;
    const link = links.get(dev)?.link;
    if (tunnelKindOf(cnis, link ?? { name: dev, flags: [] }) === undefined) candidates.add(dev);
  }
  return candidates.size === 1 ? [...candidates][0] : undefined;
}

/** The host ends of veths of a bridging node that are in no bridge, though they are named like pods' veths. */
export function strayVeths(cnis: Cnis, devices: NodeDevices): string[] {
  if (devices.bridgedPods.length === 0) return [];
  const known = new Set([...devices.bridgedPods, ...devices.routedPods, devices.nic]);
  const stray: string[] = [];
  for (const [name, { link }] of devices.links) {
    if (!known.has(name) && cnis.isPodDevice(name) && link.master === undefined) stray.push(name);
  }
  return stray;
}

/** Where a device was read, for the facts it decides. */
export function sourceOfLink(devices: NodeDevices, name: string): Source {
  return devices.links.get(name)?.source ?? {};
}

export function isDeviceDown(devices: NodeDevices, name: string): boolean | undefined {
  const merged = devices.links.get(name);
  return merged === undefined ? undefined : isDown(merged.link);
}
