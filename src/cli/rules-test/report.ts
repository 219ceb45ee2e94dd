import type { Calibration } from './calibration.js';
import { calibrationOf } from './calibration.js';
import type { Confusion } from './confusion.js';
import { confusionOf } from './confusion.js';
import { type Rates, ratesOf } from './rates.js';
import { MOST_FALL, type Robustness } from './robustness.js';
import type { CaseResult } from './run-case.js';
import { LEAST_WITHOUT_PROOF, type WithoutProofRates } from './without-proof.js';

/** All that `podnet rules test` tells; what `--format json` prints. */
export interface RulesTestReport {
  version: 1;
  /** By case, in the order in which they were run. */
  results: CaseResult[];
  summary: Rates;
  confusion: Confusion[];
  calibration: Calibration;
  /** With `--moved`. */
  robustness?: Robustness;
  /** With `--without-proof`. */
  withoutProof?: WithoutProofRates;
}

export function reportOf(
  results: CaseResult[],
  robustness: Robustness | undefined,
  withoutProof: WithoutProofRates | undefined,
): RulesTestReport {
  const report: RulesTestReport = {
    version: 1,
    results,
    summary: ratesOf(results),
    confusion: confusionOf(results),
    calibration: calibrationOf(results),
  };
  if (robustness !== undefined) report.robustness = robustness;
  if (withoutProof !== undefined) report.withoutProof = withoutProof;
  return report;
}

/** Whether everything that was measured is as it must be. */
export function isAsItMustBe({ summary, robustness, withoutProof }: RulesTestReport): boolean {
  return summary.failed === 0 && !summary.tooManyLost && isRobust(robustness) && standsWithoutProof(withoutProof);
}

export function isRobust(robustness: Robustness | undefined): boolean {
  return robustness === undefined || robustness.fall <= MOST_FALL;
}

function standsWithoutProof(rates: WithoutProofRates | undefined): boolean {
  return rates === undefined || (rates.among >= LEAST_WITHOUT_PROOF && rates.asked >= LEAST_WITHOUT_PROOF);
}
