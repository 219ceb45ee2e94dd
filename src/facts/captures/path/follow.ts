import type { CaptureHop, CapturePath, CaptureSummary, Conversation, HopRole } from '../../capture.js';
import { endsOf, networkOf } from './capture-ends.js';
import { secondsBetween } from './capture-time.js';
import { groupFlows, type Sighting } from './flow-group.js';
import { NOTHING_KNOWN, type PathKnowledge, type PlacedCapture } from './placed-capture.js';

/** Seconds between two captures beyond which they were not taken together. */
const APART = 60;
/** Sequence numbers further apart than this are not of one numbering (tcpdump's relative ones). */
const ANY_WINDOW = 0x10000000;
/** An IP packet that is larger than what passes where small ones do. Bytes. */
const LARGE = 1000;

/** One place on a flow's way that was captured. */
interface Step {
  capture: PlacedCapture;
  sightings: Conversation[];
  hop: CaptureHop;
}

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

/** Where a flow begins and ends, as far as it is known. */
interface Route {
  source?: string;
  target?: string;
  /** Addresses of the client and the server, before and after translation. */
  clients: Set<string>;
  servers: Set<string>;
  /** Whether it travels between the nodes in a tunnel. */
  tunnelled: boolean | undefined;
  startsAtPod: boolean;
  endsAtPod: boolean;
}

function routeOf(group: readonly Sighting[], captures: readonly PlacedCapture[], knowledge: PathKnowledge): Route {
  const clients = new Set(group.map(({ conversation }) => conversation.client.ip));
  const servers = new Set(group.map(({ conversation }) => conversation.server.ip));
  const route: Route = { clients, servers, tunnelled: undefined, startsAtPod: false, endsAtPod: false };
  let source = nodeOfAny(clients, knowledge) ?? sourceBySight(group);
  const target = nodeOfAny(servers, knowledge) ?? targetBySight(group, source, captures, servers, knowledge);
  // Replies alone, in a tunnel: they are on their way to the other node.
  source ??= onlyOther(group, target, captures);
  if (source !== undefined) route.source = source;
  if (target !== undefined) route.target = target;
  route.startsAtPod = isPodSide(clients, source, group, knowledge);
  route.endsAtPod =
    isPodSide(servers, target, group, knowledge) || [...servers].some((ip) => knowledge.kindOf(ip) === 'pod');
  if (group.some(({ capture, conversation }) => capture.role === 'tunnel' || conversation.tunnel !== undefined)) {
    route.tunnelled = true;
  } else if (source !== undefined && target !== undefined && source !== target && route.endsAtPod) {
    route.tunnelled = knowledge.tunnelled(source, target);
  } else if ([...servers].some((ip) => ['node', 'external'].includes(knowledge.kindOf(ip) ?? ''))) {
    route.tunnelled = false;
  }
  return route;
}

function nodeOfAny(ips: Iterable<string>, knowledge: PathKnowledge): string | undefined {
  let node: string | undefined;
  for (const ip of ips) {
    const found = knowledge.nodeOf(ip);
    // A masqueraded source is the node's: the pod itself tells the same, and more.
    if (found !== undefined && (node === undefined || knowledge.kindOf(ip) === 'pod')) node = found;
  }
  return node;
}

/** The node on which it was seen first. */
function sourceBySight(group: readonly Sighting[]): string | undefined {
  let first: { at: number; node: string } | undefined;
  for (const { capture, conversation } of group) {
    const { forward } = conversation;
    if (forward.packets === 0) continue;
    if (first === undefined || secondsBetween(first.at, forward.firstAt) < 0)
      first = { at: forward.firstAt, node: capture.node };
  }
  return first?.node;
}

/** Another node that saw it; or, of a tunnelled flow, the only other one that was captured. */
function targetBySight(
  group: readonly Sighting[],
  source: string | undefined,
  captures: readonly PlacedCapture[],
  servers: ReadonlySet<string>,
  knowledge: PathKnowledge,
): string | undefined {
  const saw = group.find(({ capture }) => capture.node !== source)?.capture.node;
  if (saw !== undefined) return saw;
  if ([...servers].some((ip) => knowledge.kindOf(ip) === 'external')) return undefined;
  const other = onlyOther(group, source, captures);
  if (other !== undefined) return other;
  // On two veths of one node: from pod to pod.
  const veths = new Set(group.filter(({ capture }) => capture.role === 'pod').map(({ capture }) => capture.iface));
  return veths.size > 1 ? source : undefined;
}

