import { formatIpv4 } from '../derive/ipv4.js';
import { carries } from './device-state.js';
import { drop, type Journey, mayDrop, stop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import { hasPodsInOvs, ovsFlows, staysInKernel } from './open-vswitch.js';
import { fitsReceiver } from './packet-size.js';
import type { MissingKnowledge } from './result.js';
import { encapsulate, tunnelOf } from './tunnel.js';
import { addStep, forgetNetfilter, type Way } from './way.js';

/** Puts a packet on a device, for the address on its link that is to take it. */
export function transmit(journey: Journey, way: Way, namespace: NetNamespace, device: string, nextHop: number): void {
  const { subject } = namespace;
  if (!carries(journey, way, namespace, device)) return;
  if (device === 'lo') {
    journey.receive(way, namespace, 'lo');
    return;
  }
  way.nextHop = nextHop;
  if (!staysInKernel(journey, way, namespace, device)) return;
  const tunnel = tunnelOf(namespace, device);
  if (tunnel !== undefined) {
    encapsulate(journey, way, namespace, device, tunnel, nextHop);
    return;
  }
  const neighbour = namespace.neighbour(device, nextHop);
  if (neighbour !== undefined) {
    const { state } = neighbour.value;
    if (state === 'FAILED' || state === 'INCOMPLETE') {
      const by = `nobody answered for ${formatIpv4(nextHop)} on ${device}: neighbour ${state}`;
      drop(journey, way, subject, 'neighbour-failed', by, neighbour.source);
      return;
    }
    addStep(way, subject, 'neighbour-found', {
      device,
      source: neighbour.source,
      detail: { ip: formatIpv4(nextHop), mac: neighbour.value.mac ?? '', state },
    });
  }
  if (namespace.isBridge(device)) {
    journey.bridge(way, namespace, device, null);
    return;
  }
  const peer = journey.namespaces.peerOf(namespace, device);
  if (peer !== undefined) {
    crossVeth(journey, way, namespace, device, peer.namespace, peer.device);
    return;
  }
  if (namespace.isPod) {
    stop(journey, way, {
      on: subject,
      what: `where the other end of ${device} is: which node ${subject} is on`,
      collect: 'kubectl get pods -A -o wide',
    });
    return;
  }
  if (leadsToPod(namespace, device)) {
    stop(journey, way, nobodyKnownBehind(namespace, device));
    return;
  }
  journey.crossFabric(way, namespace, device, nextHop);
}

/** Whether a device of a node is its end of a pod's veth: what leads to other machines has an address, or routes through a router. */
export function leadsToPod(namespace: NetNamespace, device: string): boolean {
  if (device === namespace.node?.nic) return false;
  // GKE gives such a device an address.
  if (namespace.cnis.isPodDevice(device)) return true;
  const link = namespace.links.get(device)?.link;
  const isVeth = link?.kind === 'veth' || /^if\d+$/.test(link?.peer ?? '');
  if (!isVeth || namespace.routing.hasAddress(device)) return false;
  return namespace.node?.routes.some(({ dev, via }) => dev === device && via !== undefined) !== true;
}

export function nobodyKnownBehind(namespace: NetNamespace, device: string): MissingKnowledge {
  return {
    on: namespace.subject,
    what: `which pod is behind ${device}`,
    source: namespace.links.get(device)?.source ?? {},
    collect: 'kubectl get pods -A -o wide; ip -d link',
  };
}

/** Through a veth into the namespace at its other end. */
export function crossVeth(
  journey: Journey,
  way: Way,
  from: NetNamespace,
  device: string,
  to: NetNamespace,
  peer: string | undefined,
): void {
  if (!fitsReceiver(journey, way, from, device, to, peer)) return;
  if (to.isPod && !answersFor(journey, way, to, peer)) return;
  if (from.isPod && peer !== undefined && nobodyAnswers(way, from, device, to, peer)) {
    const by = `nobody answers for ${formatIpv4(way.nextHop!)} on ${peer}: ${to.subject} does so only with proxy_arp and a route by another device`;
    drop(journey, way, to.subject, 'no-address', by, to.deviceSysctl(peer, 'proxy_arp')?.fact.source);
    return;
  }
  if (from.isPod && to.sampled && hasPodsInOvs(to) && !to.links.has(peer ?? '')) {
    stop(journey, way, ovsFlows(to, peer));
    return;
  }
  addStep(way, to.subject, 'crossed-veth', { device: peer, detail: { from: from.subject, by: device } });
  enter(way, from, to);
  journey.receive(way, to, peer);
}

/** The frame is for whoever has the next hop's address: in a pod nobody else takes it. */
function answersFor(journey: Journey, way: Way, pod: NetNamespace, device: string | undefined): boolean {
  const { nextHop } = way;
  if (nextHop === undefined || !pod.routing.addressesKnown || pod.routing.isLocal(nextHop)) return true;
  const proxies = device !== undefined && pod.deviceSysctl(device, 'proxy_arp')?.value === 1;
  if (proxies) return true;
  const source = pod.links.get(device ?? '')?.source;
  drop(
    journey,
    way,
    pod.subject,
    'no-address',
    `${pod.subject} does not have ${formatIpv4(nextHop)}, so nobody answers for it`,
    source,
  );
  return false;
}

/** What a packet leaves behind when it comes to another namespace: the mark and its place in conntrack. */
export function enter(way: Way, from: NetNamespace, to: NetNamespace): void {
  if (from !== to) forgetNetfilter(way);
}

/** Calico gives it to every workload's device, and relies on proxy ARP. */
const CALICO_MAC = 'ee:ee:ee:ee:ee:ee';
/** The node's ends of pods' veths by AWS' and Azure's CNIs, which write the gateway's MAC into the pod's neighbours. */
const ENTRY_GIVEN = /^(?:eni|vlan[0-9a-f]|azv)/;

/**
 * Whether a node is known not to answer on a pod's link for the address that the pod sends by: one of its own, or by proxy ARP
 * one that it forwards to by another device (arp_process). What the pod knows a MAC for needs no answer.
 */
function nobodyAnswers(way: Way, pod: NetNamespace, device: string, node: NetNamespace, peer: string): boolean {
  const { nextHop } = way;
  if (nextHop === undefined || !node.sampled || node.port(peer)?.master !== undefined) return false;
  if (pod.neighbour(device, nextHop)?.value.mac !== undefined || node.routing.isLocal(nextHop)) return false;
  const own = node.deviceSysctl(peer, 'proxy_arp');
  const all = node.deviceSysctl('all', 'proxy_arp');
  if (own?.value === 0 && (all === undefined || all.value === 0)) {
    if (pod.neighboursKnown || node.macOf(peer) === CALICO_MAC) return true;
    // A CNI that gives the pod an entry for its gateway needs no answer.
    if (!ENTRY_GIVEN.test(peer))
      mayDrop(way, {
        on: pod.subject,
        what: `whether ${pod.subject} has an entry of its own for ${formatIpv4(nextHop)}, for which ${peer} does not answer`,
        source: own.fact.source,
        collect: 'ip neigh',
      });
    return false;
  }
  if (own?.value !== 1 && all?.value !== 1) return false;
  const route = node.routing.lookup({ src: way.packet.src?.start, dst: nextHop, mark: 0, iif: peer });
  if (route.doubts.length > 0) return false;
  return route.kind !== 'unicast' || route.hops.every(({ dev }) => dev === peer);
}
