import type { BridgePort, Fact, Source } from '../model.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { devicesOf, isDeviceDown, type NodeDevices, sourceOfLink, strayVeths } from './devices.js';
import { deviceOf, parseNetwork } from './ipv4.js';
import { podNetworksOf } from './pod-networks.js';

/** Facts about interfaces: which are down, which veths hang loose, whose bridges and tunnels are there. */
export const links: Derivation = {
  id: 'links',
  derive(context) {
    const networks = new Map(podNetworksOf(context.topology).map((pods) => [pods.network.start, pods.node]));
    for (const node of context.topology.nodes.values()) {
      const devices = devicesOf(context.store, node);
      if (devices.links.size > 0) {
        findDown(context, node, devices, networks);
        findDetachedVeths(context, node, devices);
      }
      findForeignNetworks(context, node, devices);
      findHairpinOff(context, node, devices);
    }
  },
};

function findDown(
  { store }: DeriveContext,
  node: TopologyNode,
  devices: NodeDevices,
  networks: ReadonlyMap<number, TopologyNode>,
): void {
  const carriers = new Set<string>();
  if (devices.nic !== undefined) carriers.add(devices.nic);
  for (const tunnel of devices.tunnels) carriers.add(tunnel.name);
  for (const name of [...devices.bridgedPods, ...devices.routedPods]) carriers.add(name);
  for (const route of node.routes) {
    const network = route.family === 4 && route.type === 'unicast' ? parseNetwork(route.dst) : undefined;
    if (network === undefined || network.prefix === 0) continue;
    const dev = deviceOf(route);
    if (dev === undefined || devices.bridges.includes(dev)) continue;
    const owner = networks.get(network.start);
    if (owner !== undefined && owner !== node) carriers.add(dev);
  }
  const down: string[] = [];
  let decided = 0;
  for (const name of carriers) {
    const state = isDeviceDown(devices, name);
    if (state === undefined) continue;
    decided += 1;
    if (state) down.push(name);
  }
  for (const name of devices.bridges) {
    // A bridge without ports has no carrier: with no pod on it that is how it ought to be.
    const bridge = devices.links.get(name)?.link;
    if (bridge === undefined || bridge.flags.length === 0) continue;
    decided += 1;
    const ports = devices.bridgedPods.some((port) => devices.links.get(port)?.link.master === name);
    if (!bridge.flags.includes('UP') || (ports && isDeviceDown(devices, name) === true)) down.push(name);
  }
  if (decided === 0) return;
  const first = down[0] ?? [...carriers].find((name) => devices.links.has(name)) ?? devices.bridges[0];
  store.add({
    subject: node.subject,
    name: 'links.down',
    value: down.sort(),
    source: first === undefined ? {} : sourceOfLink(devices, first),
  });
}

function findDetachedVeths(context: DeriveContext, node: TopologyNode, devices: NodeDevices): void {
  const { store } = context;
  if (devices.bridgedPods.length === 0) {
    findDownRoutedVeths(context, node, devices);
    return;
  }
  const detached = new Set(strayVeths(store.cnis, devices));
  for (const name of devices.bridgedPods) if (isDeviceDown(devices, name) === true) detached.add(name);
  let source: Source = sourceOfLink(devices, [...detached][0] ?? devices.bridgedPods[0]!);
  if (devices.complete) {
    const indices = new Set<number>();
    for (const { link } of devices.links.values()) if (link.index !== undefined) indices.add(link.index);
    for (const pod of node.pods) {
      if (pod.hostNetwork || indices.size === 0) continue;
      for (const fact of store.records(pod.subject, 'link')) {
        // `eth0@if7`: the host's end of the pod's veth is device 7 of the node.
        const peer = /^@?if(\d+)$/.exec(fact.value.peer ?? '');
        if (peer === null || fact.value.name === 'lo' || indices.has(Number(peer[1]))) continue;
        detached.add(`${pod.namespace}/${pod.name}`);
        source = fact.source;
      }
    }
  }
  store.add({ subject: node.subject, name: 'links.detached-veths', value: [...detached].sort(), source });
}

