import type { Lang } from '../engine/rulebook/types.js';
import type { WalkBranch, WalkEnd, WalkResult } from '../facts/walk/result.js';
import type { WalkedFlow } from '../facts/walk/walked-flow.js';
import { sourceText } from './phrases.js';
import { clip } from './sanitize.js';
import { dropWords } from './walk-drop-words.js';
import { STATES, type WalkSay } from './walk-words.js';

/** Characters of a rule, a route or a name out of a dump. */
const LONGEST = 300;

/** What decided, with its file and line, clipped. */
export function byText(end: WalkEnd, say: WalkSay, lang: Lang): string {
  const told = end.by ?? (end.reason === undefined ? say('notTold') : dropWords(end.reason, lang).what);
  // The verdict says it already.
  const by = end.verdict === 'unknown' ? told.replace(/^not known: /, '') : told;
  const source = end.source === undefined ? '' : sourceText(end.source);
  const clipped = clip(by, LONGEST);
  return source === '' || by.includes(source) ? clipped : `${clipped} (${source})`;
}

/** Whether it is the way back that decides. */
export function endsOnTheWayBack({ verdict, reply }: WalkBranch): boolean {
  return reply !== undefined && reply.verdict !== 'delivered' && reply.verdict === verdict;
}

/** What decides over there and back: the reply's end where that is what ends it. */
export function decidingEnd(branch: WalkBranch): WalkEnd {
  if (branch.by !== undefined || branch.reason !== undefined || branch.reply === undefined) return branch;
  return endsOnTheWayBack(branch) ? branch.reply : branch;
}

/** The verdict in one line, the first that a person reads. */
export function verdictText(result: WalkResult, say: WalkSay, lang: Lang): string {
  const end = decidingEnd(result);
  const values = { at: end.at, by: byText(end, say, lang) };
  const back = endsOnTheWayBack(result);
  switch (result.verdict) {
    case 'dropped':
      return say(back ? 'droppedBack' : 'dropped', values);
    case 'unknown':
      return say(back ? 'unknownBack' : 'unknown', values);
    case 'varies':
      return variesText(result, say, lang);
    default: {
      // The end of there and back is at the sender: what is asked is where the packet got to.
      const at = result.steps.at(-1)?.on ?? end.at;
      if (result.beyond === 'fabric') return say('deliveredFabric', { at });
      if (result.beyond === 'outside') return say('deliveredOutside', { at });
      return say(result.reply?.verdict === 'delivered' ? 'delivered' : 'deliveredOneWay', { at });
    }
  }
}

function variesText(result: WalkResult, say: WalkSay, lang: Lang): string {
  const ways = result.branches ?? [];
  const count = (verdict: WalkEnd['verdict']): number => ways.filter((way) => way.verdict === verdict).length;
  const first = ways.find((way) => way.verdict === 'dropped');
  if (first === undefined || count('dropped') + count('delivered') < ways.length)
    return say('variesUnknown', {
      of: ways.length,
      dropped: count('dropped'),
      delivered: count('delivered'),
      unknown: ways.length - count('dropped') - count('delivered'),
    });
  const end = decidingEnd(first);
  return say('varies', { n: count('dropped'), of: ways.length, at: end.at, by: byText(end, say, lang) });
}

/** One way of several in a few words; where it is delivered is in its label. */
export function wayText(branch: WalkBranch, say: WalkSay, lang: Lang): string {
  const end = decidingEnd(branch);
  const values = { at: end.at, by: byText(end, say, lang) };
  if (branch.verdict === 'dropped') return say(endsOnTheWayBack(branch) ? 'wayDroppedBack' : 'wayDropped', values);
  if (branch.verdict === 'unknown') return say('wayUnknown', values);
  return branch.verdict === 'varies' ? say('wayVaries', values) : say('wayDelivered');
}

export function flowLine({ from, to }: WalkedFlow, say: WalkSay): string {
  return say('flow', { from: clip(from, LONGEST), to: clip(to, LONGEST) });
}

/** `it failed (timeout)`; undefined where it was not tried. */
export function happenedText({ happened }: WalkedFlow, lang: Lang): string | undefined {
  if (happened === undefined) return undefined;
  const state = STATES[lang][happened.state];
  if (happened.error === undefined) return state;
  return lang === 'zh' ? `${state}（${happened.error}）` : `${state} (${happened.error})`;
}