/** Of a flow that travels in a tunnel: the other node, where there is only one that was captured. */
function onlyOther(
  group: readonly Sighting[],
  node: string | undefined,
  captures: readonly PlacedCapture[],
): string | undefined {
  if (node === undefined) return undefined;
  if (!group.some(({ conversation, capture }) => conversation.tunnel !== undefined || capture.role === 'tunnel')) {
    return undefined;
  }
  const others = new Set(captures.map((capture) => capture.node).filter((name) => name !== node));
  if (others.size !== 1) return undefined;
  const [other] = others;
  // The outer header tells whether it is that one, where the other's own address shows in what it captured.
  const outside = outerAddress(captures.filter((capture) => capture.node === other));
  if (outside === undefined) return other;
  const isThere = group.some(({ conversation: { tunnel } }) => tunnel?.from === outside || tunnel?.to === outside);
  return isThere || group.every(({ conversation }) => conversation.tunnel === undefined) ? other : undefined;
}

/** The one outer address that all tunnel packets of a node's NIC have, as source or target. */
function outerAddress(captures: readonly PlacedCapture[]): string | undefined {
  const tunnels = captures.filter(({ role }) => role === 'nic').flatMap(({ summary }) => summary.tunnels);
  const [first] = tunnels;
  if (first === undefined) return undefined;
  const common = [first.from, first.to].filter((ip) => tunnels.every(({ from, to }) => from === ip || to === ip));
  return common.length === 1 ? common[0] : undefined;
}

function isPodSide(
  ips: ReadonlySet<string>,
  node: string | undefined,
  group: readonly Sighting[],
  knowledge: PathKnowledge,
): boolean {
  for (const ip of ips) if (knowledge.kindOf(ip) === 'pod') return true;
  return group.some(({ capture, conversation }) => {
    if (capture.role !== 'pod' || capture.node !== node) return false;
    return ips.has(conversation.client.ip) || ips.has(conversation.server.ip);
  });
}

