import { wholeCommands } from '../../engine/asking/whole-command.js';
import { diagnosisOf, type Judged } from '../../engine/diagnose.js';
import type { Diagnosis, NextStep } from '../../engine/diagnosis.js';
import type { Evidence, Rulebook } from '../../engine/rulebook/types.js';
import type { BundleContents } from '../../facts/bundle/entry.js';
import { escapeRegExp } from '../../facts/escape-regexp.js';
import type { Source } from '../../facts/model.js';
import { judgeUnderstood, understandContents } from '../../pipeline/diagnose-bundles.js';
import { type ExpectedDiagnosis, rankedCauses } from '../case-verdict.js';
import { proofsOf, withoutOutputs } from './proofs.js';
import { share } from './rates.js';

/** The share of hits that must still have their cause among the first three, and of those whose proof is asked for. */
export const LEAST_WITHOUT_PROOF = 0.7;
const AMONG = 3;
/** What proves a cause may be proven again by another file, once: more often than this would be odd. */
const ROUNDS = 8;

/** Why a hit is not counted. */
export type NotCounted =
  /** No direct evidence is present: the case is won by other evidence alone. */
  | 'unproven'
  /** The proof is what the reporter states, or the very pattern of what works and fails. */
  | 'stated'
  /** What fails is told by the proof alone: without it nobody complains of anything. */
  | 'all-there-is';

/** A hit without what proves one of its causes. */
export interface WithoutProof {
  name: string;
  cause: string;
  /** Direct evidence that was there. */
  proofs: string[];
  removed: string[];
  notCounted?: NotCounted;
  /** Rank of the cause, or of one that may stand in its place, once the files are gone. */
  rank?: number;
  among: boolean;
  /** Whether one of the first three next steps makes known what was taken away. */
  asked: boolean;
  /** Causes that lead, and the first next steps, for who wants to know why. */
  leading: string[];
  next: string[];
}

export interface WithoutProofRates {
  cases: WithoutProof[];
  counted: number;
  among: number;
  asked: number;
}

/** A hit without the outputs that prove its causes, cause by cause. */
export async function withoutProof(
  name: string,
  expected: ExpectedDiagnosis,
  contents: BundleContents,
  judged: Judged,
): Promise<WithoutProof[]> {
  if (expected.kind !== 'hit') return [];
  const found: WithoutProof[] = [];
  for (const id of expected.causes) found.push(await withoutProofOf(name, id, expected, contents, judged));
  return found;
}

async function withoutProofOf(
  name: string,
  id: string,
  expected: ExpectedDiagnosis,
  contents: BundleContents,
  judged: Judged,
): Promise<WithoutProof> {
  const { rulebook } = judged.given;
  const cause = rulebook.causes.find((one) => one.id === id);
  const none = { name, cause: id, proofs: [], removed: [], among: false, asked: false, leading: [], next: [] };
  if (cause === undefined) return { ...none, notCounted: 'unproven' };
  const proven = new Map<string, Evidence>();
  const places: Source[] = [];
  let left = contents;
  let now = judged;
  for (let round = 0; round < ROUNDS; round += 1) {
    const proofs = proofsOf(now, cause);
    for (const evidence of proofs.evidence) proven.set(evidence.id, evidence);
    if (proofs.places.length === 0) break;
    places.push(...proofs.places);
    left = withoutOutputs(left, proofs.places);
    now = await judgeUnderstood(await understandContents(left, rulebook), { rulebook, lang: 'en' });
  }
  const removed = [...new Set(places.map(({ file }) => file!))].sort();
  const told = { ...none, proofs: [...proven.keys()].sort(), removed };
  if (proven.size === 0) return { ...told, notCounted: 'unproven' };
  // A statement that stays proves the cause as before: nothing was taken away that counts.
  if (removed.length === 0 || proofsOf(now, cause).evidence.length > 0) return { ...told, notCounted: 'stated' };
  if (judged.ranking.symptoms.length > 0 && now.ranking.symptoms.length === 0)
    return { ...told, notCounted: 'all-there-is' };
  const diagnosis = diagnosisOf(now);
  const rank = rankOf(diagnosis, new Set([id, ...expected.alsoAcceptable]));
  const first = diagnosis.next.slice(0, AMONG);
  const result: WithoutProof = {
    ...told,
    among: rank !== undefined && rank <= AMONG,
    asked: first.some((step) => asksFor(step, [...proven.values()], removed, judged, rulebook)),
    leading: rankedCauses(diagnosis)
      .slice(0, AMONG)
      .map(({ cause: one, probability }) => `${one} ${probability}`),
    next: first.map((step) => step.id),
  };
  return rank === undefined ? result : { ...result, rank };
}

function rankOf(diagnosis: Diagnosis, accepted: ReadonlySet<string>): number | undefined {
  const index = rankedCauses(diagnosis).findIndex(({ cause }) => accepted.has(cause));
  return index < 0 ? undefined : index + 1;
}

/** Whether a step is the proof itself, or its command makes known what a removed file had made known. */
function asksFor(
  { id, collect }: NextStep,
  proofs: readonly Evidence[],
  removed: readonly string[],
  { situation }: Judged,
  rulebook: Rulebook,
): boolean {
  if (proofs.some((proof) => proof.id === id)) return true;
  const files = new Set(removed);
  const wasThere = (fact: string): boolean =>
    situation.store.named(fact).some(({ source }) => source.file !== undefined && files.has(source.file));
  const first = rulebook.firstLooks.find((one) => one.id === id);
  if (first?.unless.some(wasThere) === true) return true;
  if (collect === undefined) return false;
  const commands = wholeCommands(collect);
  return rulebook.evidence.some(({ collect: other, facts }) => {
    if (other === '' || !facts.some(wasThere)) return false;
    return wholeCommands(other).every((whole) => commands.some((command) => placed(whole).test(command)));
  });
}

/** Capital words that a step has names for. */
const NAMED = /\b(?:NODE|NAMESPACE|POD|NIC|TUNNEL)\b/g;

/** A command of the rulebook, whose capital words stand for names. */
function placed(command: string): RegExp {
  const escaped = escapeRegExp(command);
  return new RegExp(`^${escaped.replaceAll(NAMED, (word) => `(?:${word}|(?![A-Z_]+(?:\\s|$))\\S+)`)}$`);
}

export function withoutProofRates(cases: readonly WithoutProof[]): WithoutProofRates {
  const counted = cases.filter(({ notCounted }) => notCounted === undefined);
  return {
    cases: [...cases],
    counted: counted.length,
    among: share(counted.filter(({ among }) => among).length, counted.length),
    asked: share(counted.filter(({ asked }) => asked).length, counted.length),
  };
}
