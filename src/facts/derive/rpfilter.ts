import type { Fact, Scalar } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { devicesOf, isDeviceDown, isForeignBridge, isUnusedDevice, type NodeDevices } from './devices.js';
import { deviceOf, parseIpv4, parseNetwork, RouteTable } from './ipv4.js';
import { pathDevices } from './path-devices.js';
import { podNetworksOf } from './pod-networks.js';
import { interfaceSysctl, sysctlNumber } from './sysctl-of.js';

/** Reverse path filtering where pod packets pass: strict at all, and strict where the way back is another. */
export const rpfilter: Derivation = {
  id: 'rpfilter',
  derive(context) {
    const { store, topology } = context;
    const networks = podNetworksOf(topology);
    for (const node of topology.nodes.values()) {
      const devices = devicesOf(store, node);
      const path = pathDevices(store, node, devices);
      const strict = new Map<string, Fact<Scalar>>();
      let decided: Fact<Scalar> | undefined;
      for (const device of path) {
        const effective = effectiveRpFilter(store, node, device);
        if (effective === undefined) continue;
        decided ??= effective.fact;
        if (effective.value === 1) strict.set(device, effective.fact);
      }
      // That nothing is strict is known only where the NIC, which every cross-node packet comes in by, is among the known.
      const nicKnown = devices.nic !== undefined && effectiveRpFilter(store, node, devices.nic) !== undefined;
      if (decided === undefined || (strict.size === 0 && !nicKnown)) continue;
      const source = [...strict.values()][0]?.source ?? decided.source;
      store.add({ subject: node.subject, name: 'rpfilter.strict', value: strict.size > 0, source });
      if (strict.size === 0) {
        store.add({ subject: node.subject, name: 'rpfilter.strict-asymmetric', value: [], source });
        continue;
      }
      const main = new RouteTable(store.records(node.subject, 'route'), 'main');
      if (main.routes.length === 0) continue;
      const own = networks.filter((pods) => pods.node === node).map((pods) => pods.network.start + 2);
      const asymmetric = [...strict.keys()].filter(
        (device) =>
          comesFromElsewhere(node, devices, device, main, own) || isOtherNic(context, node, devices, device, main),
      );
      asymmetric.push(...droppingSideNics(store, node, devices, strict));
      store.add({
        subject: node.subject,
        name: 'rpfilter.strict-asymmetric',
        value: asymmetric.sort(),
        source: strict.get(asymmetric[0] ?? '')?.source ?? source,
      });
    }
  },
};

/**
 * The larger of `conf.all` and the interface's own; 2 is loose and beats 1. With one of the two unknown it is known
 * only where the other is 2.
 */
function effectiveRpFilter(
  store: FactStore,
  node: TopologyNode,
  device: string,
): { value: number; fact: Fact<Scalar> } | undefined {
  const all = sysctlNumber(store, node.subject, 'net.ipv4.conf.all.rp_filter');
  const own = interfaceSysctl(store, node.subject, device, 'rp_filter');
  if (all !== undefined && own !== undefined) return own.value > all.value ? own : all;
  const known = all ?? own;
  return known !== undefined && known.value >= 2 ? known : undefined;
}

/** A routed veth whose pod's address the main table sends to another device. */
function comesFromElsewhere(
  node: TopologyNode,
  devices: NodeDevices,
  device: string,
  main: RouteTable,
  networkSamples: readonly number[],
): boolean {
  if (!devices.routedPods.includes(device)) return false;
  const behind: number[] = [];
  const others: number[] = [];
  for (const pod of node.pods) {
    if (pod.hostNetwork) continue;
    for (const ip of pod.ips) {
      const address = parseIpv4(ip);
      if (address === undefined) continue;
      if (pod.hostDevice === device) behind.push(address);
      else if (pod.hostDevice === undefined) others.push(address);
    }
  }
  // A /32 route to the device is the way back of whatever pod is behind it.
  if (main.routes.some((route) => route.network.prefix === 32 && route.fact.value.dev === device)) return false;
  const candidates = behind.length > 0 ? behind : others.length > 0 ? others : networkSamples;
  if (candidates.length === 0) return false;
  return candidates.every((address) => {
    const back = main.lookup(address);
    return back === undefined || deviceOf(back.fact.value) !== device;
  });
}

/**
 * Strict NICs beside the node's own, where packets were dropped for it and no rule sends replies by where they came in: a
 * cloud delivers pods' packets by them, and the way back is the default route's. Adds them to `strict`.
 */
function droppingSideNics(
  store: FactStore,
  node: TopologyNode,
  devices: NodeDevices,
  strict: Map<string, Fact<Scalar>>,
): string[] {
  const dropped = store.value(node.subject, 'counter.TcpExtIPReversePathFilter');
  if (typeof dropped !== 'number' || dropped === 0 || devices.nic === undefined) return [];
  const bySource = store.records(node.subject, 'rule').some((fact) => fact.value.from !== 'all');
  if (bySource) return [];
  const found: string[] = [];
  for (const { dev, family, scope } of node.addresses) {
    if (family !== 4 || dev === devices.nic || (scope !== undefined && scope !== 'global') || found.includes(dev))
      continue;
    if (isUnusedDevice(dev) || isForeignBridge(dev) || devices.bridges.includes(dev)) continue;
    if (devices.tunnels.some((tunnel) => tunnel.name === dev) || isDeviceDown(devices, dev) !== false) continue;
    if (!/^(?:eth|en|ib|bond|team)/.test(dev)) continue;
    const effective = effectiveRpFilter(store, node, dev);
    if (effective?.value !== 1) continue;
    strict.set(dev, effective.fact);
    found.push(dev);
  }
  return found;
}

/** The node's own NIC where the default route is another's, and some peer is not on the NIC's network. */
function isOtherNic(
  { store, topology }: DeriveContext,
  node: TopologyNode,
  devices: NodeDevices,
  device: string,
  main: RouteTable,
): boolean {
  if (device !== devices.nic) return false;
  const fallback = main.routes.find((route) => route.network.prefix === 0);
  const other = fallback === undefined ? undefined : deviceOf(fallback.fact.value);
  if (other === undefined || other === device) return false;
  const own = node.addresses.find((address) => address.dev === device && address.family === 4);
  if (own === undefined) return false;
  // A rule for the address sends its replies by their own table.
  for (const fact of store.records(node.subject, 'rule')) {
    const from = fact.value.from === 'all' ? undefined : parseNetwork(fact.value.from);
    const address = parseIpv4(own.ip);
    if (from !== undefined && address !== undefined && from.start <= address && from.end >= address) return false;
  }
  let peers = 0;
  for (const peer of topology.nodes.values()) {
    const address = peer === node || peer.nodeIp === undefined ? undefined : parseIpv4(peer.nodeIp);
    if (address === undefined) continue;
    peers += 1;
    const back = main.lookup(address);
    if (back !== undefined && deviceOf(back.fact.value) !== device) return true;
  }
  return peers === 0;
}
