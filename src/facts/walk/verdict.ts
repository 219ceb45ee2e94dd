import type { MissingKnowledge, WalkBranch, WalkEnd, WalkResult, WalkVerdict } from './result.js';
import type { Way, WayEnd } from './way.js';
import { whereOf } from './way.js';

/** One way as the result tells it: certain only where nothing that is missing could change it. */
export function branchOf({ way, verdict, at, reason, by, source }: WayEnd): WalkBranch {
  const certain = certainty(way, verdict);
  const end: WalkEnd = { verdict: certain.verdict, at, missing: certain.missing };
  if (certain.otherwise !== undefined) end.otherwise = certain.otherwise;
  if (reason !== undefined) end.reason = reason;
  if (certain.verdict === 'unknown' && verdict === 'delivered') {
    const first = certain.missing[0]!;
    end.at = first.on;
    end.by = missingInWords(first);
    if (first.source !== undefined) end.source = first.source;
  } else {
    if (by !== undefined) end.by = by;
    if (source !== undefined) end.source = source;
  }
  if (way.beyond !== undefined && verdict === 'delivered') end.beyond = way.beyond;
  const branch: WalkBranch = { ...end, label: way.labels.join(', '), steps: way.there };
  if (way.direction === 'back') branch.reply = { ...end, steps: way.back };
  return branch;
}

function certainty(
  way: Way,
  verdict: WayEnd['verdict'],
): { verdict: WalkVerdict; missing: readonly MissingKnowledge[]; otherwise?: 'delivered' | 'dropped' } {
  const all = [...way.mayDivert, ...way.mayDrop];
  if (verdict === 'unknown') return { verdict, missing: all };
  if (verdict === 'dropped') {
    // What might have ended it before changes nothing; what might have led it elsewhere does.
    if (way.mayDivert.length === 0) return { verdict, missing: [] };
    return { verdict: 'unknown', missing: way.mayDivert, otherwise: 'dropped' };
  }
  if (all.length === 0) return { verdict, missing: [] };
  return { verdict: 'unknown', missing: all, otherwise: 'delivered' };
}

function missingInWords({ what, source }: MissingKnowledge): string {
  const where = whereOf(source);
  return where === undefined ? `not known: ${what}` : `not known: ${what} (${where})`;
}

/** What all the ways say together, and the one that stands for it. */
interface Judged {
  verdict: WalkVerdict;
  shown: WalkBranch;
  missing: readonly MissingKnowledge[];
}

interface Leaf {
  end: WayEnd;
  branch: WalkBranch;
}

/**
 * The verdict over every way. Where the kernel draws and the ways end differently it varies; where they differ by a rule that may
 * or may not match, the verdict hangs on that rule and is unknown.
 */
export function resultOf(ends: readonly WayEnd[], from: string, to: string): WalkResult {
  const leaves = ends.map((end) => ({ end, branch: branchOf(end) }));
  const uniform = leaves.every(({ branch }) => branch.verdict === leaves[0]!.branch.verdict);
  const judged = judge(leaves, 0, uniform);
  const { shown } = judged;
  const result: WalkResult = { ...shown, verdict: judged.verdict, missing: judged.missing, from, to, label: '' };
  if (judged.verdict !== shown.verdict) {
    if (judged.verdict === 'unknown') {
      const first = judged.missing[0];
      if (shown.verdict !== 'unknown' && shown.verdict !== 'varies') result.otherwise = shown.verdict;
      delete result.reason;
      delete result.source;
      if (first !== undefined) {
        result.at = first.on;
        result.by = missingInWords(first);
        if (first.source !== undefined) result.source = first.source;
      }
    } else delete result.otherwise;
  }
  if (leaves.length > 1) result.branches = leaves.map(({ branch }) => branch);
  return result;
}

const WORST: Readonly<Record<WalkVerdict, number>> = { dropped: 3, varies: 2, unknown: 1, delivered: 0 };

/** `uniform`: whether all ways of the flow end alike, so that it does not matter which of them a choice leads to. */
function judge(leaves: readonly Leaf[], depth: number, uniform: boolean): Judged {
  const first = leaves[0]!;
  const choice = first.end.way.choices[depth];
  if (choice === undefined || (uniform && leaves.length === 1)) {
    return { verdict: first.branch.verdict, shown: first.branch, missing: first.branch.missing };
  }
  const byWay = new Map<number, Leaf[]>();
  for (const leaf of leaves) {
    const way = leaf.end.way.choices[depth]?.way ?? -1;
    const same = byWay.get(way);
    if (same === undefined) byWay.set(way, [leaf]);
    else same.push(leaf);
  }
  const parts = [...byWay.values()].map((part) => judge(part, depth + 1, uniform));
  const worst = parts.reduce((a, b) => (WORST[b.verdict] > WORST[a.verdict] ? b : a));
  const rule: MissingKnowledge = {
    on: choice.on ?? first.end.way.there[0]?.on ?? 'cluster',
    what: `whether "${choice.rule.text}" matches`,
    source: choice.rule.source,
  };
  if (parts.every(({ verdict }) => verdict === worst.verdict)) {
    // Of ways that end alike in a chain one is told: what a rule's other way leads to is told with another rule.
    if (uniform || parts.length > 1 || choice.kind === 'random' || worst.verdict === 'unknown') return worst;
    return { verdict: 'unknown', shown: worst.shown, missing: [rule, ...worst.missing] };
  }
  if (choice.kind === 'doubt') return { verdict: 'unknown', shown: worst.shown, missing: [rule, ...worst.missing] };
  const some = (verdict: WalkVerdict): boolean =>
    parts.some((part) => part.verdict === verdict || part.verdict === 'varies');
  if (some('dropped') && some('delivered')) return { verdict: 'varies', shown: worst.shown, missing: worst.missing };
  // What is drawn beside it is not known: it may end in the same way.
  const open = parts.find(({ verdict }) => verdict === 'unknown')!;
  return { verdict: 'unknown', shown: open.shown, missing: open.missing };
}
