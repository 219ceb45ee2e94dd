import type { Diagnosis } from '../engine/diagnosis.js';
import type { BundleContents } from '../facts/bundle/entry.js';
import type { BundleInput } from '../facts/bundle/read-bundles.js';
import type { PipelineOptions, Understanding } from '../pipeline/diagnose-bundles.js';
import * as pipeline from '../pipeline/diagnose-bundles.js';
import { sanitize } from '../report/sanitize.js';
import { UsageError } from './usage-error.js';

/** `-` is standard input. */
async function inputOf(argument: string | BundleInput): Promise<BundleInput> {
  if (typeof argument !== 'string') return argument;
  return argument === '-' ? { stdin: await readStandardInput(), name: 'stdin' } : { path: argument };
}

/** Standard input in memory, no more of it than the readers take of any bundle. */
export async function readStandardInput(): Promise<Uint8Array> {
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

/** The way from the command line's bundles to a diagnosis. Throws UsageError where an input cannot be read at all. */
export async function diagnoseBundles(
  inputs: readonly (string | BundleInput)[],
  options: PipelineOptions,
): Promise<Diagnosis> {
  return readable(pipeline.diagnoseBundles(await Promise.all(inputs.map(inputOf)), options));
}

/** What there is before anything is judged. Throws UsageError where an input cannot be read at all. */
export async function understandBundles(
  inputs: readonly (string | BundleInput)[],
  options: Pick<PipelineOptions, 'rulebook' | 'onStage'>,
): Promise<Understanding> {
  return readable(pipeline.understandBundles(await Promise.all(inputs.map(inputOf)), options));
}

/** The files of bundles. Throws UsageError where an input cannot be read at all. */
export async function readInputs(inputs: readonly (string | BundleInput)[]): Promise<BundleContents> {
  const { readBundles } = await import('../facts/bundle/read-bundles.js');
  return readable(readBundles(await Promise.all(inputs.map(inputOf))));
}

async function readable<T>(result: Promise<T>): Promise<T> {
  const { UnreadableInput } = await import('../facts/bundle/read-bundles.js');
  try {
    return await result;
  } catch (error) {
    throw error instanceof UnreadableInput ? new UsageError(sanitize(error.message)) : error;
  }
}
