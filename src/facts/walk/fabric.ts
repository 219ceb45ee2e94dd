import { isUnusedDevice, tunnelKindOf } from '../derive/devices.js';
import { formatIpv4, networkHas, parseIpv4, parseNetwork } from '../derive/ipv4.js';
import { type Fact, type Neighbour, serviceSubject } from '../model.js';
import type { Topology, TopologyNode } from '../topology.js';
import { sendBack } from './delivery.js';
import { drop, type Journey, mayDivert, mayDrop, stop } from './journey.js';
import { enter } from './link.js';
import type { NetNamespace } from './namespace.js';
import { fitsReceiver } from './packet-size.js';
import { tunnelOf } from './tunnel.js';
import { addStep, describePacket, forgetNetfilter, type Way } from './way.js';

/**
 * The packet left a node by a device that leads to other machines. The network between nodes is not in the input: it is taken to
 * carry to the node that has the next hop's address, and, by a router, to whoever has the destination's.
 */
export function crossFabric(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  device: string,
  nextHop: number,
): void {
  const { namespaces } = journey;
  way.beyond ??= 'fabric';
  const dst = way.packet.dst!.start;
  const direct = namespaces
    .holdersOf(nextHop)
    .filter((holder) => holder.node !== namespace.node && facesFabric(journey, holder));
  if (direct.length > 0) {
    arrive(journey, way, namespace, device, nextHop, direct);
    return;
  }
  // The next hop is a router that is not a node: it knows the nodes' addresses, and others' pods where the fabric routes them.
  const held = namespaces.holdersOf(dst);
  const routed = held.filter((holder) => facesFabric(journey, holder));
  noteForeignSource(journey, way, namespace, device);
  if (routed.length > 0) {
    const reached = routed.find(({ node, device: bearer }) => bearer === undefined || bearer === node.nic);
    if (reached === undefined) {
      mayDrop(way, {
        on: 'cluster',
        what: `whether ${formatIpv4(nextHop)} leads to ${formatIpv4(dst)}, which is not the address that the cluster knows ${routed[0]!.node.subject} by`,
        collect: `ip route get ${formatIpv4(dst)}; traceroute -n ${formatIpv4(dst)}`,
      });
    }
    arrive(journey, way, namespace, device, undefined, routed);
    return;
  }
  const pod = namespaces.podAt(dst);
  if (pod !== undefined || held.length > 0) {
    toPodByFabric(journey, way, namespace, device, pod?.node ?? held[0]?.node, nextHop);
    return;
  }
  const owner = namespaces.topology.ownerOf(formatIpv4(dst));
  if (owner.kind === 'clusterip') {
    // Rules alone that translate it do not tell a Service's own address from one of a load balancer outside.
    if (owner.service === undefined && !isInServiceNetwork(journey, dst))
      mayDivert(way, {
        on: 'cluster',
        what: `whether ${formatIpv4(dst)} is a ClusterIP, or somebody's outside`,
        collect: 'kubectl get services -A -o wide',
      });
    drop(
      journey,
      way,
      namespace.subject,
      'service-not-translated',
      `${formatIpv4(dst)} is a Service's address, and nothing translated it before the packet left by ${device}`,
    );
    return;
  }
  // Every cluster has this Service: a list without it is of one namespace, or none.
  if (!namespaces.topology.services.has(serviceSubject('default', 'kubernetes')) && isPrivate(dst)) {
    mayDivert(way, {
      on: 'cluster',
      what: `whether ${formatIpv4(dst)} is a Service's address: no whole list of them is in the input`,
      collect: 'kubectl get services -A -o wide',
    });
  }
  if (isServiceLike(journey, dst)) {
    mayDivert(way, {
      on: 'cluster',
      what: `whether ${formatIpv4(dst)}, which lies among the Services' addresses, is one's`,
      collect: 'kubectl get services -A -o wide',
    });
  }
  if (way.inner.length > 0) {
    if (!allNodesKnown(journey)) {
      stop(journey, way, {
        on: 'cluster',
        what: `which node has ${formatIpv4(dst)}, to which the tunnel's packet goes`,
        collect: 'kubectl get nodes -o wide',
      });
      return;
    }
    drop(
      journey,
      way,
      namespace.subject,
      'wrong-tunnel-endpoint',
      `no node has ${formatIpv4(dst)}, to which the tunnel's packet goes`,
    );
    return;
  }
  leaveCluster(journey, way, namespace, device, nextHop);
}

