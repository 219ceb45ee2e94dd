import type { Fact, Packet, Source, Subject } from '../model.js';
import { CLUSTER, nodeSubject, partsOf, subjectOf } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { Derivation, DeriveContext } from './derivation.js';
import { devicesOf } from './devices.js';

/** The packets of one capture file, in order. */
interface Capture {
  subject: Subject;
  iface: string;
  node?: TopologyNode;
  packets: readonly Fact<Packet>[];
}

/** Tunnel packets towards a peer that must have gone unanswered before silence means something. */
const ENOUGH_UNANSWERED = 3;

/** What captures show. A packet that is not there was perhaps not captured: most findings are true or unknown. */
export const captures: Derivation = {
  id: 'captures',
  derive(context) {
    const all = capturesOf(context);
    const byNode = new Map<TopologyNode, Capture[]>();
    for (const capture of all) {
      if (capture.node === undefined) continue;
      const own = byNode.get(capture.node);
      if (own === undefined) byNode.set(capture.node, [capture]);
      else own.push(capture);
    }
    for (const [node, own] of byNode) {
      findForeignReplies(context.store, node, own);
      findFragNeeded(context.store, node, own);
      findUnansweredTunnels(context, node, own);
      findUnansweredSyns(context, node, own);
      findLostOnNode(context, node, own);
    }
    findTunnelSources(context, all);
    findRedirects(context.store, all);
    findTwoMacs(context.store);
  },
};

function capturesOf({ store, topology }: DeriveContext): Capture[] {
  return store.subjects('capture').map((subject) => {
    const [name = '', iface = ''] = partsOf(subject);
    const node = topology.nodeOf(subject) ?? topology.nodeOf(nodeSubject(name));
    const capture: Capture = { subject, iface, packets: store.records(subject, 'packet') };
    if (node !== undefined) capture.node = node;
    return capture;
  });
}

/** The packet and those it carries. */
function* layers(packet: Packet): Generator<Packet> {
  let layer: Packet | undefined = packet;
  // Parsers nest no deeper than a few; a loop of records is not to be trusted.
  for (let depth = 0; layer !== undefined && depth < 8; depth += 1) {
    yield layer;
    layer = layer.inner;
  }
}

function isSyn(packet: Packet): boolean {
  return packet.proto === 'tcp' && /^S(?:[EWA]*)$/.test(packet.flags ?? '') && !packet.flags!.includes('.');
}

function isSynAck(packet: Packet): boolean {
  return packet.proto === 'tcp' && (packet.flags ?? '').includes('S') && packet.flags!.includes('.');
}

/** SYN to A, SYN-ACK from B to the same client port, RST of the client to B: the reply came untranslated. */
function findForeignReplies(store: FactStore, node: TopologyNode, own: readonly Capture[]): void {
  let answered: Source | undefined;
  for (const capture of own) {
    const asked = new Map<string, Set<string>>();
    const foreign = new Map<string, Source>();
    for (const fact of capture.packets) {
      for (const packet of layers(fact.value)) {
        if (packet.proto !== 'tcp') continue;
        const from = `${packet.src} ${packet.sport ?? ''}`;
        const to = `${packet.dst} ${packet.dport ?? ''}`;
        if (isSyn(packet)) {
          const targets = asked.get(from);
          if (targets === undefined) asked.set(from, new Set([packet.dst]));
          else targets.add(packet.dst);
        } else if (isSynAck(packet)) {
          const targets = asked.get(to);
          if (targets === undefined) continue;
          if (targets.has(packet.src)) answered ??= fact.source;
          // On a bridge the translated SYN is seen too: what decides is that the client resets the answer.
          foreign.set(`${to} ${from}`, fact.source);
        } else if ((packet.flags ?? '').includes('R')) {
          const source = foreign.get(`${from} ${to}`);
          if (source === undefined || firstTarget(asked, from) === packet.dst) continue;
          store.add({ subject: node.subject, name: 'capture.reply-from-other-address', value: true, source });
          return;
        }
      }
    }
  }
  if (answered === undefined) return;
  store.add({ subject: node.subject, name: 'capture.reply-from-other-address', value: false, source: answered });
}

