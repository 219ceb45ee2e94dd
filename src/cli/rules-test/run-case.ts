import type { Diagnosis } from '../../engine/diagnosis.js';
import type { CaseVerdict, ExpectedDiagnosis, RankedProbability } from '../case-verdict.js';
import { judgeCase, rankedCauses } from '../case-verdict.js';

/** What became of a case. */
export interface CaseResult extends CaseVerdict {
  /** Path below the folder that was searched. */
  name: string;
  expected: ExpectedDiagnosis;
  /** The first ranks, each cause once: at most `TOLD`, and all that are expected. */
  ranking: RankedProbability[];
  /** Whether the expected causes are among the first three; undefined where none is expected. */
  amongThree?: boolean;
}

/** Ranks that a result keeps. */
const TOLD = 5;
const AMONG = 3;

/** Judges the diagnosis of a case. One that is listed as lost is `ok` as long as it is. */
export function resultOf(name: string, expected: ExpectedDiagnosis, diagnosis: Diagnosis): CaseResult {
  const verdict = judgeCase(expected, diagnosis);
  const ranking = rankedCauses(diagnosis).slice(0, TOLD);
  const result: CaseResult = { name, expected, ...verdict, ranking };
  if (expectsCauses(expected)) result.amongThree = areAmongFirst(expected, diagnosis);
  if (expected.lost === undefined) return result;
  return verdict.ok ? { ...result, ok: false, why: 'listed as lost, and won' } : { ...result, ok: true };
}

/** Whether a case names the causes that its ranking must lead with. */
export function expectsCauses({ kind, causes }: ExpectedDiagnosis): boolean {
  return causes.length > 0 && (kind === 'hit' || kind === 'near-miss');
}

/** Whether as many accepted causes as are expected stand among the first three ranks. */
function areAmongFirst({ causes, alsoAcceptable }: ExpectedDiagnosis, diagnosis: Diagnosis): boolean {
  const accepted = new Set([...causes, ...alsoAcceptable]);
  const first = rankedCauses(diagnosis).slice(0, Math.max(AMONG, causes.length));
  return first.filter(({ cause }) => accepted.has(cause)).length >= causes.length;
}

/**
 * The milder question that is asked of a case where words or files are changed: the expected causes among the first
 * three. Where none is expected, it is the case's own: nothing wins that must not.
 */
export function holdsAmongThree(expected: ExpectedDiagnosis, diagnosis: Diagnosis): boolean {
  return expectsCauses(expected) ? areAmongFirst(expected, diagnosis) : judgeCase(expected, diagnosis).ok;
}

/** Whether the first ranks are the expected causes, whatever the list of the lost says. */
export function leads({ expected, ranking }: CaseResult): boolean {
  const accepted = new Set([...expected.causes, ...expected.alsoAcceptable]);
  const first = ranking.slice(0, expected.causes.length);
  return first.filter(({ cause }) => accepted.has(cause)).length >= expected.causes.length;
}
