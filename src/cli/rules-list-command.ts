import { NOT_A_FAULT } from '../engine/rulebook/words.js';
import { sanitize } from '../report/sanitize.js';
import { tableLines } from '../report/table.js';
import { countCases, OWN_CASES } from './case-counts.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { openRulebook } from './rulebook.js';
import type { RulesOptions } from './rules-options.js';
import { rulesWordsOf } from './rules-words.js';
import { UsageError } from './usage-error.js';

export interface RulesListOptions extends RulesOptions {
  /** Folders whose cases are counted; the checkout's own unless told. */
  cases?: string[];
}

/**
 * `podnet rules list`: the root causes by category, each with the number of cases that prove it. `cases` is null where there
 * are none to count: a package that was installed brings rules and no cases. Throws UsageError where a folder that was
 * named is not there.
 */
export async function runRulesList(options: RulesListOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang ?? (options.format === 'json' ? 'en' : undefined), process.env);
  const say = rulesWordsOf(chooseLang(options.lang, process.env));
  const rulebook = await openRulebook(options.rules, lang);
  const notFaults = new Set(
    rulebook.causes.filter(({ category }) => category === NOT_A_FAULT).map((cause) => cause.id),
  );
  const counted = await countCases(options.cases ?? [OWN_CASES], notFaults);
  if (counted === undefined && options.cases !== undefined) {
    throw new UsageError(say('noCasesFolder', { dirs: sanitize(options.cases.join(', ')) }));
  }
  if (options.format === 'json') {
    const causes = rulebook.causes.map(({ id, category, classes, scope, title }) => {
      return { id, category, title: title[lang], cases: counted?.(id) ?? null, classes, scope };
    });
    process.stdout.write(`${JSON.stringify(causes, null, 2)}\n`);
    return EXIT.healthy;
  }
  const lines: string[] = [];
  for (const category of rulebook.categories) {
    const causes = rulebook.causes.filter((cause) => cause.category === category.id);
    if (causes.length === 0) continue;
    if (lines.length > 0) lines.push('');
    lines.push(`${category.id}: ${category.title[lang]}`);
    const rows = causes.map(({ id, title }) => {
      const counts = counted?.(id);
      return counts === undefined ? [id, title[lang]] : [id, say('caseCounts', { ...counts }), title[lang]];
    });
    for (const line of tableLines(rows)) lines.push(`  ${line}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.healthy;
}
