import type { CaseResult } from './run-case.js';

/** Upper ends of the bins of probability, each without its end but the last. */
const BINS = [0.5, 0.7, 0.8, 0.9, 0.99, 1] as const;

export interface CalibrationBin {
  /** Probabilities from `from` up to `to`. */
  from: number;
  to: number;
  cases: number;
  right: number;
  /** What was stated, on average; undefined where no case falls in the bin. */
  stated?: number;
}

export interface Calibration {
  bins: CalibrationBin[];
  /** Cases with a first rank of which it is known whether it is right. */
  cases: number;
  /** Mean squared difference of the stated probability and what was so: 0 is perfect, 0.25 a coin's; 0 of no cases. */
  brier: number;
}

/** Of what is called 90 %, how much is right: the probability of the first rank against whether it is an expected cause. */
export function calibrationOf(results: readonly CaseResult[]): Calibration {
  const sums = BINS.map((to, index) => ({ from: BINS[index - 1] ?? 0, to, cases: 0, right: 0, stated: 0 }));
  let cases = 0;
  let squares = 0;
  for (const result of results) {
    const [first] = result.ranking;
    const right = first === undefined ? undefined : isRight(result, first.cause);
    if (first === undefined || right === undefined) continue;
    const bin = sums.find(({ to }) => first.probability < to) ?? sums.at(-1)!;
    bin.cases += 1;
    bin.right += right ? 1 : 0;
    bin.stated += first.probability;
    cases += 1;
    squares += (first.probability - (right ? 1 : 0)) ** 2;
  }
  const bins = sums.map(({ stated, ...bin }) => (bin.cases === 0 ? bin : { ...bin, stated: stated / bin.cases }));
  return { bins, cases, brier: cases === 0 ? 0 : squares / cases };
}

/** Whether a first rank is right; undefined where the case only says what it is not. */
function isRight({ expected }: CaseResult, cause: string): boolean | undefined {
  if (expected.notCauses.includes(cause)) return false;
  if (expected.causes.includes(cause) || expected.alsoAcceptable.includes(cause)) return true;
  return expected.kind === 'near-miss' && expected.causes.length === 0 ? undefined : false;
}
