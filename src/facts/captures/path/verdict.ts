import type { CapturePath, Conversation } from '../../capture.js';
import { mayHaveMissed } from './missed.js';
import type { Route } from './route.js';
import type { Step } from './step.js';

/** Sequence numbers further apart than this are not of one numbering (tcpdump's relative ones). */
const ANY_WINDOW = 0x10000000;
/** An IP packet that is larger than what passes where small ones do. Bytes. */
const LARGE = 1000;

type DirectionName = 'forward' | 'reverse';

/** Decides where the flow was seen last, and where it should have been next. */
export function judge(path: CapturePath, all: readonly Step[], route: Route): void {
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