/** Whether the list of nodes is there, so that an address that none of them has is nobody's. */
function allNodesKnown({ namespaces }: Journey): boolean {
  const nodes = [...namespaces.topology.nodes.values()];
  return nodes.length > 0 && nodes.every(({ object }) => object !== undefined);
}

/** Whether an address is of the private networks (RFC 1918), as Services' are. */
function isPrivate(address: number): boolean {
  return PRIVATE.some((network) => networkHas(network, address));
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].flatMap((cidr) => parseNetwork(cidr) ?? []);

/** Many networks drop what comes by one interface with the address of another one (source checks). */
function noteForeignSource(journey: Journey, way: Way, namespace: NetNamespace, device: string): void {
  const src = way.packet.src?.start;
  if (src === undefined) return;
  const ownPod = journey.namespaces.podAt(src)?.node === namespace.node;
  const bearer = ownPod ? namespace.node?.nic : namespace.routing.deviceOfAddress(src);
  if (bearer === undefined || bearer === device || bearer === 'lo') return;
  const link = namespace.links.get(bearer)?.link;
  // The address of a bridge or tunnel says nothing of a second network.
  if (link === undefined || namespace.isBridge(bearer) || tunnelOf(namespace, bearer) !== undefined) return;
  mayDrop(way, {
    on: namespace.subject,
    what: `whether the network behind ${device} carries packets from ${formatIpv4(src)}, which belongs to that of ${bearer}`,
    source: namespace.links.get(device)?.source ?? {},
    collect: `tcpdump -ni ${device} host ${formatIpv4(src)}`,
  });
}

function isInServiceNetwork({ namespaces }: Journey, address: number): boolean {
  return namespaces.topology.serviceCIDRs.some((cidr) => {
    const network = parseNetwork(cidr);
    return network !== undefined && networkHas(network, address);
  });
}

/** The first 16 bits of the Services' addresses. */
const serviceNetworks = new WeakMap<Topology, Set<number>>();

/** Whether an address that nobody has shares its first 16 bits with a Service's: a Service that is gone, most likely. */
function isServiceLike({ namespaces }: Journey, address: number): boolean {
  const { topology } = namespaces;
  let networks = serviceNetworks.get(topology);
  if (networks === undefined) {
    networks = new Set();
    for (const { object } of topology.services.values()) {
      for (const ip of object.clusterIPs) {
        const known = parseIpv4(ip);
        if (known !== undefined) networks.add(known >>> 16);
      }
    }
    serviceNetworks.set(topology, networks);
  }
  return networks.has(address >>> 16);
}

/** Whether the network between nodes knows an address: not one of a pods' bridge or a tunnel, which a node keeps to itself. */
function facesFabric(journey: Journey, { node, device }: Holder): boolean {
  if (device === undefined) return true;
  const namespace = journey.namespaces.ofNode(node);
  if (device === node.nic) return true;
  if (tunnelOf(namespace, device) !== undefined) return false;
  return (
    !namespace.isBridge(device) && !isUnusedDevice(device) && journey.namespaces.peerOf(namespace, device) === undefined
  );
}

type Holder = { node: TopologyNode; device: string | undefined };

