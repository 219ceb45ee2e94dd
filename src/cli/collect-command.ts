import type { Lang } from '../engine/rulebook/types.js';
import { sanitize } from '../report/sanitize.js';
import { collectWordsOf } from './collect-words.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { asUsage, collectLive, collectProgress, type LiveOptions, nodeName, tellProblems } from './live-collection.js';
import { Progress } from './progress.js';

export interface CollectOptions extends LiveOptions {
  output?: string;
  force?: boolean;
  quiet?: boolean;
  lang?: Lang;
}

/** `podnet collect`: a bundle of this node. Its name on standard output, all else on standard error. */
export async function runCollect(options: CollectOptions): Promise<ExitStatus> {
  const say = collectWordsOf(chooseLang(options.lang, process.env));
  const { BundleWriter } = await import('../facts/collect/bundle-writer.js');
  const output = options.output ?? `podnet-${nodeName(options)}-${stamp(new Date())}.tgz`;
  const progress = new Progress(process.stderr, options.quiet !== true);
  const onInterrupt = (): void => progress.done();
  process.prependOnceListener('SIGINT', onInterrupt);
  try {
    const writer = BundleWriter.create(output, { force: options.force === true });
    const { pods, probedFrom, problems } = await collectLive(writer, options, collectProgress(progress, say));
    progress.done();
    if (options.quiet !== true) {
      const values = { output: sanitize(output), files: writer.size, pods, sources: probedFrom.length };
      process.stderr.write(`podnet: ${say('written', values)}\n`);
      tellProblems(problems, say);
    }
    if (output !== '-') process.stdout.write(`${sanitize(output)}\n`);
    return EXIT.healthy;
  } catch (error) {
    throw await asUsage(error);
  } finally {
    progress.done();
    process.off('SIGINT', onInterrupt);
  }
}

/** `20240501-093000`, of UTC: bundles of several nodes stand in the order in which they were taken. */
function stamp(time: Date): string {
  return time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}
