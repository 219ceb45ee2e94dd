import path from 'node:path';
import type { CheckedRulebook } from '../engine/rulebook/check.js';
import { sanitize } from '../report/sanitize.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { problemLine } from './rulebook.js';
import { BUILT_IN_RULES, type RulesOptions } from './rules-options.js';
import { UsageError } from './usage-error.js';
import { wordsOf } from './words.js';

/** `podnet rules lint [DIR]`: mistakes, and what is probably not meant. Status 1 where the rules do not load. */
export async function runRulesLint(folder: string | undefined, options: RulesOptions): Promise<ExitStatus> {
  const say = wordsOf(chooseLang(options.lang, process.env));
  const { rulebook, problems } = await lintedFolder(folder ?? path.relative('', BUILT_IN_RULES));
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (options.format === 'json') {
    process.stdout.write(`${JSON.stringify(problems, null, 2)}\n`);
  } else {
    const lines = problems.map((problem) => {
      const severity = problem.severity === 'error' ? say('lintError') : say('lintWarning');
      return `${severity} ${problemLine(problem)}`;
    });
    if (rulebook !== undefined) {
      const { causes, evidence, facts } = rulebook;
      lines.push(say('lintSize', { causes: causes.length, evidence: evidence.length, facts: facts.length }));
    }
    lines.push(say('lintSummary', { errors, warnings: problems.length - errors }));
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return errors > 0 ? EXIT.diagnosed : EXIT.healthy;
}

async function lintedFolder(folder: string): Promise<CheckedRulebook> {
  const [{ loadRulebookFolder }, { RulebookLoadError }] = await Promise.all([
    import('../engine/rulebook/load.js'),
    import('../engine/rulebook/compiled.js'),
  ]);
  try {
    return loadRulebookFolder(folder);
  } catch (error) {
    throw error instanceof RulebookLoadError ? new UsageError(sanitize(error.message)) : error;
  }
}
