import path from 'node:path';
import { sanitize } from '../report/sanitize.js';
import { tableLines } from '../report/table.js';
import { type CaseVerdict, type ExpectedDiagnosis, judgeCase } from './case-verdict.js';
import { findCases } from './cases.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { diagnoseBundles } from './pipeline.js';
import { Progress } from './progress.js';
import { openRulebook } from './rulebook.js';
import type { RulesOptions } from './rules-options.js';
import { UsageError } from './usage-error.js';
import { type Say, wordsOf } from './words.js';

interface CaseResult extends CaseVerdict {
  name: string;
  expected: ExpectedDiagnosis;
}

const DEFAULT_FOLDER = path.join('test', 'cases');

/** `podnet rules test`: runs cases through the whole way and prints how each was ranked. Status 1 where one fails. */
export async function runRulesTest(folders: readonly string[], options: RulesOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const say = wordsOf(lang);
  const roots = folders.length > 0 ? folders : [DEFAULT_FOLDER];
  const rulebook = await openRulebook(options.rules, lang);
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
  const progress = new Progress(process.stderr, options.quiet !== true);
  const results: CaseResult[] = [];
  for (const [index, { name, bundle, expected }] of cases.entries()) {
    progress.step(say('progressCase', { n: index + 1, of: cases.length, name: sanitize(name) }));
    const diagnosis = await diagnoseBundles([bundle], { lang: 'en', rulebook });
    results.push({ name, expected, ...judgeCase(expected, diagnosis) });
  }
  progress.done();
  process.stdout.write(options.format === 'json' ? `${JSON.stringify(results, null, 2)}\n` : table(results, say));
  return results.every(({ ok }) => ok) ? EXIT.healthy : EXIT.diagnosed;
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

function table(results: readonly CaseResult[], say: Say): string {
  const heading = [
    say('tableCase'),
    say('tableExpected'),
    say('tableRank'),
    say('tableRunnerUp'),
    say('tableMargin'),
    say('tableVerdict'),
  ];
  const rows = results.map((result) => [
    sanitize(result.name),
    expectedText(result.expected),
    result.rank === undefined ? '-' : String(result.rank),
    result.runnerUp ?? '-',
    result.margin === undefined ? '-' : result.margin.toFixed(2),
    result.ok ? say('ok') : `${say('fail')} ${result.why}`,
  ]);
  const failed = results.filter(({ ok }) => !ok).length;
  const summary = say('casesSummary', { passed: results.length - failed, failed });
  return `${[...tableLines([heading, ...rows]), '', summary].join('\n')}\n`;
}

function expectedText(expected: ExpectedDiagnosis): string {
  if (expected.causes.length > 0) return sanitize(expected.causes.join(' + '));
  return expected.kind === 'near-miss' ? sanitize(`not ${expected.notCauses.join(', ')}`) : expected.kind;
}
