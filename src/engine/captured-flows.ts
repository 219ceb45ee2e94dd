import { type CaptureHop, type CapturePath, endText } from '../facts/capture.js';
import type { Source } from '../facts/model.js';
import type { CapturedFlow } from './diagnosis.js';

/** Places at which flows were lost that an answer names. */
const MOST = 12;

/** What captures show of lost flows, those that were lost at the same place as one; the place that lost most comes first. */
export function capturedFlows(paths: readonly (CapturePath & { source: Source })[]): CapturedFlow[] {
  const byPlace = new Map<string, CapturedFlow>();
  for (const path of paths) {
    const { last, next, verdict, direction, largeOnly, source } = path;
    if (last === undefined || verdict === 'answered') continue;
    const seenAt = placeOf(last);
    const word = verdict === 'other-way' ? 'outside-tunnel' : verdict;
    const key = `${word} ${direction} ${largeOnly} ${seenAt} ${next === undefined ? '' : placeOf(next)}`;
    const known = byPlace.get(key);
    if (known !== undefined) {
      known.count += 1;
      continue;
    }
    byPlace.set(key, {
      flow: flowText(path),
      verdict: word,
      direction,
      largeOnly,
      seenAt,
      ...(next === undefined ? {} : { missingAt: placeOf(next) }),
      count: 1,
      source,
    });
  }
  return [...byPlace.values()].sort((a, b) => certainty(a) - certainty(b) || b.count - a.count).slice(0, MOST);
}

/** A place where it was looked for and not found tells more than one behind which nobody looked. */
function certainty({ verdict }: CapturedFlow): number {
  return verdict === 'unanswered' || verdict === 'refused' ? 1 : 0;
}

function placeOf({ node, iface }: CaptureHop): string {
  return `${node}/${iface}`;
}

function flowText({ client, server, direction, protocol }: CapturePath): string {
  const [from, to] = direction === 'request' ? [client, server] : [server, client];
  return `${endText(from)} > ${endText(to)} ${protocol}`;
}