/** What the client itself asked: the first SYN from its port, before any translation. */
function firstTarget(asked: ReadonlyMap<string, ReadonlySet<string>>, client: string): string | undefined {
  for (const target of asked.get(client) ?? []) return target;
  return undefined;
}

function findFragNeeded(store: FactStore, node: TopologyNode, own: readonly Capture[]): void {
  let smallest: { mtu: number; source: Source } | undefined;
  for (const capture of own) {
    for (const fact of capture.packets) {
      for (const packet of layers(fact.value)) {
        const match = packet.proto === 'icmp' ? /need to frag \(mtu (\d{1,5})\)/.exec(packet.info ?? '') : null;
        const mtu = match === null ? 0 : Number(match[1]);
        if (mtu > 0 && (smallest === undefined || mtu < smallest.mtu)) smallest = { mtu, source: fact.source };
      }
    }
  }
  if (smallest === undefined) return;
  store.add({ subject: node.subject, name: 'capture.frag-needed', value: smallest.mtu, source: smallest.source });
}

function findRedirects(store: FactStore, all: readonly Capture[]): void {
  for (const capture of all) {
    for (const fact of capture.packets) {
      if (fact.value.proto !== 'icmp' || !/^redirect/.test(fact.value.info ?? '')) continue;
      store.add({ subject: CLUSTER, name: 'capture.redirects', value: true, source: fact.source });
      return;
    }
  }
}

/** Addresses that two MACs claimed on one link. Link-local ones are proxied by each veth's own MAC. */
function findTwoMacs(store: FactStore): void {
  const claims = new Map<string, Set<string>>();
  const twice = new Map<string, Source>();
  let first: Source | undefined;
  for (const fact of store.all('packet')) {
    const { proto, info, src, mac } = fact.value;
    if (proto !== 'arp' || info !== 'is-at' || mac === undefined || src.startsWith('169.254.')) continue;
    first ??= fact.source;
    const key = `${fact.subject} ${src}`;
    const macs = claims.get(key);
    if (macs === undefined) claims.set(key, new Set([mac.toLowerCase()]));
    else {
      macs.add(mac.toLowerCase());
      if (macs.size > 1 && !twice.has(src)) twice.set(src, fact.source);
    }
  }
  if (first === undefined) return;
  store.add({
    subject: CLUSTER,
    name: 'capture.arp-two-macs',
    value: [...twice.keys()].sort(),
    source: [...twice.values()][0] ?? first,
  });
}

/** VXLAN, Geneve or IPIP: the outer header is between nodes. */
function isTunnelPacket(packet: Packet): boolean {
  if (packet.proto === 'vxlan') return true;
  if (packet.inner === undefined) return false;
  return packet.info === 'ipip' || packet.info?.startsWith('geneve') === true || packet.proto === 'udp';
}

function ownersByIp(topology: Topology): Map<string, TopologyNode | null> {
  const owners = new Map<string, TopologyNode | null>();
  for (const node of topology.nodes.values()) {
    for (const ip of node.ips) owners.set(ip, owners.has(ip) && owners.get(ip) !== node ? null : node);
  }
  return owners;
}

/** The addresses by which the cluster knows a node; empty without its object. */
function registered(node: TopologyNode): Set<string> {
  const known = new Set(node.object?.ips ?? []);
  const publicIp = node.object?.annotations['flannel.alpha.coreos.com/public-ip'];
  if (publicIp !== undefined) known.add(publicIp);
  return known;
}

