import type { Diagnosis } from '../engine/diagnosis.js';

export const CASE_KINDS = ['hit', 'near-miss', 'healthy', 'not-a-fault'] as const;
export type CaseKind = (typeof CASE_KINDS)[number];

/** `expected.yaml` of a case. */
export interface ExpectedDiagnosis {
  kind: CaseKind;
  /** Causes that must be found; for `not-a-fault` the explanations that must be given. */
  causes: string[];
  /** Causes that must not win. */
  notCauses: string[];
  /** Causes that may stand in the place of an expected one. */
  alsoAcceptable: string[];
  /** Why the case is known to be lost: hits only. */
  lost?: string;
}

export interface RankedProbability {
  cause: string;
  /** 0 to 1. */
  probability: number;
}

export interface CaseVerdict {
  ok: boolean;
  /** What was found instead; empty where `ok`. */
  why: string;
  /** Rank of the first expected cause, or of one that may stand in its place. */
  rank?: number;
  /** The most probable cause that was not expected. */
  runnerUp?: string;
  /** Probability of the least probable expected cause less the runner-up's. */
  margin?: number;
}

/** Names that say in `causes` that there is none. */
const NO_FAULT = new Set(['none', 'healthy']);

/** All that `expected.yaml` may say. Behind the first line: notes for its reader. */
const KEYS = new Set([
  ...['kind', 'causes', 'notCauses', 'alsoAcceptable', 'lost'],
  ...['why', 'source', 'difficulty', 'fix'],
]);

/**
 * Reads a parsed `expected.yaml`. Without `kind`, causes make it a hit, `none` (or no cause) a healthy case, and causes
 * that are explanations rather than faults (`notFaults`, by id) make it not a fault.
 * A mistake comes back as `error`, to be shown behind the file's name.
 */
export function parseExpected(
  document: unknown,
  notFaults: ReadonlySet<string> = new Set(),
): { expected: ExpectedDiagnosis } | { error: string } {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return { error: 'expected a map with kind, causes, notCauses, alsoAcceptable' };
  }
  const fields = document as Record<string, unknown>;
  const unknown = Object.keys(fields).find((key) => !KEYS.has(key));
  if (unknown !== undefined) return { error: `${unknown} is not known; known are ${[...KEYS].join(', ')}` };
  const lists: Record<'causes' | 'notCauses' | 'alsoAcceptable', string[]> = {
    causes: [],
    notCauses: [],
    alsoAcceptable: [],
  };
  for (const name of ['causes', 'notCauses', 'alsoAcceptable'] as const) {
    const list = fields[name] ?? [];
    if (!Array.isArray(list) || !list.every((id): id is string => typeof id === 'string')) {
      return { error: `${name} must be a list of cause ids` };
    }
    lists[name] = list;
  }
  const faults = lists.causes.filter((id) => !NO_FAULT.has(id));
  const kind = fields.kind ?? kindOf(faults, notFaults);
  // A rulebook may have an explanation of that name, which a case that is not a fault can ask for as any other.
  const causes = kind === 'not-a-fault' ? lists.causes.filter((id) => notFaults.has(id) || !NO_FAULT.has(id)) : faults;
  if (!CASE_KINDS.includes(kind as CaseKind)) {
    return { error: `kind must be one of ${CASE_KINDS.join(', ')}` };
  }
  if (kind === 'hit' && causes.length === 0) return { error: 'a hit needs causes' };
  if (kind === 'near-miss' && lists.notCauses.length === 0) return { error: 'a near-miss needs notCauses' };
  const expected: ExpectedDiagnosis = { ...lists, causes, kind: kind as CaseKind };
  if (fields.lost === undefined) return { expected };
  if (typeof fields.lost !== 'string' || fields.lost.trim() === '') {
    return { error: 'lost must say in a sentence why the case is lost' };
  }
  if (kind !== 'hit') return { error: 'only a hit may be lost' };
  return { expected: { ...expected, lost: fields.lost.trim() } };
}

function kindOf(causes: readonly string[], notFaults: ReadonlySet<string>): CaseKind {
  if (causes.length === 0) return 'healthy';
  return causes.every((id) => notFaults.has(id)) ? 'not-a-fault' : 'hit';
}

