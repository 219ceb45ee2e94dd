import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { sanitize } from '../report/sanitize.js';
import type { AskSession } from './ask-session.js';
import type { AskSay } from './ask-words.js';
import { asUsage, endCleanly } from './live-collection.js';
import { UsageError } from './usage-error.js';

/** Where a session is kept. */
export interface SaveTarget {
  output: string;
  /** Whether what stands there may be replaced: it was asked for, or it is what the session goes on from. */
  force: boolean;
}

/**
 * Where a session is to be kept, tried before anything is asked: nobody's answers are to be lost to a name mistyped.
 * Throws UsageError where it cannot be written.
 */
export async function saveTarget(
  output: string,
  options: { force?: boolean; bundle?: readonly string[] },
  say: AskSay,
): Promise<SaveTarget> {
  if (
    output === '' ||
    output === '-' ||
    /\.(?:zip|xz|zst|bz2|gz|json|ya?ml|txt)$/i.test(output.replace(/\.tar\.gz$/, ''))
  ) {
    throw new UsageError(say('saveFormat', { file: sanitize(output) }));
  }
  const [only, ...others] = options.bundle ?? [];
  const goesOn = only !== undefined && others.length === 0 && placeOf(only) === placeOf(output);
  const target = { output, force: options.force === true || goesOn };
  const { BundleWriter } = await import('../facts/collect/bundle-writer.js');
  try {
    await BundleWriter.create(output, target).abort();
  } catch (error) {
    throw await asUsage(error);
  }
  return target;
}

/**
 * Writes the bundle that the session began with and what was answered, so that a diagnosis of it is the one that is shown.
 * Throws UsageError where it cannot be written.
 */
export async function saveSession(session: AskSession, { output, force }: SaveTarget): Promise<void> {
  const { BundleWriter } = await import('../facts/collect/bundle-writer.js');
  const { indexOf, isIndex } = await import('../facts/collect/merge.js');
  const { answersBundle, withoutAnswers } = await import('../ask/answers-bundle.js');
  const { contents, rulebook, lang } = session.base;
  const answered = answersBundle(session.answers, { rulebook, lang });
  const base = withoutAnswers(contents).entries;
  const index = indexOf(base);
  try {
    const writer = BundleWriter.create(output, { force });
    const release = endCleanly(writer);
    try {
      for (const entry of base) {
        if (isIndex(entry.path)) continue;
        writer.add({ ...index.get(entry.path), path: entry.path, content: bytesOf(entry) });
      }
      for (const { path, bytes } of answered) writer.add({ path, content: bytes });
      await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    } finally {
      release();
    }
  } catch (error) {
    throw await asUsage(error);
  }
}

/** What cannot be read any more was told when the bundle was read. */
function bytesOf(entry: { readonly bytes: Uint8Array }): Uint8Array {
  try {
    return entry.bytes;
  } catch {
    return new Uint8Array();
  }
}

function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
