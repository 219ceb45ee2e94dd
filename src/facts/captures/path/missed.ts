import { endsOf } from './capture-ends.js';
import type { Route } from './route.js';
import type { Step } from './step.js';

/** Seconds between two captures beyond which they were not taken together. */
const APART = 60;

/** Seconds at which a place saw the flow last. */
function lastSight({ sightings }: Step): number {
  return Math.max(...sightings.flatMap(({ forward, reverse }) => [forward, reverse]).map(({ lastAt }) => lastAt || 0));
}

/** Whether a capture that did not see the flow may have missed it: another time, or a filter that let it not through. */
export function mayHaveMissed(step: Step, all: readonly Step[], route: Route): boolean {
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