/** Where each pod has a veth and a route of its own: those that are down. Known once every pod of the node has its route. */
function findDownRoutedVeths({ store }: DeriveContext, node: TopologyNode, devices: NodeDevices): void {
  const routed = new Map(node.routes.map((route) => [route.dst.replace(/\/32$/, ''), route.dev]));
  const down: string[] = [];
  let last: string | undefined;
  for (const pod of node.pods) {
    if (pod.hostNetwork) continue;
    const dev = [...pod.ips].map((ip) => routed.get(ip)).find((name) => name !== undefined);
    const isDown = dev === undefined ? undefined : isDeviceDown(devices, dev);
    if (dev === undefined || isDown === undefined) return;
    last = dev;
    if (isDown) down.push(dev);
  }
  if (last === undefined) return;
  const source = sourceOfLink(devices, down[0] ?? last);
  store.add({ subject: node.subject, name: 'links.detached-veths', value: down.sort(), source });
}

function findForeignNetworks({ store }: DeriveContext, node: TopologyNode, devices: NodeDevices): void {
  const addresses = store.records(node.subject, 'address').filter((fact) => fact.value.family === 4);
  if (addresses.length === 0 && devices.links.size === 0) return;
  const names = new Set([...devices.links.keys(), ...addresses.map((fact) => fact.value.dev)]);
  const byOwner = new Map<string, string[]>();
  for (const name of names) {
    if (name === 'tunl0' && !devices.tunnels.some((tunnel) => tunnel.name === name)) continue;
    const owner = store.cnis.ownerOf(name);
    if (owner === undefined) continue;
    const own = byOwner.get(owner);
    if (own === undefined) byOwner.set(owner, [name]);
    else own.push(name);
  }
  const bridge = addresses.find((fact) => /^cni\d+$/.test(fact.value.dev));
  // The bridge plugin's cni0 is Flannel's companion; beside another CNI's devices it is a leftover.
  if (bridge !== undefined && byOwner.size > 0 && !byOwner.has('flannel')) byOwner.set('bridge', [bridge.value.dev]);

  const found = byOwner.size > 1 ? [...byOwner.values()].flat() : [];
  let source = bridge?.source ?? addresses[0]?.source ?? sourceOfLink(devices, [...names][0] ?? '');
  if (bridge !== undefined) {
    const network = parseNetwork(`${bridge.value.ip}/${bridge.value.prefix}`);
    const given = (node.object?.podCIDRs ?? []).flatMap((cidr) => parseNetwork(cidr) ?? []);
    const vtep = addresses.find((fact) => /^flannel\.\d+$/.test(fact.value.dev));
    const vtepIp = vtep === undefined ? undefined : parseNetwork(vtep.value.ip);
    const outsideNode =
      network !== undefined &&
      given.length > 0 &&
      !given.some((cidr) => cidr.start <= network.start && cidr.end >= network.start);
    const outsideTunnel =
      network !== undefined && vtepIp !== undefined && (vtepIp.start < network.start || vtepIp.start > network.end);
    // Without a podCIDR flannel.1, whose address is the first of the node's network, tells what cni0's ought to be.
    if (outsideNode || (given.length === 0 && outsideTunnel)) {
      found.push(`${bridge.value.dev} ${bridge.value.ip}/${bridge.value.prefix}`);
      source = bridge.source;
    }
  }
  store.add({ subject: node.subject, name: 'links.bridges-two', value: found.sort(), source });
}

function findHairpinOff({ store }: DeriveContext, node: TopologyNode, devices: NodeDevices): void {
  const ports = store
    .records(node.subject, 'bridge-port')
    .filter((fact) => fact.value.hairpin !== undefined && isPodPort(fact, devices));
  if (ports.length === 0) return;
  const off = ports.filter((fact) => fact.value.hairpin === false);
  store.add({
    subject: node.subject,
    name: 'bridge.hairpin-off',
    value: [...new Set(off.map((fact) => fact.value.dev))].sort(),
    source: (off[0] ?? ports[0]!).source,
  });
}

function isPodPort(fact: Fact<BridgePort>, devices: NodeDevices): boolean {
  if (devices.bridgedPods.includes(fact.value.dev)) return true;
  return devices.links.size === 0 && /^veth/.test(fact.value.dev) && /^(?:cni|cbr|kube-)/.test(fact.value.master ?? '');
}
