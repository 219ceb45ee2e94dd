import { ELSEWHERE, SHOWS } from '../../engine/rulebook/numbers.js';
import type { Cause, CauseEvidence, Evidence, Rulebook } from '../../engine/rulebook/types.js';

/** An evidence of a cause, with how much it speaks for it. */
export interface Shown {
  evidence: Evidence;
  of: CauseEvidence;
  /** log10 of how much likelier it is to be seen with the cause than without: larger is stronger. */
  strength: number;
}

/**
 * The evidence of a cause: what proves it first, the surest to be found before others, then the strongest; ties in the rule's
 * order.
 */
export function shownBy(cause: Cause, evidence: ReadonlyMap<string, Evidence>): Shown[] {
  return cause.evidence
    .map((of) => {
      const item = evidence.get(of.id)!;
      return { evidence: item, of, strength: Math.log10(SHOWS[of.shows] / ELSEWHERE[item.elsewhere]) };
    })
    .sort((a, b) => {
      if (a.of.direct !== b.of.direct) return a.of.direct ? -1 : 1;
      const surer = a.of.direct ? SHOWS[b.of.shows] - SHOWS[a.of.shows] : 0;
      return surer || b.strength - a.strength;
    });
}

export function evidenceById(rulebook: Rulebook): ReadonlyMap<string, Evidence> {
  return new Map(rulebook.evidence.map((item) => [item.id, item]));
}
