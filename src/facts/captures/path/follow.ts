import type { CaptureHop, CapturePath, Conversation } from '../../capture.js';
import { groupFlows, type Sighting } from './flow-group.js';
import { NOTHING_KNOWN, type PathKnowledge, type PlacedCapture } from './placed-capture.js';
import { routeOf } from './route.js';
import { type Step, stepsOf } from './step.js';
import { judge } from './verdict.js';

/** An IP packet that is larger than what passes where small ones do. Bytes. */
const LARGE = 1000;

/**
 * Follows each flow through the captures that were taken together: from the client's veth over bridge, tunnel device and NIC
 * to the server's, and back. A place that was not captured is passed over; one whose capture may have missed the flow (another
 * filter, another time) as well.
 */
export function followFlows(
  captures: readonly PlacedCapture[],
  knowledge: PathKnowledge = NOTHING_KNOWN,
): CapturePath[] {
  const paths: CapturePath[] = [];
  for (const group of groupFlows(captures)) {
    const path = follow(group, captures, knowledge);
    if (path !== undefined) paths.push(path);
  }
  markLarge(paths);
  return paths;
}

/** Flows of large packets alone that were lost where others pass. */
function markLarge(paths: readonly CapturePath[]): void {
  const passed = new Set<string>();
  for (const { hops } of paths) {
    for (let i = 1; i < hops.length; i += 1) {
      const [a, b] = [hops[i - 1]!, hops[i]!];
      if (a.forward > 0 && b.forward > 0) passed.add(placesText(a, b));
      if (a.reverse > 0 && b.reverse > 0) passed.add(placesText(b, a));
    }
  }
  for (const path of paths) {
    const { last, next, verdict, direction } = path;
    if (verdict !== 'lost' || last === undefined || next === undefined) continue;
    if (passed.has(placesText(last, next)) && isLarge(last, direction)) path.largeOnly = true;
  }
}

function placesText(from: CaptureHop, to: CaptureHop): string {
  return `${from.node} ${from.iface} > ${to.node} ${to.iface}`;
}

function isLarge({ forward, reverse, bytes }: CaptureHop, direction: CapturePath['direction']): boolean {
  const packets = direction === 'request' ? forward : reverse;
  return bytes[direction] >= packets * LARGE;
}

function follow(
  group: readonly Sighting[],
  captures: readonly PlacedCapture[],
  knowledge: PathKnowledge,
): CapturePath | undefined {
  const route = routeOf(group, captures, knowledge);
  const steps = stepsOf(route, group, captures, knowledge);
  if (steps.every(({ sightings }) => sightings.length === 0)) return undefined;
  const { protocol } = group[0]!.conversation;
  const asked = askedBy(steps);
  const path: CapturePath = {
    protocol,
    client: asked.client,
    server: asked.server,
    ...backendOf(asked.server, steps),
    ...(route.source === undefined ? {} : { clientNode: route.source }),
    ...(route.target === undefined ? {} : { serverNode: route.target }),
    startsAtPod: route.startsAtPod,
    endsAtPod: route.endsAtPod || route.tunnelled === true,
    begun: group.some(({ conversation }) => conversation.begun && conversation.forward.packets > 0),
    hops: steps.map(({ hop }) => hop),
    verdict: 'answered',
    direction: 'request',
    largeOnly: false,
    packets: [],
  };
  judge(path, steps, route);
  return path;
}

/** The ends as the first place saw them, before any translation. */
function askedBy(steps: readonly Step[]): Pick<Conversation, 'client' | 'server'> {
  const first = steps.find(({ sightings }) => sightings.length > 0)!;
  const forward = first.sightings.filter((conversation) => conversation.forward.packets > 0);
  const candidates = forward.length > 0 ? forward : first.sightings;
  return candidates.reduce((a, b) => (b.forward.firstPacket < a.forward.firstPacket ? b : a));
}

function backendOf(asked: Conversation['server'], steps: readonly Step[]): Pick<CapturePath, 'backend'> {
  for (const { sightings } of steps) {
    for (const { server } of sightings) if (server.ip !== asked.ip) return { backend: server };
  }
  return {};
}
