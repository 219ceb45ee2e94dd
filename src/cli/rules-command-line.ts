import { type Command, Option } from 'commander';
import type { Lang } from '../engine/rulebook/types.js';
import { collected, formatOption, langOption } from './common-options.js';
import type { RulesDocsOptions } from './rules-docs-command.js';
import type { RulesListOptions } from './rules-list-command.js';
import type { RulesOptions } from './rules-options.js';
import { rulesWordsOf } from './rules-words.js';
import type { Say } from './words.js';

/** What the commands of `podnet rules` do once their words are understood. */
export interface RulesActions {
  list(options: RulesListOptions): Promise<void>;
  show(id: string, options: RulesOptions): Promise<void>;
  lint(folder: string | undefined, options: RulesOptions): Promise<void>;
  test(folders: string[], options: RulesOptions): Promise<void>;
  docs(folder: string | undefined, options: RulesDocsOptions): Promise<void>;
}

/** Adds `podnet rules` and its commands. */
export function addRules(program: Command, lang: Lang, say: Say, actions: RulesActions): void {
  const words = rulesWordsOf(lang);
  const rules = program.command('rules').description(say('rules')).usage(say('usageCommand'));
  const add = (name: string, description: string): Command =>
    rules
      .command(name)
      .description(description)
      .addOption(formatOption(say('optionFormatRules'), ['text', 'json']))
      .addOption(langOption(say));
  add('list', say('rulesList'))
    .usage(say('usageOptions'))
    .option('--rules <dir>', say('optionRules'))
    .addOption(new Option('--cases <dir>', words('optionCases')).argParser(collected))
    .action(actions.list);
  add('show', say('rulesShow'))
    .usage(`${say('usageOptions')} <id>`)
    .argument('<id>', say('rulesShowId'))
    .option('--rules <dir>', say('optionRules'))
    .action(actions.show);
  add('lint', say('rulesLint'))
    .usage(`${say('usageOptions')} [dir]`)
    .argument('[dir]', say('rulesLintDir'))
    .action(actions.lint);
  add('test', say('rulesTest'))
    .usage(`${say('usageOptions')} [dir...]`)
    .argument('[dir...]', say('rulesTestDir'))
    .option('--rules <dir>', say('optionRules'))
    .option('-q, --quiet', say('optionQuiet'))
    .action(actions.test);
  rules
    .command('docs')
    .description(words('rulesDocs'))
    .usage(`${say('usageOptions')} [dir]`)
    .argument('[dir]', words('rulesDocsDir'))
    .option('--check', words('optionCheck'))
    .addOption(langOption(say))
    .option('--rules <dir>', say('optionRules'))
    .action(actions.docs);
}
