import { tunnelKindOf } from '../derive/devices.js';
import { formatIpv4, parseIpv4 } from '../derive/ipv4.js';
import type { Link } from '../model.js';
import { drop, type Journey, mayDrop, stop } from './journey.js';
import type { NetNamespace } from './namespace.js';
import { addStep, forgetNetfilter, host, type Inner, type Way } from './way.js';

type Kind = 'vxlan' | 'geneve' | 'ipip' | 'gre' | 'wireguard';

/** What the outer headers add to a packet over IPv4. Bytes. */
const OVERHEAD: Readonly<Record<Kind, number>> = { vxlan: 50, geneve: 50, ipip: 20, gre: 24, wireguard: 60 };
/** UDP ports where the device's line does not tell: the kernel's for VXLAN, IANA's for Geneve. */
const PORT: Readonly<Partial<Record<Kind, number>>> = { vxlan: 8472, geneve: 6081 };
const PROTO: Readonly<Record<Kind, string>> = {
  vxlan: 'udp',
  geneve: 'udp',
  wireguard: 'udp',
  ipip: 'ipencap',
  gre: 'gre',
};
/** A source port as tunnels choose them, from the flow's hash. */
const TUNNEL_SPORT = 50_000;
const ANY_MAC = '00:00:00:00:00:00';

const kindsByNamespace = new WeakMap<NetNamespace, Map<string, Kind | undefined>>();

/** The kind of a tunnel device; undefined for a device that is none. */
export function tunnelOf(namespace: NetNamespace, device: string): Kind | undefined {
  let kinds = kindsByNamespace.get(namespace);
  if (kinds === undefined) {
    kinds = new Map();
    kindsByNamespace.set(namespace, kinds);
  }
  if (!kinds.has(device)) kinds.set(device, kindOf(namespace, device));
  return kinds.get(device);
}

function kindOf(namespace: NetNamespace, device: string): Kind | undefined {
  const link = namespace.links.get(device)?.link ?? { name: device, flags: [] };
  if (link.kind === 'gre' || link.kind === 'gretap') return 'gre';
  return tunnelKindOf(namespace.cnis, link);
}

/** Puts the packet into another one for the tunnel's peer, and sends that. */
export function encapsulate(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  device: string,
  kind: Kind,
  nextHop: number,
): void {
  const link = namespace.links.get(device)?.link ?? { name: device, flags: [] };
  const inner: Inner = { packet: way.packet, size: way.size, mayFragment: way.mayFragment, device, kind };
  const peer =
    kind === 'vxlan'
      ? vxlanPeer(journey, way, namespace, link, inner, nextHop)
      : plainPeer(journey, way, namespace, link, kind, nextHop);
  if (peer === undefined) return;
  const port = link.vxlan?.port ?? PORT[kind];
  if (link.vxlan?.port !== undefined) inner.port = link.vxlan.port;
  if (link.vxlan?.id !== undefined) inner.vni = link.vxlan.id;
  const local = parseIpv4(link.vxlan?.local ?? link.tunnel?.local ?? '');
  const outer: Way['packet'] = {
    proto: PROTO[kind],
    src: local === undefined ? undefined : host(local),
    dst: host(peer),
    sport: port === undefined ? undefined : [TUNNEL_SPORT, TUNNEL_SPORT],
    dport: port === undefined ? undefined : [port, port],
    state: 'NEW',
    translated: { dst: false, src: false },
    // The outer packet keeps the inner one's mark (iptunnel_xmit): KUBE-MARK-MASQ's bit meets KUBE-POSTROUTING again.
    mark: way.packet.mark,
    connmark: 0,
  };
  if (!fitsOutside(journey, way, namespace, outer, kind, link)) return;
  way.packet = outer;
  way.size += OVERHEAD[kind];
  // VXLAN and Geneve leave DF off; IP tunnels copy it from the inner packet.
  way.mayFragment = kind === 'vxlan' || kind === 'geneve' || kind === 'wireguard' || way.mayFragment;
  way.current = undefined;
  way.inner.push(inner);
  addStep(way, namespace.subject, 'encapsulated', {
    device,
    detail: { kind, to: formatIpv4(peer), size: String(way.size) },
  });
  journey.send(way, namespace, link.vxlan?.dev);
}

