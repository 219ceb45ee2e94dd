import type { CaptureFinding, CaptureTunnelPath, Conversation } from '../capture.js';
import { isUnanswered } from '../captures/analysis/lookups.js';
import { findingsOf } from '../captures/findings.js';
import type { Source } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import { capturesOf, sourceOfPacket, type TakenCapture } from './captures-of.js';
import type { Derivation, DeriveContext } from './derivation.js';

/** Tunnel packets towards a peer that must have gone unanswered before silence means something. */
const ENOUGH_UNANSWERED = 3;

/**
 * What captures show, each by itself. A packet that is not there was perhaps not captured: most findings are true or unknown.
 * Where a flow was lost between two of them is `capture-paths`'.
 */
export const captures: Derivation = {
  id: 'captures',
  derive(context) {
    const { store } = context;
    const all = capturesOf(store, context.topology);
    const byNode = new Map<TopologyNode, TakenCapture[]>();
    for (const capture of all) {
      if (capture.node === undefined) continue;
      const own = byNode.get(capture.node);
      if (own === undefined) byNode.set(capture.node, [capture]);
      else own.push(capture);
    }
    for (const [node, own] of byNode) {
      const findings = new Map(own.map((capture) => [capture, findingsOf(capture.fact.value)]));
      findForeignReplies(store, node, findings);
      findFragNeeded(store, node, own);
      findProhibited(store, node, findings);
      findUnansweredTunnels(context, node, own, all);
      findUnansweredSyns(context, node, own);
      findStalledTransfers(store, node, own);
      findBadChecksums(store, node, own);
      findLookups(store, node, own);
    }
    findTunnelSources(context, all);
    findRedirects(store, all);
    findTwoMacs(store, all);
  },
};

type FindingsByCapture = ReadonlyMap<TakenCapture, readonly CaptureFinding[]>;

/** A SYN-ACK from an address that was not asked, and the client's reset: the reply came untranslated. */
function findForeignReplies(store: FactStore, node: TopologyNode, findings: FindingsByCapture): void {
  const name = 'capture.reply-from-other-address';
  let answered: Source | undefined;
  for (const [{ fact }, found] of findings) {
    const foreign = found.find(({ id }) => id === 'reply-from-other-address');
    if (foreign !== undefined) {
      store.add({ subject: node.subject, name, value: true, source: sourceOfPacket(fact, foreign.packets[1]) });
      return;
    }
    const right = fact.value.conversations.find(isAnswered);
    if (right !== undefined) answered ??= sourceOfPacket(fact, right.reverse.firstPacket);
  }
  if (answered !== undefined) store.add({ subject: node.subject, name, value: false, source: answered });
}

/** A connection whose SYN was answered by whom it asked. */
function isAnswered({ protocol, begun, reverse, fate }: Conversation): boolean {
  return protocol === 'tcp' && begun && reverse.isn !== undefined && fate !== 'unanswered';
}

function findFragNeeded(store: FactStore, node: TopologyNode, own: readonly TakenCapture[]): void {
  let smallest: { mtu: number; source: Source } | undefined;
  for (const { fact } of own) {
    for (const { mtu, packets } of fact.value.icmpErrors) {
      if (mtu === undefined || (smallest !== undefined && mtu >= smallest.mtu)) continue;
      smallest = { mtu, source: sourceOfPacket(fact, packets[0]) };
    }
  }
  if (smallest === undefined) return;
  store.add({ subject: node.subject, name: 'capture.frag-needed', value: smallest.mtu, source: smallest.source });
}

/** ICMP that says a filter refused the packet: who sent it is the one that filters. */
function findProhibited(store: FactStore, node: TopologyNode, findings: FindingsByCapture): void {
  const from = new Set<string>();
  let source: Source | undefined;
  for (const [{ fact }, found] of findings) {
    for (const finding of found) {
      if (finding.id !== 'admin-prohibited') continue;
      from.add(String(finding.values.from));
      source ??= sourceOfPacket(fact, finding.packets[0]);
    }
  }
  if (source === undefined) return;
  store.add({ subject: node.subject, name: 'capture.prohibited-by', value: [...from].sort(), source });
}

function findRedirects(store: FactStore, all: readonly TakenCapture[]): void {
  for (const { fact } of all) {
    const redirect = fact.value.icmpErrors.find(({ family, type }) => family === 4 && type === 5);
    if (redirect === undefined) continue;
    const source = sourceOfPacket(fact, redirect.packets[0]);
    store.add({ subject: CLUSTER, name: 'capture.redirects', value: true, source });
    return;
  }
}

