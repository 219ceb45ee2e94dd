import { type Command, Option } from 'commander';
import type { Lang } from '../engine/rulebook/types.js';
import { sanitize } from '../report/sanitize.js';
import { collected, formatOption, InvalidOption, langOption } from './common-options.js';
import type { RulesDocsOptions } from './rules-docs-command.js';
import type { RulesListOptions } from './rules-list-command.js';
import type { RulesNewOptions } from './rules-new-command.js';
import type { RulesOptions } from './rules-options.js';
import { rulesTestWordsOf } from './rules-test/words.js';
import type { RulesTestOptions } from './rules-test-command.js';
import { rulesWordsOf } from './rules-words.js';
import type { Say } from './words.js';

/** What the commands of `podnet rules` do once their words are understood. */
export interface RulesActions {
  list(options: RulesListOptions): Promise<void>;
  show(id: string, options: RulesOptions): Promise<void>;
  lint(folder: string | undefined, options: RulesOptions): Promise<void>;
  create(id: string, options: RulesNewOptions): Promise<void>;
  docs(folder: string | undefined, options: RulesDocsOptions): Promise<void>;
  test(folders: string[], options: RulesTestOptions): Promise<void>;
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
  const test = rulesTestWordsOf(lang);
  const wholeOption = (flags: string, text: string, allowed: string, to: number): Option =>
    new Option(flags, text).argParser((value) => {
      if (/^[1-9]\d{0,3}$/.test(value) && Number(value) <= to) return Number(value);
      const option = flags.split(' ', 1)[0]!;
      throw new InvalidOption(say('invalidArgument', { option, allowed, what: sanitize(value) }));
    });
  add('test', say('rulesTest'))
    .usage(`${say('usageOptions')} [dir...]`)
    .argument('[dir...]', say('rulesTestDir'))
    .option('--rules <dir>', say('optionRules'))
    .addOption(wholeOption('--moved <percent>', test('optionMoved'), test('invalidMoved'), 100))
    .addOption(wholeOption('--seeds <n>', test('optionSeeds'), test('invalidSeeds'), 1000))
    .option('--without-proof', test('optionWithoutProof'))
    .option('-q, --quiet', test('optionQuiet'))
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
  rules
    .command('new')
    .description(words('rulesNew'))
    .usage(`${say('usageOptions')} <id>`)
    .argument('<id>', words('rulesNewId'))
    .requiredOption('--category <category>', words('optionCategory'))
    .option('--cases <dir>', words('optionCasesNew'))
    .addOption(langOption(say))
    .option('--rules <dir>', say('optionRules'))
    .action(actions.create);
}
