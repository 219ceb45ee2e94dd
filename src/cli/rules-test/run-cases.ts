import { diagnosisOf } from '../../engine/diagnose.js';
import type { Rulebook } from '../../engine/rulebook/types.js';
import { judgeUnderstood, understandContents } from '../../pipeline/diagnose-bundles.js';
import type { Case } from '../cases.js';
import { readInputs } from '../pipeline.js';
import { type Robustness, RobustnessTally } from './robustness.js';
import { type CaseResult, resultOf } from './run-case.js';
import { type WithoutProof, type WithoutProofRates, withoutProof, withoutProofRates } from './without-proof.js';

export interface RunCasesOptions {
  /** Move each word of the rules with this probability (0 to 1), as often as `seeds`. */
  moved?: number;
  seeds?: number;
  /** Diagnose each hit again without the files that prove it. */
  withoutProof?: boolean;
  /** Called before each case, with its number from 1. */
  onCase?: (n: number, name: string) => void;
}

export interface RunCases {
  results: CaseResult[];
  robustness?: Robustness;
  withoutProof?: WithoutProofRates;
}

/**
 * Runs cases one after another; the facts of each are read once for everything that is measured. Throws UsageError where
 * a bundle cannot be read at all.
 */
export async function runCases(
  cases: readonly Case[],
  rulebook: Rulebook,
  options: RunCasesOptions = {},
): Promise<RunCases> {
  const tally =
    options.moved === undefined ? undefined : new RobustnessTally(rulebook, options.moved, options.seeds ?? 1);
  const results: CaseResult[] = [];
  const unproven: WithoutProof[] = [];
  for (const [index, { name, bundle, expected }] of cases.entries()) {
    options.onCase?.(index + 1, name);
    const contents = await readInputs([bundle]);
    const judged = await judgeUnderstood(await understandContents(contents, rulebook), { rulebook, lang: 'en' });
    results.push(resultOf(name, expected, diagnosisOf(judged)));
    tally?.add(name, expected, judged);
    if (options.withoutProof === true) unproven.push(...(await withoutProof(name, expected, contents, judged)));
  }
  const ran: RunCases = { results };
  if (tally !== undefined) ran.robustness = tally.result();
  if (options.withoutProof === true) ran.withoutProof = withoutProofRates(unproven);
  return ran;
}