/** Addresses that two MACs claimed on one link. Link-local ones are proxied by each veth's own MAC. */
function findTwoMacs(store: FactStore, all: readonly TakenCapture[]): void {
  const macs = new Map<string, Set<string>>();
  const twice = new Map<string, Source>();
  let first: Source | undefined;
  const claim = (where: string, ip: string, mac: string, source: Source) => {
    if (ip.startsWith('169.254.')) return;
    first ??= source;
    const key = `${where} ${ip}`;
    const known = macs.get(key);
    if (known === undefined) macs.set(key, new Set([mac]));
    else if (known.add(mac).size > 1 && !twice.has(ip)) twice.set(ip, source);
  };
  for (const { fact } of all) {
    for (const { ip, macs: claimed, packets } of fact.value.claims) {
      for (const mac of claimed) claim(fact.subject, ip, mac, sourceOfPacket(fact, packets[packets.length - 1]));
    }
  }
  for (const { subject, value, source } of store.all('address-claim')) claim(subject, value.ip, value.mac, source);
  if (first === undefined) return;
  store.add({
    subject: CLUSTER,
    name: 'capture.arp-two-macs',
    value: [...twice.keys()].sort(),
    source: [...twice.values()][0] ?? first,
  });
}

/** VXLAN, Geneve or IPIP: the outer header is between nodes. */
function tunnelsOf({ fact }: TakenCapture): CaptureTunnelPath[] {
  return fact.value.tunnels.filter(({ kind }) => kind !== 'wireguard');
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
function findTunnelSources({ store, topology }: DeriveContext, all: readonly TakenCapture[]): void {
  const owners = ownersByIp(topology);
  const right = new Map<TopologyNode, Source>();
  const wrong = new Map<TopologyNode, Source>();
  for (const capture of all) {
    for (const tunnel of tunnelsOf(capture)) {
      const source = sourceOfPacket(capture.fact, tunnel.examples[0]);
      const sender = owners.get(tunnel.from);
      if (sender) {
        const known = registered(sender);
        if (known.size === 0) continue;
        const into = known.has(tunnel.from) ? right : wrong;
        into.set(sender, into.get(sender) ?? source);
        continue;
      }
      // Nobody's address: it is this node's packet if another node is the receiver.
      const receiver = owners.get(tunnel.to);
      const { node } = capture;
      if (sender === undefined && receiver && node !== undefined && receiver !== node && node.object !== undefined) {
        wrong.set(node, wrong.get(node) ?? source);
      }
    }
  }
  for (const node of new Set([...right.keys(), ...wrong.keys()])) {
    const source = wrong.get(node) ?? right.get(node)!;
    store.add({ subject: node.subject, name: 'capture.tunnel-source-wrong', value: wrong.has(node), source });
  }
}

function findUnansweredTunnels(
  { topology, store }: DeriveContext,
  node: TopologyNode,
  own: readonly TakenCapture[],
  all: readonly TakenCapture[],
): void {
  const owners = ownersByIp(topology);
  const sent = new Map<TopologyNode, { count: number; source: Source }>();
  const heard = new Set<TopologyNode>();
  for (const capture of own) {
    for (const tunnel of tunnelsOf(capture)) {
      const from = owners.get(tunnel.from);
      const to = owners.get(tunnel.to);
      if (from && from !== node) heard.add(from);
      if (!to || to === node || (from && from !== node)) continue;
      const known = sent.get(to);
      if (known !== undefined) known.count += tunnel.packets;
      else sent.set(to, { count: tunnel.packets, source: sourceOfPacket(capture.fact, tunnel.examples[0]) });
    }
  }
  let decided: Source | undefined;
  for (const [peer, { count, source }] of sent) {
    // Where they came to the peer, the way there is not what is wrong.
    if (heard.has(peer) || hasReceived(all, peer, node)) decided ??= source;
    else if (count >= ENOUGH_UNANSWERED) {
      store.add({ subject: node.subject, name: 'capture.tunnel-unanswered', value: true, source });
      return;
    }
  }
  if (decided === undefined) return;
  store.add({ subject: node.subject, name: 'capture.tunnel-unanswered', value: false, source: decided });
}

/** Whether a capture on one node shows tunnel packets that another one sent. */
function hasReceived(all: readonly TakenCapture[], receiver: TopologyNode, sender: TopologyNode): boolean {
  return all.some(
    (capture) =>
      capture.node === receiver &&
      tunnelsOf(capture).some(({ from, to }) => sender.ips.has(from) && receiver.ips.has(to)),
  );
}

/** Connections that came in to the node or its pods: repeated SYNs without SYN-ACK, RST or ICMP error. */
function findUnansweredSyns(
  { store, topology }: DeriveContext,
  node: TopologyNode,
  own: readonly TakenCapture[],
): void {
  const name = 'capture.syn-unanswered';
  let answered: Source | undefined;
  for (const { fact } of own) {
    for (const conversation of fact.value.conversations) {
      if (conversation.protocol !== 'tcp' || (conversation.syns ?? 0) === 0) continue;
      if (!arrives(topology, node, conversation)) continue;
      const source = sourceOfPacket(fact, conversation.forward.firstPacket);
      if (conversation.reverse.packets > 0) answered ??= source;
      else if (conversation.fate === 'unanswered' && conversation.syns! >= 2) {
        store.add({ subject: node.subject, name, value: true, source });
        return;
      }
    }
  }
  if (answered !== undefined) store.add({ subject: node.subject, name, value: false, source: answered });
}

/** Whether the conversation is on its way to the node or a pod of it, and not from there. */
function arrives(topology: Topology, node: TopologyNode, { client, server }: Conversation): boolean {
  const target = topology.ownerOf(server.ip);
  const origin = topology.ownerOf(client.ip);
  const targetNode = target.kind === 'node' || target.kind === 'pod' ? target.node : undefined;
  const originNode = origin.kind === 'node' || origin.kind === 'pod' ? origin.node : undefined;
  if (originNode === node) return false;
  if (targetNode === node) return true;
  // An address that nobody is known to have, asked for by somebody who is known to be elsewhere.
  return targetNode === undefined && target.kind !== 'clusterip' && originNode !== undefined;
}

/** Payload above which a segment is a large one: more than any request line, less than any MTU in use. Bytes. */
const LARGE_PAYLOAD = 1000;

/** Connections that were established and then stood still at large segments, while small ones had passed. */
function findStalledTransfers(store: FactStore, node: TopologyNode, own: readonly TakenCapture[]): void {
  const name = 'capture.large-stalled';
  let passed: Source | undefined;
  for (const { fact } of own) {
    for (const { fate, stalled, forward, reverse, packets } of fact.value.conversations) {
      if (fate === 'stalled' && stalled !== undefined && stalled.payload >= LARGE_PAYLOAD) {
        store.add({ subject: node.subject, name, value: true, source: sourceOfPacket(fact, packets[0]) });
        return;
      }
      const large = Math.max(forward.largest, reverse.largest) >= LARGE_PAYLOAD;
      if (large && fate === 'closed') passed ??= sourceOfPacket(fact, forward.firstPacket);
    }
  }
  if (passed !== undefined) store.add({ subject: node.subject, name, value: false, source: passed });
}

/** Packets whose checksum is wrong and not merely left to the sender's NIC. */
function findBadChecksums(store: FactStore, node: TopologyNode, own: readonly TakenCapture[]): void {
  for (const { fact } of own) {
    const { badTransportChecksums, badIpChecksums } = fact.value;
    const bad = badTransportChecksums.count > 0 ? badTransportChecksums : badIpChecksums;
    if (bad.count === 0) continue;
    const source = sourceOfPacket(fact, bad.examples[0]);
    store.add({ subject: node.subject, name: 'capture.bad-checksums', value: true, source });
    return;
  }
}

/** How lookups went: without an answer, or answered only when they were asked again after five seconds. */
function findLookups(store: FactStore, node: TopologyNode, own: readonly TakenCapture[]): void {
  let unanswered: Source | undefined;
  let again: Source | undefined;
  let answered: Source | undefined;
  for (const { fact } of own) {
    for (const lookup of fact.value.lookups) {
      const { answeredAfter, packets, queries } = lookup;
      const source = sourceOfPacket(fact, packets[0]);
      if (isUnanswered(lookup, fact.value.lastAt)) unanswered ??= source;
      else if (lookup.responses > 0) answered ??= source;
      // Resolvers ask again after five seconds.
      if (queries > 1 && answeredAfter !== undefined && answeredAfter > 4.5 && answeredAfter < 20) again ??= source;
    }
  }
  const tell = (name: string, found: Source | undefined) => {
    const source = found ?? answered;
    if (source !== undefined) store.add({ subject: node.subject, name, value: found !== undefined, source });
  };
  tell('capture.dns-unanswered', unanswered);
  tell('capture.dns-asked-again', again);
}