/**
 * A tunnel tells the sender's own socket when the outer packet is larger than its way (skb_tunnel_check_pmtu): with DF it gets
 * "message too long", TCP sends less. What is merely forwarded into the tunnel is not told, and its outer packet is cut.
 */
function fitsOutside(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  outer: Way['packet'],
  kind: Kind,
  link: Link,
): boolean {
  if (way.sentBy !== namespace.subject || way.mayFragment || outer.dst === undefined) return true;
  const decision = namespace.routing.lookup({
    src: outer.src?.start,
    dst: outer.dst.start,
    mark: outer.mark,
    iif: 'lo',
  });
  const device = decision.kind === 'unicast' ? decision.hops[0]?.dev : undefined;
  const mtu = device === undefined ? undefined : namespace.mtuOf(device);
  if (mtu === undefined || way.size + OVERHEAD[kind] <= mtu) return true;
  const room = mtu - OVERHEAD[kind];
  if (way.packet.proto === 'tcp') {
    way.size = room;
    return true;
  }
  drop(
    journey,
    way,
    namespace.subject,
    'mtu-exceeded',
    `${way.size} bytes with DF and ${OVERHEAD[kind]} of ${link.name} do not fit ${device}'s MTU of ${mtu}`,
    namespace.links.get(link.name)?.source,
  );
  return false;
}

/** The tunnel endpoint that the neighbour's MAC and the forwarding database lead to. Undefined where the way ended. */
function vxlanPeer(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  link: Link,
  inner: Inner,
  nextHop: number,
): number | undefined {
  const { subject } = namespace;
  const { name } = link;
  const fixed = parseIpv4(link.tunnel?.remote ?? '');
  const own = namespace.macOf(name);
  if (own !== undefined) inner.srcMac = own;
  const address = formatIpv4(nextHop);
  const neighbour = namespace.neighbour(name, nextHop);
  if (neighbour?.value.state === 'FAILED' || neighbour?.value.state === 'INCOMPLETE') {
    drop(
      journey,
      way,
      subject,
      'neighbour-failed',
      `no MAC for ${address} on ${name}: neighbour ${neighbour.value.state}`,
      neighbour.source,
    );
    return undefined;
  }
  const mac = neighbour?.value.mac;
  if (mac === undefined) {
    const missing = { on: subject, what: `the neighbour ${address} of ${name}`, collect: `ip neigh show dev ${name}` };
    // A CNI that keeps neighbours itself turns learning off: who is not among them is not reached.
    if (namespace.neighboursKnown && link.vxlan?.learning === false && fixed === undefined) {
      drop(
        journey,
        way,
        subject,
        'neighbour-failed',
        `${name} has no neighbour entry for ${address}`,
        namespace.links.get(name)?.source,
      );
      return undefined;
    }
    if (fixed === undefined) {
      stop(journey, way, missing);
      return undefined;
    }
    mayDrop(way, missing);
    return fixed;
  }
  inner.dstMac = mac;
  addStep(way, subject, 'neighbour-found', {
    device: name,
    source: neighbour!.source,
    detail: { ip: address, mac, state: neighbour!.value.state },
  });
  const entries = [...namespace.fdb(name, mac), ...namespace.fdb(name, ANY_MAC)];
  for (const { value, source } of entries) {
    const peer = parseIpv4(value.dst ?? '');
    if (peer === undefined) continue;
    addStep(way, subject, 'neighbour-found', {
      device: name,
      source,
      detail: { ip: value.dst!, mac: value.mac, state: 'fdb' },
    });
    return peer;
  }
  if (fixed !== undefined) return fixed;
  if (namespace.fdbKnown) {
    drop(
      journey,
      way,
      subject,
      'no-forwarding-entry',
      `${name} has no forwarding entry for ${mac} (${address})`,
      neighbour!.source,
    );
  } else
    stop(journey, way, {
      on: subject,
      what: `the forwarding entry for ${mac} of ${name}`,
      collect: `bridge fdb show dev ${name}`,
    });
  return undefined;
}