/** Outer sources that are an address of a node and not its registered one, or no node's address at all. */
function findTunnelSources({ store, topology }: DeriveContext, all: readonly Capture[]): void {
  const owners = ownersByIp(topology);
  const right = new Map<TopologyNode, Source>();
  const wrong = new Map<TopologyNode, Source>();
  for (const capture of all) {
    for (const fact of capture.packets) {
      const packet = fact.value;
      if (!isTunnelPacket(packet)) continue;
      const sender = owners.get(packet.src);
      if (sender) {
        const known = registered(sender);
        if (known.size === 0) continue;
        if (known.has(packet.src)) right.set(sender, right.get(sender) ?? fact.source);
        else wrong.set(sender, wrong.get(sender) ?? fact.source);
        continue;
      }
      // Nobody's address: it is this node's packet if another node is the receiver.
      const receiver = owners.get(packet.dst);
      if (sender === undefined && receiver && capture.node !== undefined && receiver !== capture.node) {
        if (capture.node.object !== undefined) wrong.set(capture.node, wrong.get(capture.node) ?? fact.source);
      }
    }
  }
  for (const node of new Set([...right.keys(), ...wrong.keys()])) {
    const source = wrong.get(node) ?? right.get(node)!;
    store.add({ subject: node.subject, name: 'capture.tunnel-source-wrong', value: wrong.has(node), source });
  }
}

function findUnansweredTunnels({ topology, store }: DeriveContext, node: TopologyNode, own: readonly Capture[]): void {
  const owners = ownersByIp(topology);
  const sent = new Map<TopologyNode, { count: number; source: Source }>();
  const heard = new Set<TopologyNode>();
  for (const capture of own) {
    for (const fact of capture.packets) {
      const packet = fact.value;
      if (!isTunnelPacket(packet)) continue;
      const from = owners.get(packet.src);
      const to = owners.get(packet.dst);
      if (from && from !== node) heard.add(from);
      if (!to || to === node || (from && from !== node)) continue;
      const known = sent.get(to);
      if (known === undefined) sent.set(to, { count: 1, source: fact.source });
      else known.count += 1;
    }
  }
  let decided: Source | undefined;
  for (const [peer, { count, source }] of sent) {
    if (heard.has(peer)) decided ??= source;
    else if (count >= ENOUGH_UNANSWERED) {
      store.add({ subject: node.subject, name: 'capture.tunnel-unanswered', value: true, source });
      return;
    }
  }
  if (decided === undefined) return;
  store.add({ subject: node.subject, name: 'capture.tunnel-unanswered', value: false, source: decided });
}

interface Attempt {
  syns: number;
  answered: boolean;
  source: Source;
}

/** Connections that came in to the node or its pods: repeated SYNs without SYN-ACK, RST or ICMP error. */
function findUnansweredSyns({ store, topology }: DeriveContext, node: TopologyNode, own: readonly Capture[]): void {
  let answered: Source | undefined;
  for (const capture of own) {
    const attempts = new Map<string, Attempt>();
    for (const fact of capture.packets) {
      for (const packet of layers(fact.value)) {
        if (packet.proto !== 'tcp') continue;
        if (isSyn(packet)) {
          if (!arrives(topology, node, packet)) continue;
          const key = `${packet.src} ${packet.sport ?? ''} ${packet.dst} ${packet.dport ?? ''}`;
          const attempt = attempts.get(key);
          if (attempt === undefined) attempts.set(key, { syns: 1, answered: false, source: fact.source });
          else attempt.syns += 1;
        } else {
          const attempt = attempts.get(`${packet.dst} ${packet.dport ?? ''} ${packet.src} ${packet.sport ?? ''}`);
          if (attempt !== undefined) attempt.answered = true;
        }
      }
    }
    for (const attempt of attempts.values()) {
      if (attempt.answered) answered ??= attempt.source;
      else if (attempt.syns >= 2) {
        store.add({ subject: node.subject, name: 'capture.syn-unanswered', value: true, source: attempt.source });
        return;
      }
    }
  }
  if (answered === undefined) return;
  store.add({ subject: node.subject, name: 'capture.syn-unanswered', value: false, source: answered });
}

/** Whether the packet is on its way to the node or a pod of it, and not from there. */
function arrives(topology: Topology, node: TopologyNode, packet: Packet): boolean {
  const target = topology.ownerOf(packet.dst);
  const origin = topology.ownerOf(packet.src);
  const targetNode = target.kind === 'node' || target.kind === 'pod' ? target.node : undefined;
  const originNode = origin.kind === 'node' || origin.kind === 'pod' ? origin.node : undefined;
  if (originNode === node) return false;
  if (targetNode === node) return true;
  // An address that nobody is known to have, asked for by somebody who is known to be elsewhere.
  return targetNode === undefined && target.kind !== 'clusterip' && originNode !== undefined;
}

