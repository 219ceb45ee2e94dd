import type { Diagnosis } from '../engine/diagnosis.js';
import type { Lang, Rulebook } from '../engine/rulebook/types.js';
import type { BundleContents } from '../facts/bundle/entry.js';
import type { BundleInput } from '../facts/bundle/read-bundles.js';
import type { Derived } from '../facts/derive/derive-all.js';
import type { InputSummary } from '../facts/read.js';
import type { FactStore } from '../facts/store.js';
import { sanitize } from '../report/sanitize.js';
import { UsageError } from './usage-error.js';

/** What is being done, for a progress line. */
export type Stage = 'read' | 'facts' | 'judge';

export interface PipelineOptions {
  lang: Lang;
  rulebook: Rulebook;
  onStage?: (stage: Stage) => void;
}

/** Lets signals and timers have their turn between two stages that compute without a pause. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `-` is standard input. */
async function inputOf(argument: string | BundleInput): Promise<BundleInput> {
  if (typeof argument !== 'string') return argument;
  return argument === '-' ? { stdin: await readStandardInput(), name: 'stdin' } : { path: argument };
}

/** Standard input in memory, no more of it than the readers take of any bundle. */
async function readStandardInput(): Promise<Uint8Array> {
  const { DEFAULT_LIMITS } = await import('../facts/bundle/entry.js');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > DEFAULT_LIMITS.totalBytes) break;
  }
  return Buffer.concat(chunks);
}

/**
 * The way from bundles to a diagnosis: read, facts, derive, judge. Throws UsageError where an input cannot be read at all;
 * what is wrong with a part of it is in the diagnosis' `input.problems`.
 */
export async function diagnoseBundles(
  inputs: readonly (string | BundleInput)[],
  options: PipelineOptions,
): Promise<Diagnosis> {
  const { lang, rulebook } = options;
  const { store, input, derived } = await understandBundles(inputs, options);
  options.onStage?.('judge');
  await breathe();
  const { diagnose } = await import('../engine/diagnose.js');
  const unrecognised = input.unrecognised.map(({ path }) => path);
  return diagnose({ store, ...derived, input: { ...input, unrecognised }, rulebook, lang });
}

/** What there is before anything is judged. */
export interface Understanding {
  store: FactStore;
  input: InputSummary;
  derived: Derived;
}

/** The first part of the way: read, facts, derive. */
export async function understandBundles(
  inputs: readonly (string | BundleInput)[],
  options: Pick<PipelineOptions, 'rulebook' | 'onStage'>,
): Promise<Understanding> {
  options.onStage?.('read');
  const contents = await read(inputs);
  options.onStage?.('facts');
  await breathe();
  const { readFacts } = await import('../facts/read.js');
  const { logPatternsOf } = await import('../engine/rulebook/log-patterns.js');
  const { store, input } = readFacts(contents, { logPatterns: logPatternsOf(options.rulebook) });
  await breathe();
  const { deriveAll } = await import('../facts/derive/derive-all.js');
  return { store, input, derived: deriveAll(store) };
}

async function read(inputs: readonly (string | BundleInput)[]): Promise<BundleContents> {
  const { readBundles, UnreadableInput } = await import('../facts/bundle/read-bundles.js');
  try {
    return await readBundles(await Promise.all(inputs.map(inputOf)));
  } catch (error) {
    throw error instanceof UnreadableInput ? new UsageError(sanitize(error.message)) : error;
  }
}
