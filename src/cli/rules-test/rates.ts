import { type CaseResult, expectsCauses, leads } from './run-case.js';

/** How many of the hits may be listed as lost: a share. */
export const MOST_LOST = 0.05;

export interface Rates {
  passed: number;
  failed: number;
  hits: number;
  /** Hits that are listed as lost, and are. */
  lost: number;
  /** Cases that name the causes to lead with. */
  named: number;
  /** Of those: the share that leads with them, and the share that has them among the first three. */
  top1: number;
  top3: number;
  tooManyLost: boolean;
}

export function ratesOf(results: readonly CaseResult[]): Rates {
  const hits = results.filter(({ expected }) => expected.kind === 'hit').length;
  const lost = results.filter(({ expected, ok }) => expected.lost !== undefined && ok).length;
  const named = results.filter(({ expected }) => expectsCauses(expected));
  const leading = named.filter(leads).length;
  const among = named.filter(({ amongThree }) => amongThree === true).length;
  return {
    passed: results.filter(({ ok }) => ok).length - lost,
    failed: results.filter(({ ok }) => !ok).length,
    hits,
    lost,
    named: named.length,
    top1: share(leading, named.length),
    top3: share(among, named.length),
    tooManyLost: lost > MOST_LOST * hits,
  };
}

/** A share of 0 to 1; of nothing all. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}
