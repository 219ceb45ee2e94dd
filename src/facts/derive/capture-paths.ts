import { type CaptureHop, type CapturePath, endText, type HopRole } from '../capture.js';
import { followFlows } from '../captures/path/follow.js';
import type { PathKnowledge, PlacedCapture } from '../captures/path/placed-capture.js';
import { CLUSTER, nodeSubject, type Source } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology, TopologyNode } from '../topology.js';
import { capturesOf, sourceOfPacket, type TakenCapture } from './captures-of.js';
import type { DeriveContext } from './derivation.js';

/** Flows that are told of one kind on one node. */
const MOST_TOLD = 4;

/** A path with where its last packet stands. */
export interface TracedPath extends CapturePath {
  source: Source;
}

/**
 * Follows flows through the captures of a bundle and makes known on which node, or between which, they were lost. A list that
 * is empty says that flows were followed past that place and none was lost there.
 */
export function deriveCapturePaths({ store, topology }: DeriveContext): TracedPath[] {
  const taken = capturesOf(store, topology);
  const paths = tracePaths(store, topology, taken);
  tell(store, topology, paths);
  findMisdelivered(store, topology, taken);
  findVaryingSources(store, topology, paths);
  return paths.filter(({ verdict }) => verdict !== 'answered');
}

/** All flows that were captured, those included that came through. */
export function tracePaths(store: FactStore, topology: Topology, taken: readonly TakenCapture[]): TracedPath[] {
  const placed = new Map<PlacedCapture, TakenCapture>();
  for (const capture of taken) {
    const { nodeName, iface, role, fact } = capture;
    if (iface !== undefined) placed.set({ node: nodeName, iface, role, summary: fact.value }, capture);
  }
  const captures = [...placed.keys()];
  return followFlows(captures, knowledgeOf(store, topology)).map((path): TracedPath => {
    const last = path.last;
    const of = captures.find(({ node, iface }) => node === last?.node && iface === last.iface);
    const fact = of === undefined ? undefined : placed.get(of)!.fact;
    return { ...path, source: fact === undefined ? {} : sourceOfPacket(fact, path.packets[0]) };
  });
}

function knowledgeOf(store: FactStore, topology: Topology): PathKnowledge {
  const nodeOf = (ip: string): TopologyNode | undefined => {
    const owner = topology.ownerOf(ip);
    return owner.kind === 'pod' || owner.kind === 'node' ? owner.node : undefined;
  };
  const mode = store.value(CLUSTER, 'cniMode');
  return {
    nodeOf: (ip) => nodeOf(ip)?.name,
    kindOf(ip) {
      const { kind } = topology.ownerOf(ip);
      if (kind === 'pod' || kind === 'node' || kind === 'external') return kind;
      return kind === 'unknown' ? undefined : 'service';
    },
    deviceOf(ip) {
      const owner = topology.ownerOf(ip);
      return owner.kind === 'pod' ? owner.pod?.hostDevice : undefined;
    },
    tunnelled(from) {
      if (mode === 'vxlan' || mode === 'geneve' || mode === 'ipip' || mode === 'wireguard') return true;
      if (mode === 'host-gw' || mode === 'direct' || mode === 'underlay') return false;
      const kind = store.value(nodeSubject(from), 'tunnel');
      return kind === undefined ? undefined : kind !== 'none';
    },
  };
}

/** A place at which flows are lost, as rules speak of it. */
type Place =
  | 'capture.lost-forwarding-out'
  | 'capture.lost-encapsulating'
  | 'capture.sent-not-arrived'
  | 'capture.not-received'
  | 'capture.lost-decapsulating'
  | 'capture.lost-forwarding-in'
  | 'capture.left-outside-tunnel'
  | 'capture.pod-silent'
  | 'capture.left-unanswered';

