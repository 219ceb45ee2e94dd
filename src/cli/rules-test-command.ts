import path from 'node:path';
import type { Rulebook } from '../engine/rulebook/types.js';
import { sanitize } from '../report/sanitize.js';
import { type Case, findCases } from './cases.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { Progress } from './progress.js';
import { openRulebook } from './rulebook.js';
import type { RulesOptions } from './rules-options.js';
import { isAsItMustBe, reportOf } from './rules-test/report.js';
import { runCases } from './rules-test/run-cases.js';
import { reportText } from './rules-test/text.js';
import { rulesTestWordsOf } from './rules-test/words.js';
import { UsageError } from './usage-error.js';
import { type Say, wordsOf } from './words.js';

export interface RulesTestOptions extends RulesOptions {
  /** The probability with which each word is moved, per cent. */
  moved?: number;
  seeds?: number;
  withoutProof?: boolean;
}

const DEFAULT_FOLDER = path.join('test', 'cases');
const DEFAULT_SEEDS = 20;

/**
 * `podnet rules test`: runs cases through the whole way and prints how each was ranked, which causes are taken for each
 * other, and how right the stated probabilities are; on demand also with the rules' words moved, and without the files that
 * prove the hits. Status 1 where something is not as it must be.
 */
export async function runRulesTest(folders: readonly string[], options: RulesTestOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const say = wordsOf(lang);
  const words = rulesTestWordsOf(lang);
  if (options.seeds !== undefined && options.moved === undefined) throw new UsageError(words('seedsAlone'));
  const roots = folders.length > 0 ? folders : [DEFAULT_FOLDER];
  const rulebook = await openRulebook(options.rules, lang);
  const cases = await casesOf(roots, rulebook, say);
  const progress = new Progress(process.stderr, options.quiet !== true);
  const { results, robustness, withoutProof } = await runCases(cases, rulebook, {
    ...(options.moved === undefined ? {} : { moved: options.moved / 100, seeds: options.seeds ?? DEFAULT_SEEDS }),
    withoutProof: options.withoutProof === true,
    onCase: (n, name) => progress.step(words('progressCase', { n, of: cases.length, name: sanitize(name) })),
  });
  progress.done();
  const report = reportOf(results, robustness, withoutProof);
  const text =
    options.format === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : reportText(report, options.quiet === true, words);
  process.stdout.write(text);
  return isAsItMustBe(report) ? EXIT.healthy : EXIT.diagnosed;
}

async function casesOf(roots: readonly string[], rulebook: Rulebook, say: Say): Promise<Case[]> {
  const notFaults = new Set(rulebook.causes.filter(({ category }) => category === 'not-a-fault').map(({ id }) => id));
  const { cases, problems } = await searched(roots, notFaults);
  if (problems.length > 0) {
    const lines = problems.map(({ file, message }) =>
      say('caseUnreadable', {
        file: sanitize(file),
        message: message === '' ? say('caseNoBundle') : sanitize(message),
      }),
    );
    throw new UsageError(lines.join('\n'));
  }
  if (cases.length === 0) throw new UsageError(say('noCases', { dirs: sanitize(roots.join(', ')) }));
  return cases;
}

async function searched(
  roots: readonly string[],
  notFaults: ReadonlySet<string>,
): Promise<Awaited<ReturnType<typeof findCases>>> {
  try {
    return await findCases(roots, notFaults);
  } catch (error) {
    // Listing a folder is all that can fail there: the message names it.
    throw new UsageError(sanitize(error instanceof Error ? error.message : String(error)));
  }
}