function stepsOf(
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

type DirectionName = 'forward' | 'reverse';

/** Decides where the flow was seen last, and where it should have been next. */
function judge(path: CapturePath, all: readonly Step[], route: Route): void {
  const steps = all.filter((step) => step.sightings.length > 0 || !mayHaveMissed(step, all, route));
  path.hops = steps.map(({ hop }) => hop);
  const back = [...steps].reverse();
  const requested = lastSeen(steps, 'forward');
  const replied = lastSeen(back, 'reverse');
  const whole = steps.flatMap(({ sightings }) => sightings);
  if (whole.every(({ fate }) => fate === 'pending')) return;
  if (replied === undefined) {
    if (requested === undefined) return;
    const outside = leftOutsideTunnel(steps, route);
    if (outside !== undefined) lose(path, 'other-way', 'request', outside.last, outside.next);
    else loseBehind(path, steps, requested, 'request');
    return;
  }
  const nearest = back.slice(0, replied + 1).at(-1)!;
  const missing = back[replied + 1];
  // A capture that began later saw the reply and not the request: what lies before it was not asked of it.
  if (missing !== undefined && nearest.sightings.every(({ fate }) => fate !== 'pending')) {
    if (missing.hop.reverse === 0) {
      const outside = leftOutsideTunnel(back, route, 'reverse');
      if (outside !== undefined) lose(path, 'other-way', 'reply', outside.last, outside.next);
      else lose(path, 'lost', 'reply', nearest, missing);
      return;
    }
  }
  if (route.target !== undefined && requested === undefined) {
    // Replies all the way and no request: the captures began in between.
    const outside = leftOutsideTunnel(back, route, 'reverse');
    if (outside !== undefined) {
      lose(path, 'other-way', 'reply', outside.last, outside.next);
      return;
    }
    if (whole.some(({ fate }) => fate === 'unconfirmed')) loseBehind(path, back, back.length - 1, 'reply');
    return;
  }
  const foreign = steps.find(({ sightings }) => isForeignReply(sightings));
  if (foreign !== undefined) {
    lose(path, 'untranslated', 'reply', foreign, undefined);
    return;
  }
  if (loseData(path, steps, 'forward') || loseData(path, back, 'reverse')) return;
  if (whole.some(({ fate }) => fate === 'refused')) lose(path, 'refused', 'request', steps[requested ?? 0]!, undefined);
  else if (requested !== undefined && requested < steps.length - 1 && whole.some(({ fate }) => fate === 'unanswered')) {
    loseBehind(path, steps, requested, 'request');
  }
}

/** The client asked one address, was answered by another, and reset that. */
function isForeignReply(sightings: readonly Conversation[]): boolean {
  return sightings.some(
    (reset) =>
      reset.fate === 'reset-by-client' &&
      sightings.some(
        (asked) => asked !== reset && asked.begun && asked.server.ip !== reset.server.ip && asked.reverse.packets === 0,
      ),
  );
}

/** Index of the last place, in the order of the way, that saw packets of a direction. */
function lastSeen(steps: readonly Step[], direction: DirectionName): number | undefined {
  for (let i = steps.length - 1; i >= 0; i -= 1) if (steps[i]!.hop[direction] > 0) return i;
  return undefined;
}

function loseBehind(
  path: CapturePath,
  steps: readonly Step[],
  index: number,
  direction: CapturePath['direction'],
): void {
  const next = steps[index + 1];
  lose(path, next === undefined ? 'unanswered' : 'lost', direction, steps[index]!, next);
}

function lose(
  path: CapturePath,
  verdict: CapturePath['verdict'],
  direction: CapturePath['direction'],
  last: Step,
  next: Step | undefined,
): void {
  path.verdict = verdict;
  path.direction = direction;
  path.last = last.hop;
  if (next !== undefined) path.next = next.hop;
  const side = direction === 'request' ? 'forward' : 'reverse';
  path.packets = last.sightings
    .flatMap((conversation) => {
      const { firstPacket, lastPacket } = conversation[side];
      return firstPacket === lastPacket ? [firstPacket] : [firstPacket, lastPacket];
    })
    .filter((packet) => packet > 0)
    .slice(0, 8);
}

/** A flow whose small packets pass, but bytes that were sent again at one place were never seen at the next. */
function loseData(path: CapturePath, steps: readonly Step[], direction: DirectionName): boolean {
  if (path.protocol !== 'tcp') {
    if (direction === 'reverse' || !isLargeEcho(steps)) return false;
  }
  let before: Step | undefined;
  for (const step of steps) {
    if (step.hop[direction] === 0) continue;
    if (before !== undefined && isBehind(before, step, direction)) {
      lose(path, 'lost', direction === 'forward' ? 'request' : 'reply', before, step);
      path.largeOnly = true;
      return true;
    }
    before = step;
  }
  return false;
}

function isLargeEcho(steps: readonly Step[]): boolean {
  return steps.some(({ sightings }) => sightings.some(({ forward }) => forward.largest > LARGE));
}

/** Whether a later place has seen less of the bytes than an earlier one, which saw them sent again. */
function isBehind(before: Step, after: Step, direction: DirectionName): boolean {
  const sent = before.sightings.filter((conversation) => conversation[direction].retransmissions > 1);
  if (sent.length === 0) return false;
  const furthest = Math.max(...sent.map((conversation) => conversation[direction].progress));
  return after.sightings.every((conversation) => {
    const arrived = conversation[direction];
    const ahead = (furthest - arrived.progress) | 0;
    return arrived.progress === 0 || (ahead > 0 && ahead < ANY_WINDOW);
  });
}

/** A NIC that saw it bare while it ought to have travelled in the tunnel, whose device did not see it. */
function leftOutsideTunnel(
  steps: readonly Step[],
  route: Route,
  direction: DirectionName = 'forward',
): { last: Step; next: Step } | undefined {
  if (route.tunnelled === false) return undefined;
  const tunnel = steps.findIndex(({ hop }) => hop.role === 'tunnel');
  const next = steps[tunnel];
  if (next === undefined || next.hop[direction] > 0) return undefined;
  const nic = steps
    .slice(tunnel + 1)
    .find(({ hop }) => hop.role === 'nic' && hop.node === next.hop.node && hop[direction] > 0);
  if (nic === undefined) return undefined;
  const left = nic.sightings.filter((conversation) => conversation[direction].packets > 0);
  if (left.some((conversation) => conversation.tunnel !== undefined)) return undefined;
  const last = steps.slice(0, tunnel).findLast(({ hop }) => hop[direction] > 0);
  return last === undefined ? undefined : { last, next };
}

/** Seconds at which a place saw the flow last. */
function lastSight({ sightings }: Step): number {
  return Math.max(...sightings.flatMap(({ forward, reverse }) => [forward, reverse]).map(({ lastAt }) => lastAt || 0));
}

/** Whether a capture that did not see the flow may have missed it: another time, or a filter that let it not through. */
function mayHaveMissed(step: Step, all: readonly Step[], route: Route): boolean {
  const { summary, role } = step.capture;
  const seen = all.filter(({ sightings }) => sightings.length > 0);
  if (summary.damaged === true && !(summary.lastAt >= Math.max(...seen.map(lastSight)))) return true;
  if (summary.packets === 0) {
    // A NIC is never silent: something was filtered. Who looks for the pods' addresses there does not see the tunnel's.
    if (role !== 'nic' || route.tunnelled !== true) return false;
    return !all.some(({ capture }) => capture.role === 'nic' && capture.summary.tunnels.length > 0);
  }
  const from = Math.min(...seen.map(({ capture }) => capture.summary.firstAt));
  const to = Math.max(...seen.map(({ capture }) => capture.summary.lastAt));
  if (summary.lastAt < from - APART || summary.firstAt > to + APART) return true;
  // What a tunnel carries a filter does not see: where others of its kind are, this one was looked for as well.
  if (role === 'nic' && route.tunnelled === true) return summary.tunnels.length === 0;
  // Of one protocol alone, and not of this one: tcpdump was told so.
  const protocol = seen[0]?.sightings[0]?.protocol;
  const { protocols } = endsOf(summary);
  return protocols.size === 1 && protocol !== undefined && !protocols.has(protocol);
}