/** Echo requests to elsewhere that a pod's interface shows and the NIC, captured too, does not. */
function findLostOnNode({ store, topology }: DeriveContext, node: TopologyNode, own: readonly Capture[]): void {
  const devices = devicesOf(store, node);
  const podSide = new Set([...devices.bridges, ...devices.bridgedPods, ...devices.routedPods]);
  const nicSide = own.filter((capture) => capture.iface === devices.nic);
  if (nicSide.length === 0 && !sawNothing(store, node, devices.nic)) return;
  const onNic = new Set<string>();
  for (const capture of nicSide) {
    for (const fact of capture.packets) {
      for (const packet of layers(fact.value)) if (packet.info === 'echo request') onNic.add(packet.dst);
    }
  }
  const filtered = nicSide.every(({ packets }) => packets.length === 0) && !leavesBare(store, node, devices.nic);
  let seen: Source | undefined;
  let lost: { count: number; source: Source } | undefined;
  for (const capture of own) {
    if (!podSide.has(capture.iface) && !/^(?:veth|cali|lxc|ucni|eni[0-9a-f]{8}|cni\d)/.test(capture.iface)) continue;
    const requests = new Map<string, { count: number; source: Source }>();
    for (const fact of capture.packets) {
      const { info, src, dst } = fact.value;
      if (info !== 'echo request' || !isElsewhere(topology, node, dst) || !isLocalPod(topology, node, src)) continue;
      if (filtered && topology.ownerOf(dst).kind === 'pod') continue;
      const known = requests.get(dst);
      if (known === undefined) requests.set(dst, { count: 1, source: fact.source });
      else known.count += 1;
    }
    for (const [dst, request] of requests) {
      // Masquerading changes the source, not the target.
      if (onNic.has(dst)) seen ??= request.source;
      else if (request.count >= 2) lost ??= request;
    }
  }
  if (lost === undefined && seen === undefined) return;
  store.add({
    subject: node.subject,
    name: 'capture.veth-not-nic',
    value: lost !== undefined,
    source: (lost?.source ?? seen)!,
  });
}

/** A capture of the NIC without a packet is one that saw nothing: an empty file, or tcpdump's banner alone. */
function sawNothing(store: FactStore, node: TopologyNode, nic: string | undefined): boolean {
  if (nic === undefined) return false;
  const subject = subjectOf('capture', node.name, nic);
  if (store.value(subject, 'capture.packets') === 0) return true;
  return /\bempty\b/.test(store.whyUnknown(subject, 'packet')?.reason ?? '');
}

/**
 * Whether the pods' own packets would have been seen on the NIC. A person captures with a filter, mostly `icmp`, and what
 * a tunnel carries is none: tcpdump that listened and heard nothing tells only where pod traffic leaves as it is.
 */
function leavesBare(store: FactStore, node: TopologyNode, nic: string | undefined): boolean {
  if (nic !== undefined && store.value(subjectOf('capture', node.name, nic), 'capture.packets') === undefined)
    return true;
  const mode = store.value(CLUSTER, 'cniMode');
  return (
    mode === 'underlay' || mode === 'host-gw' || mode === 'direct' || store.value(node.subject, 'tunnel') === 'none'
  );
}

function isElsewhere(topology: Topology, node: TopologyNode, ip: string): boolean {
  const owner = topology.ownerOf(ip);
  if (owner.kind === 'clusterip' || owner.kind === 'loadbalancer') return false;
  if (owner.kind === 'external') return true;
  if (owner.kind === 'unknown') return false;
  return owner.node !== undefined && owner.node !== node;
}

function isLocalPod(topology: Topology, node: TopologyNode, ip: string): boolean {
  const owner = topology.ownerOf(ip);
  return owner.kind !== 'node' && !(owner.kind === 'pod' && owner.node !== undefined && owner.node !== node);
}
