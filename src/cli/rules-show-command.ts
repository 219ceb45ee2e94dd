import { type QuestionsAbout, questionsAbout } from '../engine/rulebook/questions-about.js';
import type { Cause, Lang, LegQuestion, Rulebook, Step } from '../engine/rulebook/types.js';
import { fill } from '../report/catalogue.js';
import { sanitize } from '../report/sanitize.js';
import { tableLines } from '../report/table.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { openRulebook } from './rulebook.js';
import type { RulesOptions } from './rules-options.js';
import { type RulesSay, rulesWordsOf } from './rules-words.js';
import { UsageError } from './usage-error.js';
import { wordsOf } from './words.js';

/** What nodes are called in the questions, where nobody has named them. */
const NODES = { here: 'node-a', there: 'node-b', third: 'node-c' };

/** `podnet rules show ID`. Throws UsageError where no cause has that id. */
export async function runRulesShow(id: string, options: RulesOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const rulebook = await openRulebook(options.rules, lang);
  const cause = await causeOf(rulebook, id, lang);
  const questions = questionsAbout(rulebook, cause);
  const text =
    options.format === 'json'
      ? JSON.stringify({ ...cause, questions: questionIds(questions) }, null, 2)
      : causeText(cause, questions, rulebook, lang);
  process.stdout.write(`${text}\n`);
  return EXIT.healthy;
}

async function causeOf(rulebook: Rulebook, id: string, lang: Lang): Promise<Cause> {
  const cause = rulebook.causes.find((candidate) => candidate.id === id);
  if (cause !== undefined) return cause;
  const say = wordsOf(lang);
  const { suggest } = await import('../engine/rulebook/suggest.js');
  const near = suggest(
    id,
    rulebook.causes.map((candidate) => candidate.id),
  );
  const hint = near === undefined ? say('listCauses') : say('didYouMean', { what: near });
  throw new UsageError(`${say('unknownCause', { id: sanitize(id) })}; ${hint}`);
}

function questionIds({ answers, fails, works }: QuestionsAbout): Record<keyof QuestionsAbout, string[]> {
  const ids = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id);
  return { answers: ids(answers), fails: ids(fails), works: ids(works) };
}

function causeText(cause: Cause, questions: QuestionsAbout, rulebook: Rulebook, lang: Lang): string {
  const say = rulesWordsOf(lang);
  const lines = [cause.title[lang], say('showWhere', { id: cause.id, category: cause.category, scope: cause.scope })];
  const section = (title: string, body: readonly string[]): void => {
    if (body.length > 0) lines.push('', title, ...body.map((line) => `  ${line}`));
  };
  section(say('showMechanism'), [cause.mechanism[lang].trim()]);
  section(
    say('showBreaks'),
    tableLines(
      cause.signature.breaks.map(({ leg, roles, as, how }) => [leg.text, how, roles.join(', '), as.join(', ')]),
    ),
  );
  section(
    say('showSpares'),
    cause.signature.spares.map(({ text }) => text),
  );
  const statements = new Map(rulebook.evidence.map((evidence) => [evidence.id, evidence.statement[lang]]));
  section(
    say('showEvidence'),
    tableLines(
      cause.evidence.map(({ id, shows, direct }) => [
        id,
        direct ? `${shows}, ${say('direct')}` : shows,
        statements.get(id) ?? '',
      ]),
    ),
  );
  section(say('showExcludes'), tableLines(cause.excludes.map((id) => [id, statements.get(id) ?? ''])));
  section(say('showAnswers'), tableLines(questions.answers.map(({ id, text }) => [id, text[lang]])));
  section(say('showFails'), tableLines(questions.fails.map((question) => legRow(question, lang))));
  section(say('showWorks'), tableLines(questions.works.map((question) => legRow(question, lang))));
  section(say('showLeadsTo'), cause.leadsTo);
  section(
    say('showComesFrom'),
    rulebook.causes.filter(({ leadsTo }) => leadsTo.includes(cause.id)).map(({ id }) => id),
  );
  section(say('showFix'), stepLines(cause.fix, lang, say));
  section(say('showPersist'), stepLines(cause.persist, lang, say));
  section(say('showVerify'), stepLines(cause.verify, lang, say));
  section(say('showPrevent'), stepLines(cause.prevent, lang, say));
  section(say('showReferences'), cause.references);
  return lines.join('\n');
}

function legRow({ id, text }: LegQuestion, lang: Lang): string[] {
  return [id, fill(text[lang], NODES)];
}

function stepLines(steps: readonly Step[], lang: Lang, say: RulesSay): string[] {
  const indented = (command: string | undefined): string[] =>
    (command?.trimEnd().split('\n') ?? []).map((line) => `    ${line}`);
  return steps.flatMap((step) => [
    `- ${step.do[lang]}${step.risk === undefined || step.risk === 'none' ? '' : ` (${say('risk', { risk: say(step.risk) })})`}`,
    ...indented(step.run),
    ...(step.expect === undefined ? [] : [`  ${step.expect[lang]}`]),
    ...(step.undo === undefined ? [] : [`  ${say('undo')}`, ...indented(step.undo)]),
    ...(step.alert === undefined
      ? []
      : [
          `  ${step.alert.for === undefined ? say('alert') : say('alertFor', { for: step.alert.for })}`,
          ...indented(step.alert.expr),
        ]),
  ]);
}
