import type { Judged } from '../engine/diagnose.js';
import type { Diagnosis } from '../engine/diagnosis.js';
import type { Lang, Rulebook } from '../engine/rulebook/types.js';
import type { BundleContents } from '../facts/bundle/entry.js';
import type { BundleInput } from '../facts/bundle/read-bundles.js';
import type { Derived } from '../facts/derive/derive-all.js';
import type { InputSummary } from '../facts/read.js';
import type { FactStore } from '../facts/store.js';

/** What is being done, for a progress line. */
export type Stage = 'read' | 'facts' | 'judge';

export interface PipelineOptions {
  lang: Lang;
  rulebook: Rulebook;
  onStage?: (stage: Stage) => void;
}

/** What there is before anything is judged. */
export interface Understanding {
  store: FactStore;
  input: InputSummary;
  derived: Derived;
}

/** Lets signals and timers have their turn between two stages that compute without a pause. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * The way from bundles to a diagnosis: read, facts, derive, judge. Throws UnreadableInput where an input cannot be read at
 * all; what is wrong with a part of it is in the diagnosis' `input.problems`.
 */
export async function diagnoseBundles(inputs: readonly BundleInput[], options: PipelineOptions): Promise<Diagnosis> {
  const understanding = await understandBundles(inputs, options);
  options.onStage?.('judge');
  await breathe();
  return diagnoseUnderstood(understanding, options);
}

/** The last part of the way. */
export async function diagnoseUnderstood(
  understanding: Understanding,
  options: Pick<PipelineOptions, 'rulebook' | 'lang'>,
): Promise<Diagnosis> {
  const { diagnosisOf } = await import('../engine/diagnose.js');
  return diagnosisOf(await judgeUnderstood(understanding, options));
}

/** The same as far as the ranking: what the next question is chosen by. */
export async function judgeUnderstood(
  { store, input, derived }: Understanding,
  { rulebook, lang }: Pick<PipelineOptions, 'rulebook' | 'lang'>,
): Promise<Judged> {
  const { judgeAndRank } = await import('../engine/diagnose.js');
  const unrecognised = input.unrecognised.map(({ path }) => path);
  return judgeAndRank({ store, ...derived, input: { ...input, unrecognised }, rulebook, lang });
}

/** The first part of the way: read, facts, derive. Throws as `diagnoseBundles` does. */
export async function understandBundles(
  inputs: readonly BundleInput[],
  options: Pick<PipelineOptions, 'rulebook' | 'onStage'>,
): Promise<Understanding> {
  options.onStage?.('read');
  const { readBundles } = await import('../facts/bundle/read-bundles.js');
  const contents = await readBundles(inputs);
  options.onStage?.('facts');
  await breathe();
  return understandContents(contents, options.rulebook);
}

/** Facts and what is derived from them, of files that were read already. */
export async function understandContents(contents: BundleContents, rulebook: Rulebook): Promise<Understanding> {
  const { readFacts } = await import('../facts/read.js');
  const { logPatternsOf } = await import('../engine/rulebook/log-patterns.js');
  const { Cnis } = await import('../facts/cnis.js');
  return derive(readFacts(contents, { logPatterns: logPatternsOf(rulebook), cnis: new Cnis(rulebook.cnis) }));
}

/** Apart from the reading, so that the bytes of the files are not held while what they said is worked on. */
async function derive(read: { store: FactStore; input: InputSummary }): Promise<Understanding> {
  await breathe();
  const { deriveAll } = await import('../facts/derive/derive-all.js');
  return { ...read, derived: deriveAll(read.store) };
}