function arrive(
  journey: Journey,
  way: Way,
  from: NetNamespace,
  device: string,
  nextHop: number | undefined,
  holders: readonly Holder[],
): void {
  const { namespaces } = journey;
  const neighbour = nextHop === undefined ? undefined : from.neighbour(device, nextHop);
  const mac = neighbour?.value.mac;
  let target = holders[0]!;
  if (mac !== undefined) {
    const bearing = holders.find((holder) => nicMac(journey, holder) === mac);
    if (bearing !== undefined) target = bearing;
    else if (holders.every((holder) => nicMac(journey, holder) !== undefined)) {
      const { state, ip } = neighbour!.value;
      const said = `for ${ip} ${from.subject} has the MAC ${mac} (${state}), which is not ${target.node.subject}'s`;
      if (state === 'PERMANENT') {
        drop(journey, way, from.subject, 'neighbour-wrong-mac', said, neighbour!.source);
        return;
      }
      // Another machine claims the address, now and then with success.
      if (isOwnMac(journey, from, device, neighbour!)) {
        mayDrop(way, {
          on: from.subject,
          what: said,
          source: neighbour!.source,
          collect: `arping -I ${device} -c 3 ${ip}`,
        });
      }
    }
  }
  if (holders.length > 1 && (mac === undefined || nicMac(journey, target) !== mac)) {
    mayDrop(way, {
      on: from.subject,
      what: `which of ${holders.map(({ node }) => node.subject).join(' and ')} answers for the address that both have`,
      collect: `arping -I ${device} -c 3 ${formatIpv4(nextHop ?? way.packet.dst!.start)}`,
    });
  }
  const to = namespaces.ofNode(target.node);
  if (target.device === undefined && to.sampled) {
    stop(journey, way, {
      on: to.subject,
      what: `who translates ${formatIpv4(nextHop ?? way.packet.dst!.start)}, which the cluster knows ${to.subject} by and none of its devices bears`,
      collect: 'ip addr',
    });
    return;
  }
  const into = target.device ?? target.node.nic;
  if (!fitsReceiver(journey, way, from, device, to, into)) return;
  addStep(way, 'cluster', 'crossed-fabric', { device, detail: { from: from.subject, to: to.subject } });
  enter(way, from, to);
  if (nextHop !== undefined) way.nextHop = nextHop;
  journey.receive(way, to, into);
}

/** Whether machines answer for themselves, unlike in clouds whose network answers for all: other nodes' MACs are their own. */
function isOwnMac(journey: Journey, from: NetNamespace, device: string, { value }: Fact<Neighbour>): boolean {
  for (const node of journey.namespaces.topology.nodes.values()) {
    if (node === from.node) continue;
    for (const { ip, dev } of node.addresses) {
      const address = parseIpv4(ip);
      if (address === undefined || ip === value.ip) continue;
      const known = from.neighbour(device, address)?.value.mac;
      if (known !== undefined && known !== value.mac && known === journey.namespaces.ofNode(node).macOf(dev))
        return true;
    }
  }
  return false;
}

function nicMac(journey: Journey, { node, device }: Holder): string | undefined {
  return device === undefined ? undefined : journey.namespaces.ofNode(node).macOf(device);
}

/** A pod's address on the network between nodes: routed there in an underlay, unknown there where pods are in a tunnel's network. */
function toPodByFabric(
  journey: Journey,
  way: Way,
  from: NetNamespace,
  device: string,
  node: TopologyNode | undefined,
  nextHop: number,
): void {
  const address = formatIpv4(way.packet.dst!.start);
  const mode = podRouting(journey);
  if (mode === 'tunnels') {
    drop(
      journey,
      way,
      from.subject,
      'nobody-has-address',
      `the packet leaves by ${device} to ${formatIpv4(nextHop)}, but only the nodes' tunnels lead to ${address}`,
    );
    return;
  }
  if (node === undefined) {
    stop(journey, way, {
      on: from.subject,
      what: `which node the pod with ${address} is on`,
      collect: 'kubectl get pods -A -o wide',
    });
    return;
  }
  if (node.subject === from.subject) {
    drop(
      journey,
      way,
      from.subject,
      'loop',
      `the packet for ${address} leaves the node that the pod is on, by ${device}`,
    );
    return;
  }
  if (mode === 'nodes') {
    mayDrop(way, {
      on: 'cluster',
      what: `whether the router ${formatIpv4(nextHop)} has a route to ${address}`,
      collect: `ip route get ${address}`,
    });
  }
  const to = journey.namespaces.ofNode(node);
  const into = node.nic;
  const nics = new Set(
    node.addresses
      .filter(({ family, dev }) => family === 4 && dev !== 'lo' && facesFabric(journey, { node, device: dev }))
      .map(({ dev }) => dev),
  );
  if (nics.size > 1) {
    mayDivert(way, {
      on: node.subject,
      what: `by which of ${[...nics].sort().join(', ')} the network brings what is for ${address}`,
      collect: `tcpdump -ni any host ${address}`,
    });
  }
  addStep(way, 'cluster', 'crossed-fabric', { device, detail: { from: from.subject, to: to.subject } });
  enter(way, from, to);
  journey.receive(way, to, into);
}

