import type { Lang } from '../engine/rulebook/types.js';
import { sanitize } from '../report/sanitize.js';
import { collectWordsOf } from './collect-words.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { asUsage, endCleanly } from './live-collection.js';

export interface MergeOptions {
  output: string;
  force?: boolean;
  quiet?: boolean;
  lang?: Lang;
}

/** `podnet merge`: several bundles as one. Its name on standard output, what differed on standard error. */
export async function runMerge(bundles: readonly string[], options: MergeOptions): Promise<ExitStatus> {
  const say = collectWordsOf(chooseLang(options.lang, process.env));
  const { BundleWriter } = await import('../facts/collect/bundle-writer.js');
  const { mergeBundles } = await import('../facts/collect/merge.js');
  try {
    const writer = BundleWriter.create(options.output, { force: options.force === true });
    const release = endCleanly(writer);
    try {
      const { conflicts, empty, problems } = await mergeBundles(bundles, writer);
      await writer.finish();
      if (options.quiet !== true) {
        const lines = [
          say('merged', { output: sanitize(options.output), files: writer.size, n: bundles.length }),
          ...conflicts.map(({ path, name, other }) =>
            say('differs', { path: sanitize(path), name: sanitize(name), other: sanitize(other) }),
          ),
          ...empty.map((name) => say('mergeNothing', { name: sanitize(name) })),
          ...problems.map(({ path, message }) => sanitize(`${path}: ${message}`)),
        ];
        process.stderr.write(lines.map((line) => `podnet: ${line}\n`).join(''));
      }
    } catch (error) {
      await writer.abort();
      throw error;
    } finally {
      release();
    }
    if (options.output !== '-') process.stdout.write(`${sanitize(options.output)}\n`);
    return EXIT.healthy;
  } catch (error) {
    throw await asUsage(error);
  }
}