/** Tunnel packets whose inner packet is for a pod of another node: they were sent to the wrong one, or came to it by chance. */
function findMisdelivered(store: FactStore, topology: Topology, taken: readonly TakenCapture[]): void {
  const ownerOf = (ip: string): TopologyNode | undefined => {
    const owner = topology.ownerOf(ip);
    return owner.kind === 'pod' ? owner.node : undefined;
  };
  for (const { node, role, fact } of taken) {
    if (node === undefined || role !== 'nic') continue;
    for (const { tunnel, client, server, forward, reverse, protocol } of fact.value.conversations) {
      if (tunnel === undefined) continue;
      const [from, to] = [ownerOf(client.ip), ownerOf(server.ip)];
      if (from === undefined || to === undefined || from === node || to === node) continue;
      const packet = forward.packets > 0 ? forward.firstPacket : reverse.firstPacket;
      const value = [
        `${endText(client)} > ${endText(server)} ${protocol}: between ${from.name} and ${to.name}, on ${node.name}`,
      ];
      store.add({ subject: node.subject, name: 'capture.misdelivered', value, source: sourceOfPacket(fact, packet) });
      break;
    }
  }
}

/** Nodes that send the tunnel's packets with one outer source, and with another. */
function findVaryingSources(store: FactStore, topology: Topology, paths: readonly TracedPath[]): void {
  const sources = new Map<string, Map<string, Source>>();
  for (const { hops, clientNode, serverNode, source } of paths) {
    for (const { role, node, tunnel, forward, reverse } of hops) {
      if (role !== 'nic' || tunnel === undefined || clientNode === serverNode) continue;
      // Outer addresses stand as the client's packets have them, or its packets would.
      const [from, seen] = node === clientNode ? [tunnel.from, forward] : [tunnel.to, reverse];
      if (seen === 0 || (node !== clientNode && node !== serverNode)) continue;
      const known = sources.get(node) ?? new Map<string, Source>();
      if (!known.has(from)) known.set(from, source);
      sources.set(node, known);
    }
  }
  for (const [node, outer] of sources) {
    const subject = topology.nodes.get(node)?.subject;
    if (subject === undefined) continue;
    const value = outer.size > 1 ? [...outer.keys()].sort() : [];
    store.add({ subject, name: 'capture.tunnel-sources-vary', value, source: [...outer.values()][0]! });
  }
}

interface Told {
  values: string[];
  source: Source;
  largeOnly: boolean;
}

function tell(store: FactStore, topology: Topology, paths: readonly TracedPath[]): void {
  const lost = new Map<string, Map<Place, Told>>();
  for (const path of paths) {
    if (path.last === undefined) continue;
    for (const [node, place] of placesOf(path)) {
      let onNode = lost.get(node);
      if (onNode === undefined) {
        onNode = new Map();
        lost.set(node, onNode);
      }
      const told = onNode.get(place);
      if (told === undefined)
        onNode.set(place, { values: [hopText(path)], source: path.source, largeOnly: path.largeOnly });
      else {
        if (told.values.length < MOST_TOLD) told.values.push(hopText(path));
        told.largeOnly &&= path.largeOnly;
      }
    }
  }
  const add = (node: string, name: string, value: string[] | boolean, source: Source) => {
    const subject = topology.nodes.get(node)?.subject;
    if (subject !== undefined) store.add({ subject, name, value, source });
  };
  for (const [node, places] of lost) {
    for (const [place, { values, source }] of places) add(node, place, values, source);
    const told = [...places.values()];
    add(
      node,
      'capture.only-large-lost',
      told.every(({ largeOnly }) => largeOnly),
      told[0]!.source,
    );
  }
  for (const [node, places] of passedBy(paths)) {
    for (const [place, source] of places) if (lost.get(node)?.get(place) === undefined) add(node, place, [], source);
  }
}