const modes = new WeakMap<object, 'tunnels' | 'nodes' | 'fabric'>();

/** By what the nodes reach each other's pods: tunnels, routes to each other, or the network between them alone. */
function podRouting({ namespaces }: Journey): 'tunnels' | 'nodes' | 'fabric' {
  const known = modes.get(namespaces);
  if (known !== undefined) return known;
  let mode: 'tunnels' | 'nodes' | 'fabric' = 'fabric';
  for (const node of namespaces.topology.nodes.values()) {
    const namespace = namespaces.ofNode(node);
    for (const route of node.routes) {
      if (route.family !== 4 || route.type !== 'unicast' || route.via === undefined || route.dev === undefined)
        continue;
      if (route.dst.endsWith('/0')) continue;
      const link = namespace.links.get(route.dev)?.link ?? { name: route.dev, flags: [] };
      if (tunnelKindOf(namespace.cnis, link) !== undefined) {
        modes.set(namespaces, 'tunnels');
        return 'tunnels';
      }
      const viaNode = namespaces.topology.ownerOf(route.via).kind === 'node';
      const toPods = namespaces.topology.ownerOf(route.dst.slice(0, route.dst.indexOf('/'))).kind === 'pod';
      if (viaNode && toPods) mode = 'nodes';
    }
  }
  modes.set(namespaces, mode);
  return mode;
}

/** To an address that is nobody's here. Outside, somebody is taken to answer to the address that the packet came from. */
function leaveCluster(journey: Journey, way: Way, from: NetNamespace, device: string, nextHop: number): void {
  addStep(way, from.subject, 'left-the-cluster', { device, detail: { via: formatIpv4(nextHop) } });
  way.beyond = 'outside';
  if (way.direction === 'back') {
    journey.leaveCluster(way, from);
    return;
  }
  sendBack(way);
  enterFromOutside(journey, way, from);
}

/** What comes from outside for an address of the cluster. */
export function enterFromOutside(journey: Journey, way: Way, left?: NetNamespace): void {
  const { namespaces } = journey;
  const dst = way.packet.dst!.start;
  const holders = namespaces.holdersOf(dst).filter((each) => facesFabric(journey, each));
  const holder = holders.find(({ node }) => node === left?.node) ?? holders[0];
  const node = holder?.node ?? namespaces.podAt(dst)?.node ?? namespaces.holdersOf(dst)[0]?.node;
  const stranger = way.packet.src?.start;
  if (holder === undefined && node !== undefined && stranger !== undefined && stranger === way.nextHop) {
    // A machine on the nodes' own link may be a node that is not in the input.
    stop(journey, way, {
      on: 'cluster',
      what: `whether ${formatIpv4(stranger)} has a route back to ${formatIpv4(dst)}`,
      collect: `ip route get ${formatIpv4(dst)}`,
    });
    return;
  }
  const address = formatIpv4(dst);
  const back = way.direction === 'back';
  const at = left?.subject ?? 'cluster';
  if (holder === undefined && node !== undefined && podRouting(journey) === 'tunnels') {
    const by = back
      ? `the packet left with the pod's own address ${address}, to which nothing outside of the nodes has a route`
      : `nothing outside of the nodes has a route to the pod's address ${address}`;
    drop(journey, way, at, back ? 'no-way-back' : 'nobody-has-address', by);
    return;
  }
  if (node === undefined) {
    if (back)
      drop(journey, way, at, 'no-way-back', `nobody here is known to have ${address}: ${describePacket(way.packet)}`);
    else
      stop(journey, way, {
        on: 'cluster',
        what: `who has ${address}`,
        collect: 'kubectl get nodes,services -A -o wide',
      });
    return;
  }
  const to = namespaces.ofNode(node);
  addStep(way, 'cluster', 'crossed-fabric', { detail: { from: 'outside', to: to.subject } });
  forgetNetfilter(way);
  way.nextHop = dst;
  journey.receive(way, to, holder?.device ?? node.nic);
}