/** The peer of a tunnel without frames: the device's own, or the next hop itself (Calico's tunl0). */
function plainPeer(
  journey: Journey,
  way: Way,
  namespace: NetNamespace,
  link: Link,
  kind: Kind,
  nextHop: number,
): number | undefined {
  const remote = parseIpv4(link.tunnel?.remote ?? '');
  if (remote !== undefined) return remote;
  if (kind === 'ipip' || kind === 'gre') return nextHop;
  stop(journey, way, {
    on: namespace.subject,
    what: `the peer that ${link.name} (${kind}) has for ${formatIpv4(nextHop)}`,
    collect: kind === 'wireguard' ? `wg show ${link.name}` : `ip -d link show ${link.name}`,
  });
  return undefined;
}

/** Takes the inner packet out of an outer one that arrived, as the namespace's own tunnel device does. */
export function decapsulate(journey: Journey, way: Way, namespace: NetNamespace): void {
  const inner = way.inner.pop()!;
  const { subject } = namespace;
  const device = takerOf(namespace, inner, way);
  if (device === undefined) {
    if (!namespace.linksKnown) {
      stop(journey, way, { on: subject, what: `its ${inner.kind} device`, collect: 'ip -d link' });
      return;
    }
    const port =
      inner.port === undefined
        ? ''
        : ` on UDP port ${inner.port}${inner.vni === undefined ? '' : ` with VNI ${inner.vni}`}`;
    drop(
      journey,
      way,
      subject,
      'nobody-listens',
      `no ${inner.kind} device of ${subject} takes the packet${port}`,
      namespace.links.values().next().value?.source,
    );
    return;
  }
  const linkSource = namespace.links.get(device.name)!.source;
  const fault = namespace.deviceFault(device.name);
  if (fault !== undefined) {
    drop(journey, way, subject, fault, `${device.name} is down, so that nobody takes its packets`, linkSource);
    return;
  }
  if (inner.dstMac !== undefined && device.mac !== undefined && inner.dstMac !== device.mac) {
    drop(
      journey,
      way,
      subject,
      'tunnel-mac-mismatch',
      `the frame is for ${inner.dstMac}, but ${device.name} has ${device.mac}`,
      linkSource,
    );
    return;
  }
  if (inner.srcMac !== undefined && inner.srcMac === device.mac) {
    drop(
      journey,
      way,
      subject,
      'tunnel-own-mac',
      `the frame comes from ${inner.srcMac}, which is ${device.name}'s own MAC`,
      linkSource,
    );
    return;
  }
  way.packet = inner.packet;
  way.size = inner.size;
  way.mayFragment = inner.mayFragment;
  forgetNetfilter(way);
  addStep(way, subject, 'decapsulated', { device: device.name, source: linkSource, detail: { kind: inner.kind } });
  journey.receive(way, namespace, device.name);
}

/** The tunnel's device that takes a packet. */
function takerOf(namespace: NetNamespace, inner: Inner, way: Way): Link | undefined {
  for (const { link } of namespace.links.values()) if (takes(namespace, link, inner, way)) return link;
  return undefined;
}

function takes(namespace: NetNamespace, link: Link, inner: Inner, way: Way): boolean {
  const kind = tunnelOf(namespace, link.name);
  if (kind !== inner.kind) return false;
  if (kind === 'vxlan' || kind === 'geneve') {
    // A port that no output tells may be any: each product has its own.
    const port = link.vxlan?.port;
    if (port !== undefined && inner.port !== undefined && port !== inner.port) return false;
    return inner.vni === undefined || link.vxlan?.id === undefined || inner.vni === link.vxlan.id;
  }
  const remote = parseIpv4(link.tunnel?.remote ?? '');
  return remote === undefined || remote === way.packet.src?.start;
}
