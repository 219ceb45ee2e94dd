import type { CaptureHop, CaptureSummary, Conversation, HopRole } from '../../capture.js';
import { endsOf, networkOf } from './capture-ends.js';
import type { Sighting } from './flow-group.js';
import type { PathKnowledge, PlacedCapture } from './placed-capture.js';
import type { Route } from './route.js';

/** One place on a flow's way that was captured. */
export interface Step {
  capture: PlacedCapture;
  sightings: Conversation[];
  hop: CaptureHop;
}

/** The places on the way of a flow that were captured, in its order. */
export function stepsOf(
  route: Route,
  group: readonly Sighting[],
  captures: readonly PlacedCapture[],
  knowledge: PathKnowledge,
): Step[] {
  const way: PlacedCapture[] = [];
  const on = (node: string, role: HopRole) =>
    captures.filter((capture) => capture.node === node && capture.role === role);
  const add = (found: PlacedCapture[]) => way.push(...found.filter((capture) => !way.includes(capture)));
  const saw = (capture: PlacedCapture) => group.some((sighting) => sighting.capture === capture);
  const { source, target } = route;
  const sameNode = source !== undefined && source === target;
  // What a tunnel carries is for a pod.
  const endsAtPod = route.endsAtPod || (route.tunnelled === true && !sameNode);
  if (source !== undefined) {
    if (route.startsAtPod) {
      add(podCaptures(on(source, 'pod'), route.clients, knowledge));
      add(bridgesOf(on(source, 'bridge'), saw));
    } else add(on(source, 'bridge').filter(saw));
    if (!sameNode) {
      if (route.tunnelled !== false)
        add(on(source, 'tunnel').filter((capture) => saw(capture) || expectsTunnel(route, capture, group, 'client')));
      add(on(source, 'nic'));
    }
  }
  if (target !== undefined) {
    if (!sameNode) {
      // Where a reply goes whose client nobody knows, it need not leave the node.
      add(on(target, 'nic').filter((capture) => source !== undefined || saw(capture)));
      if (route.tunnelled !== false) {
        add(on(target, 'tunnel').filter((capture) => saw(capture) || expectsTunnel(route, capture, group, 'server')));
      }
      add(endsAtPod ? bridgesOf(on(target, 'bridge'), saw) : on(target, 'bridge').filter(saw));
    }
    if (endsAtPod || sameNode)
      add(podCaptures(on(target, 'pod'), route.servers, knowledge).filter((capture) => !way.includes(capture)));
  }
  // What saw it and has no place on the way that was thought of (a second NIC) comes where it was seen.
  for (const { capture } of group) {
    if (way.includes(capture) || capture.role === undefined) continue;
    // A node that is neither of the two is not on the way: it saw what was not for it.
    if (source !== undefined && target !== undefined && capture.node !== source && capture.node !== target) continue;
    if (capture.role === 'pod' && route.source !== undefined) continue;
    way.push(capture);
  }
  return way.map((capture) => stepOf(capture, group));
}

/**
 * Without knowledge of the cluster: whether packets of a pod on this node ought to have gone into the tunnel. The tunnel's
 * device has others to or from the same network; or they left with the pod's own address, which no network outside of the
 * tunnel knows.
 */
function expectsTunnel(
  route: Route,
  capture: PlacedCapture,
  group: readonly Sighting[],
  end: 'client' | 'server',
): boolean {
  if (route.tunnelled !== undefined) return route.tunnelled;
  if (!(end === 'client' ? route.startsAtPod : route.endsAtPod)) return false;
  if (capture.summary.packets > 0) {
    const { networks } = endsOf(capture.summary);
    for (const ip of end === 'client' ? route.servers : route.clients) if (networks.has(networkOf(ip))) return true;
  }
  const { node } = capture;
  const atPod = group.filter((sighting) => sighting.capture.node === node && sighting.capture.role === 'pod');
  return group.some(
    ({ capture: other, conversation }) =>
      other.node === node &&
      other.role === 'nic' &&
      conversation.tunnel === undefined &&
      atPod.some((pod) => pod.conversation[end].ip === conversation[end].ip),
  );
}

function podCaptures(found: PlacedCapture[], ips: ReadonlySet<string>, knowledge: PathKnowledge): PlacedCapture[] {
  const devices = new Set([...ips].map((ip) => knowledge.deviceOf(ip)).filter((device) => device !== undefined));
  const named = found.filter(({ iface }) => devices.has(iface));
  if (named.length > 0) return named;
  // A veth is the pod's whose address its other packets have; ends of forwarded ones may be anybody's.
  return found.filter(({ summary }) => isOwnVeth(summary, ips));
}

/** Whether one of the addresses is an end of everything that the veth saw, or of most of it. */
function isOwnVeth(summary: CaptureSummary, ips: ReadonlySet<string>): boolean {
  const { counts, most } = endsOf(summary);
  for (const ip of ips) if (counts.has(ip) && counts.get(ip) === most) return true;
  return false;
}

/** A bridge is on the way where it saw the flow, or where there is no other that could be meant. */
function bridgesOf(found: PlacedCapture[], saw: (capture: PlacedCapture) => boolean): PlacedCapture[] {
  const seen = found.filter(saw);
  return seen.length > 0 || found.length !== 1 ? seen : found;
}

function stepOf(capture: PlacedCapture, group: readonly Sighting[]): Step {
  const sightings = group.filter((sighting) => sighting.capture === capture).map(({ conversation }) => conversation);
  const hop: CaptureHop = {
    node: capture.node,
    iface: capture.iface,
    role: capture.role!,
    forward: sum(sightings.map(({ forward }) => forward.packets)),
    reverse: sum(sightings.map(({ reverse }) => reverse.packets)),
    bytes: {
      request: sum(sightings.map(({ forward }) => forward.bytes)),
      reply: sum(sightings.map(({ reverse }) => reverse.bytes)),
    },
  };
  const shown = sightings[0];
  if (shown !== undefined) {
    hop.client = shown.client;
    hop.server = shown.server;
    if (shown.tunnel !== undefined) hop.tunnel = shown.tunnel;
  }
  return { capture, sightings, hop };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