/** On whom it is told that a flow was lost there: of two nodes on both, each in its part. */
function placesOf(path: TracedPath): [string, Place][] {
  const { verdict, last, next, direction, hops } = path;
  if (last === undefined) return [];
  if (verdict === 'other-way') return [[last.node, 'capture.left-outside-tunnel']];
  if (verdict === 'unanswered') {
    return [[last.node, last.role === 'pod' && last !== hops[0] ? 'capture.pod-silent' : 'capture.left-unanswered']];
  }
  if (verdict !== 'lost' || next === undefined) return [];
  return placesBetween(path, last, next, direction);
}

/** What lies between two places that follow each other on a flow's way. */
function placesBetween(
  { hops }: TracedPath,
  before: CaptureHop,
  after: CaptureHop,
  direction: CapturePath['direction'],
): [string, Place][] {
  const { node } = before;
  if (node !== after.node) {
    // Between other devices of the two it may have been either node or the network.
    if (before.role !== 'nic' || after.role !== 'nic') return [];
    return [
      [node, 'capture.sent-not-arrived'],
      [after.node, 'capture.not-received'],
    ];
  }
  if (before.role === 'tunnel' && after.role === 'nic') return [[node, 'capture.lost-encapsulating']];
  if (before.role === 'nic' && after.role === 'tunnel') return [[node, 'capture.lost-decapsulating']];
  if (isLeaving(hops, before, after, direction)) return [[node, 'capture.lost-forwarding-out']];
  // Without the tunnel device between the two it may have been either.
  if (before.role === 'nic' && before.tunnel !== undefined) {
    return [
      [node, 'capture.lost-decapsulating'],
      [node, 'capture.lost-forwarding-in'],
    ];
  }
  return [[node, 'capture.lost-forwarding-in']];
}

const INWARD: Readonly<Record<HopRole, number>> = { pod: 0, bridge: 1, tunnel: 2, nic: 3 };

/** Towards the NIC or away from it; within one node, from the sender's half of the way. */
function isLeaving(
  hops: readonly CaptureHop[],
  before: CaptureHop,
  after: CaptureHop,
  direction: CapturePath['direction'],
): boolean {
  if (INWARD[before.role] !== INWARD[after.role]) return INWARD[after.role] > INWARD[before.role];
  const firstHalf = hops.indexOf(before) < hops.length / 2;
  return direction === 'request' ? firstHalf : !firstHalf;
}

/** Past which places flows went, each with the first that shows it. */
function passedBy(paths: readonly TracedPath[]): Map<string, Map<Place, Source>> {
  const passed = new Map<string, Map<Place, Source>>();
  const pass = (places: [string, Place][], source: Source) => {
    for (const [node, place] of places) {
      const onNode = passed.get(node) ?? new Map<Place, Source>();
      onNode.set(place, onNode.get(place) ?? source);
      passed.set(node, onNode);
    }
  };
  for (const path of paths) {
    const { hops, source } = path;
    for (let i = 1; i < hops.length; i += 1) {
      const [near, far] = [hops[i - 1]!, hops[i]!];
      if (near.forward > 0 && far.forward > 0) pass(placesBetween(path, near, far, 'request'), source);
      if (near.reverse > 0 && far.reverse > 0) pass(placesBetween(path, far, near, 'reply'), source);
      for (const hop of [near, far]) {
        if (hop.role === 'tunnel' && hop.forward > 0) pass([[hop.node, 'capture.left-outside-tunnel']], source);
      }
    }
  }
  return passed;
}

/** `10.244.1.5 > 10.244.2.7 icmp: on n1 veth1, not on n1 eth0`. */
function hopText({ protocol, client, server, last, next, direction, verdict, largeOnly }: CapturePath): string {
  const [from, to] = direction === 'request' ? [client, server] : [server, client];
  const flow = `${endText(from)} > ${endText(to)} ${protocol}${largeOnly ? ' (large)' : ''}`;
  const at = (hop: CaptureHop | undefined) => (hop === undefined ? '' : `${hop.node} ${hop.iface}`);
  if (verdict === 'lost' || verdict === 'other-way') return `${flow}: on ${at(last)}, not on ${at(next)}`;
  return `${flow}: on ${at(last)}, and no answer`;
}
