import { diagnosisOf, type Judged, rankAnew } from '../../engine/diagnose.js';
import { movedWords } from '../../engine/rulebook/moved-words.js';
import type { Rulebook } from '../../engine/rulebook/types.js';
import type { ExpectedDiagnosis } from '../case-verdict.js';
import { share } from './rates.js';
import { holdsAmongThree } from './run-case.js';

/** How far the share of cases that hold may fall on average when words are moved. */
export const MOST_FALL = 0.05;

export interface Robustness {
  /** The probability with which each word was moved. */
  moved: number;
  cases: number;
  /** The share of cases that hold (the expected causes among the first three) with the rulebook as it is. */
  unmoved: number;
  seeds: { seed: number; held: number }[];
  mean: number;
  /** How far the mean lies below `unmoved`: negative where it rose. */
  fall: number;
  /** Cases that hold as the rulebook is and not with words moved, and with how many of the seeds. */
  fragile: { name: string; seeds: number }[];
}

/** Counts, case by case, what holds when the rulebook's words are moved. A case's facts are read and judged once. */
export class RobustnessTally {
  readonly #share: number;
  readonly #rulebooks: Rulebook[];
  readonly #held: number[];
  readonly #fragile: { name: string; seeds: number }[] = [];
  #cases = 0;
  #unmoved = 0;

  constructor(rulebook: Rulebook, moved: number, seeds: number) {
    this.#share = moved;
    this.#rulebooks = Array.from({ length: seeds }, (_, index) => movedWords(rulebook, moved, index + 1));
    this.#held = this.#rulebooks.map(() => 0);
  }

  add(name: string, expected: ExpectedDiagnosis, judged: Judged): void {
    this.#cases += 1;
    const unmoved = holdsAmongThree(expected, diagnosisOf(judged));
    if (unmoved) this.#unmoved += 1;
    let lost = 0;
    this.#rulebooks.forEach((rulebook, index) => {
      if (holdsAmongThree(expected, diagnosisOf(rankAnew(judged, rulebook)))) this.#held[index]! += 1;
      else lost += 1;
    });
    if (unmoved && lost > 0) this.#fragile.push({ name, seeds: lost });
  }

  result(): Robustness {
    const unmoved = share(this.#unmoved, this.#cases);
    const seeds = this.#held.map((held, index) => ({ seed: index + 1, held: share(held, this.#cases) }));
    const mean = seeds.reduce((sum, { held }) => sum + held, 0) / seeds.length;
    const fragile = [...this.#fragile].sort((a, b) => b.seeds - a.seeds || (a.name < b.name ? -1 : 1));
    return { moved: this.#share, cases: this.#cases, unmoved, seeds, mean, fall: unmoved - mean, fragile };
  }
}
