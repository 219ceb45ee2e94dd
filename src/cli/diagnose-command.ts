import type { Diagnosis } from '../engine/diagnosis.js';
import type { Lang } from '../engine/rulebook/types.js';
import type { BundleInput } from '../facts/bundle/read-bundles.js';
import type { Stage } from '../pipeline/diagnose-bundles.js';
import { type CollectSay, collectWordsOf } from './collect-words.js';
import { type ExitStatus, statusOf } from './exit-status.js';
import { chooseLang } from './language.js';
import type { LiveOptions } from './live-collection.js';
import { pageWidth } from './page-width.js';
import { diagnoseBundles } from './pipeline.js';
import { Progress } from './progress.js';
import { openRulebook } from './rulebook.js';
import { UsageError } from './usage-error.js';
import { type Say, wordsOf } from './words.js';

export interface DiagnoseOptions extends LiveOptions {
  /** Collects here first; the options of a collection are taken only with it. */
  live?: boolean;
  format: 'text' | 'json' | 'markdown';
  lang?: Lang;
  top?: number;
  rules?: string;
  quiet?: boolean;
}

/** `podnet diagnose`: the answer on standard output, progress and warnings on standard error. */
export async function runDiagnose(bundles: readonly string[], options: DiagnoseOptions): Promise<ExitStatus> {
  const spoken = chooseLang(options.lang, process.env);
  const say = wordsOf(spoken);
  if (bundles.includes('-') && process.stdin.isTTY) throw new UsageError(say('stdinTerminal'));
  const progress = new Progress(process.stderr, options.quiet !== true);
  // Before the handler that ends the process.
  const onInterrupt = (): void => progress.done();
  process.prependOnceListener('SIGINT', onInterrupt);
  try {
    const lang = options.format === 'json' ? (options.lang ?? 'en') : spoken;
    const rulebook = await openRulebook(options.rules, spoken);
    const inputs: (string | BundleInput)[] = [...bundles];
    if (options.live === true) inputs.push(await live(options, progress, collectWordsOf(spoken)));
    const diagnosis = await diagnoseBundles(inputs, {
      lang,
      rulebook,
      onStage: (stage) => progress.step(stageText(stage, say)),
    });
    progress.done();
    return await answer(diagnosis, options, say);
  } finally {
    progress.done();
    process.off('SIGINT', onInterrupt);
  }
}

/** Prints a diagnosis on standard output, in the form that was asked for, and gives the exit status that tells it. */
export async function answer(
  diagnosis: Diagnosis,
  options: Pick<DiagnoseOptions, 'format' | 'top' | 'quiet'>,
  say: Say,
): Promise<ExitStatus> {
  process.stdout.write(await render(diagnosis, options));
  const problems = diagnosis.input.problems.length;
  if (problems > 0 && options.quiet !== true && !process.stdout.isTTY) {
    process.stderr.write(`${say('error', { message: say('warningProblems', { n: problems }) })}\n`);
  }
  return statusOf(diagnosis.outcome);
}

/** What is so on this machine now: a bundle that is never written to disk. */
export async function live(
  options: LiveOptions & { quiet?: boolean },
  progress: Progress,
  say: CollectSay,
): Promise<BundleInput> {
  const { BundleWriter } = await import('../facts/collect/bundle-writer.js');
  const { collectLive, collectProgress, tellProblems } = await import('./live-collection.js');
  let bytes: Uint8Array = new Uint8Array();
  const writer = BundleWriter.inMemory((packed) => {
    bytes = packed;
  });
  const { problems } = await collectLive(writer, options, collectProgress(progress, say));
  progress.done();
  if (options.quiet !== true) tellProblems(problems, say);
  return { stdin: bytes, name: 'live' };
}

function stageText(stage: Stage, say: Say): string {
  if (stage === 'read') return say('progressRead');
  return stage === 'facts' ? say('progressFacts') : say('progressJudge');
}

async function render(diagnosis: Diagnosis, options: Pick<DiagnoseOptions, 'format' | 'top'>): Promise<string> {
  const limit = options.top === undefined ? {} : { top: options.top };
  if (options.format === 'json') {
    const { renderJson } = await import('../report/json.js');
    return renderJson({ ...diagnosis, diagnoses: diagnosis.diagnoses.slice(0, options.top) });
  }
  if (options.format === 'markdown') {
    const { renderMarkdown } = await import('../report/markdown.js');
    return renderMarkdown(diagnosis, limit);
  }
  const { renderText } = await import('../report/text.js');
  return renderText(diagnosis, { color: wantsColor(), width: pageWidth(), ...limit });
}

/** Colours only where a person looks on, and has not declined them (https://no-color.org). */
export function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
