import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckedRulebook } from '../engine/rulebook/check.js';
import type { Cause, Lang, Rulebook, Step } from '../engine/rulebook/types.js';
import { sanitize } from '../report/sanitize.js';
import { tableLines } from '../report/table.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { openRulebook, problemLine } from './rulebook.js';
import { UsageError } from './usage-error.js';
import { type Say, wordsOf } from './words.js';

/** The YAML that the compiled rulebook was made from. */
const BUILT_IN_RULES = fileURLToPath(new URL('../../rules', import.meta.url));

export interface RulesOptions {
  format: 'text' | 'json';
  lang?: Lang;
  rules?: string;
  quiet?: boolean;
}

/** `podnet rules list`: the root causes by category. */
export async function runRulesList(options: RulesOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const rulebook = await openRulebook(options.rules, lang);
  if (options.format === 'json') {
    const causes = rulebook.causes.map(({ id, category, classes, scope, title }) => ({
      id,
      category,
      classes,
      scope,
      title,
    }));
    process.stdout.write(`${JSON.stringify(causes, null, 2)}\n`);
    return EXIT.healthy;
  }
  const lines: string[] = [];
  for (const category of rulebook.categories) {
    const causes = rulebook.causes.filter((cause) => cause.category === category.id);
    if (causes.length === 0) continue;
    if (lines.length > 0) lines.push('');
    lines.push(`${category.id}: ${category.title[lang]}`);
    for (const line of tableLines(causes.map(({ id, title }) => [id, title[lang]]))) lines.push(`  ${line}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.healthy;
}

/** `podnet rules show ID`. Throws UsageError where no cause has that id. */
export async function runRulesShow(id: string, options: RulesOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const say = wordsOf(lang);
  const rulebook = await openRulebook(options.rules, lang);
  const cause = rulebook.causes.find((candidate) => candidate.id === id);
  if (cause === undefined) {
    const { suggest } = await import('../engine/rulebook/suggest.js');
    const near = suggest(
      id,
      rulebook.causes.map((candidate) => candidate.id),
    );
    const hint = near === undefined ? say('listCauses') : say('didYouMean', { what: near });
    throw new UsageError(`${say('unknownCause', { id: sanitize(id) })}; ${hint}`);
  }
  const text = options.format === 'json' ? JSON.stringify(cause, null, 2) : causeText(cause, rulebook, lang, say);
  process.stdout.write(`${text}\n`);
  return EXIT.healthy;
}

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

function causeText(cause: Cause, rulebook: Rulebook, lang: Lang, say: Say): string {
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
  section(say('showExcludes'), cause.excludes);
  section(say('showLeadsTo'), cause.leadsTo);
  section(say('showFix'), stepLines(cause.fix, lang));
  section(say('showPersist'), stepLines(cause.persist, lang));
  section(say('showVerify'), stepLines(cause.verify, lang));
  section(say('showPrevent'), stepLines(cause.prevent, lang));
  section(say('showReferences'), cause.references);
  return lines.join('\n');
}

function stepLines(steps: readonly Step[], lang: Lang): string[] {
  return steps.flatMap((step) => [
    `- ${step.do[lang]}`,
    ...(step.run?.trimEnd().split('\n') ?? []).map((line) => `    ${line}`),
    ...(step.expect === undefined ? [] : [`  ${step.expect[lang]}`]),
    ...(step.alert === undefined
      ? []
      : [`    alert: ${step.alert.expr}${step.alert.for === undefined ? '' : ` (for ${step.alert.for})`}`]),
  ]);
}