/**
 * Whether a diagnosis is what its case expects.
 * - hit: the expected causes are the first ranks, in any order; one of `alsoAcceptable` may stand in place of each.
 * - near-miss: none of `notCauses` is first; where `causes` are given, they are the first ranks.
 * - healthy: no cause, and the outcome is `healthy` or `not-a-fault`; or one of `alsoAcceptable` is first.
 * - not-a-fault: no cause, the outcome is `not-a-fault`, and each of `causes` is among the explanations; `none` in
 *   `alsoAcceptable` admits what a healthy case admits.
 */
export function judgeCase(expected: ExpectedDiagnosis, diagnosis: Diagnosis): CaseVerdict {
  if (expected.kind === 'healthy' || expected.kind === 'not-a-fault') return judgeNoFault(expected, diagnosis);
  const { causes } = expected;
  const accepted = new Set([...causes, ...expected.alsoAcceptable]);
  const ranking = rankedCauses(diagnosis);
  const verdict: CaseVerdict = { ok: true, why: '' };
  if (causes.length > 0) measure(verdict, ranking, accepted, causes.length);
  const first = ranking.slice(0, Math.max(causes.length, 1));
  const wrong = first.find(({ cause }) => expected.notCauses.includes(cause));
  if (wrong !== undefined) return { ...verdict, ok: false, why: `${wrong.cause} must not win` };
  const inPlace = first.filter(({ cause }) => accepted.has(cause)).length;
  return inPlace < causes.length ? { ...verdict, ok: false, why: found(diagnosis) } : verdict;
}

/** Adds rank, runner-up and margin: how well the expected causes, `count` of them, stand among the others. */
function measure(
  verdict: CaseVerdict,
  ranking: readonly RankedProbability[],
  accepted: ReadonlySet<string>,
  count: number,
): void {
  const expected = ranking.filter(({ cause }) => accepted.has(cause)).slice(0, count);
  const runnerUp = ranking.find(({ cause }) => !accepted.has(cause));
  const least = expected.at(-1);
  if (expected[0] !== undefined) verdict.rank = ranking.indexOf(expected[0]) + 1;
  if (runnerUp !== undefined) verdict.runnerUp = runnerUp.cause;
  if (least !== undefined) verdict.margin = round(least.probability - (runnerUp?.probability ?? 0));
}

function judgeNoFault(expected: ExpectedDiagnosis, diagnosis: Diagnosis): CaseVerdict {
  const verdict: CaseVerdict = { ok: true, why: '' };
  const leading = diagnosis.diagnoses[0];
  if (leading !== undefined) {
    if (expected.alsoAcceptable.includes(leading.cause)) return { ...verdict, rank: 1 };
    return { ok: false, why: found(diagnosis), runnerUp: leading.cause };
  }
  if (expected.kind === 'healthy' || expected.alsoAcceptable.some((id) => NO_FAULT.has(id))) {
    const sound = diagnosis.outcome === 'healthy' || diagnosis.outcome === 'not-a-fault';
    return sound ? verdict : { ok: false, why: found(diagnosis) };
  }
  if (diagnosis.outcome !== 'not-a-fault') return { ok: false, why: found(diagnosis) };
  const said = new Set(diagnosis.notFaults.map(({ id }) => id));
  const missing = expected.causes.find((id) => !said.has(id));
  return missing === undefined ? verdict : { ok: false, why: `${missing} is not explained` };
}

/** Causes by rank; one that is ranked on two sets of subjects counts where it stands first. */
export function rankedCauses(diagnosis: Pick<Diagnosis, 'diagnoses'>): RankedProbability[] {
  const seen = new Set<string>();
  const ranking: RankedProbability[] = [];
  for (const { cause, probability } of diagnosis.diagnoses) {
    if (seen.has(cause)) continue;
    seen.add(cause);
    ranking.push({ cause, probability });
  }
  return ranking;
}

function found(diagnosis: Diagnosis): string {
  const leading = diagnosis.diagnoses[0];
  return leading === undefined ? diagnosis.outcome : `${diagnosis.outcome}: ${leading.cause}`;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
