import type { Diagnosis, RankedCause, ReportStep, WeighedEvidence } from '../engine/diagnosis.js';
import type { Lang } from '../engine/rulebook/types.js';
import {
  alertText,
  capturedText,
  causeOn,
  costText,
  explainsText,
  percent,
  SHOWN,
  sourceText,
  standing,
  statementText,
  stepMargin,
  valueText,
  weightText,
} from './phrases.js';
import { clip, commandLines, sanitize, sanitizeProse } from './sanitize.js';
import { DEFAULT_TOP } from './text.js';
import { type Say, wordsOf } from './words.js';

export interface MarkdownOptions {
  /** Language of the words around the answer; the diagnosis' own unless told. */
  lang?: Lang;
  /** How many causes are shown. */
  top?: number;
}

/**
 * The answer as GitHub-flavoured Markdown, for a ticket. What may come from a dump is shown and never obeyed: it stands
 * escaped, in a code span or in a fence, and makes no link, image, mention, heading or HTML.
 */
export function renderMarkdown(diagnosis: Diagnosis, options: MarkdownOptions = {}): string {
  const say = wordsOf(options.lang ?? diagnosis.lang);
  const shown = diagnosis.diagnoses.slice(0, options.top ?? DEFAULT_TOP);
  const blocks: string[] = [`# ${escapeMarkdown(diagnosis.verdict)}`];
  if (diagnosis.complaint !== undefined) {
    blocks.push(
      `${say('complaint')}${say('stop')}`.trim(),
      fence(diagnosis.complaint.split(/\r?\n/).map(sanitize), 'text'),
    );
  }
  if (shown.length > 0) blocks.push(`## ${say('causes')}`, ranking(say, diagnosis, shown));
  section(blocks, say, say('captured'), diagnosis.captured, SHOWN.flows, (flow) =>
    spans(capturedText(flow, say), sourceText(flow.source)),
  );
  for (const cause of shown) blocks.push(...causeBlocks(say, cause));
  if (diagnosis.notFaults.length > 0) {
    blocks.push(`## ${say('notFaults')}`);
    for (const entry of diagnosis.notFaults) {
      blocks.push(`${escapeMarkdown(entry.statement)}${cutList(say, entry.explains, SHOWN.flows, codeSpan)}`);
    }
  }
  section(blocks, say, say('unexplained'), diagnosis.unexplained, SHOWN.flows, (flow) =>
    spans(flow.flow, flow.leg, flow.error ?? '', sourceText(flow.source)),
  );
  section(blocks, say, say('alsoFound'), diagnosis.alsoFound, Number.POSITIVE_INFINITY, (found) =>
    [`${escapeMarkdown(found.title)}${say('stop')}`, codeSpan(causeOn(found, say)), escapeMarkdown(found.why)].join(
      ' ',
    ),
  );
  section(blocks, say, say('changed'), diagnosis.timeline.slice(-SHOWN.changes), SHOWN.changes, (change) =>
    spans(change.at ?? '', change.what, change.on ?? '', sourceText(change.source)),
  );
  next(blocks, say, diagnosis);
  blocks.push(`## ${say('read')}`, readList(say, diagnosis));
  return `${blocks.join('\n\n')}\n`;
}

/**
 * Prose made literal: Markdown's marks, HTML, entities and GitHub's bare links are escaped; one line comes back.
 */
export function escapeMarkdown(text: string): string {
  return sanitizeProse(text)
    .replace(/[\\`*_[\]<>|~#&$!]/g, '\\$&')
    .replace(/:\/\//g, ':\\/\\/')
    .replace(/\bwww\./gi, (match) => match.replace('.', '\\.'))
    .replace(/@/g, '@&#8203;')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

/** A value as code. Its fence is longer than any run of backticks in it; a pipe would end a table's cell. */
export function codeSpan(text: string): string {
  const safe = sanitizeProse(text);
  if (safe === '') return '';
  const mark = '`'.repeat(longestRun(safe) + 1);
  const pad = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return `${mark}${pad}${safe}${pad}${mark}`;
}

function longestRun(text: string): number {
  let longest = 0;
  for (const run of text.match(/`+/g) ?? []) longest = Math.max(longest, run.length);
  return longest;
}

/** A fenced block; its marks are longer than any run of backticks in it. */
export function fence(lines: readonly string[], language: string): string {
  const mark = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return [`${mark}${language}`, ...lines, mark].join('\n');
}

/** Blocks of a list item stand four columns in, so that they belong to it whatever its number. */
export function inset(block: string): string {
  return block
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n');
}

function spans(...values: string[]): string {
  return values
    .filter((value) => value !== '')
    .map((value) => codeSpan(clip(value, 300)))
    .join(' ');
}

function ranking(say: Say, diagnosis: Diagnosis, shown: readonly RankedCause[]): string {
  const lines: string[] = [];
  for (const cause of shown) {
    const standingText = escapeMarkdown(standing(cause, say));
    lines.push(
      `${cause.rank}. **${escapeMarkdown(cause.title)}** ${standingText}${say('stop')}${codeSpan(causeOn(cause, say))}`,
    );
  }
  const hidden = diagnosis.diagnoses.length - shown.length;
  if (hidden > 0) lines.push('', say('moreCauses', { n: hidden, all: diagnosis.diagnoses.length }));
  return lines.join('\n');
}

function causeBlocks(say: Say, cause: RankedCause): string[] {
  const blocks = [`## ${cause.rank}. ${escapeMarkdown(cause.title)}`, escapeMarkdown(cause.mechanism)];
  for (const origin of cause.because) {
    const slots = { cause: `${origin.title} (${origin.cause})`, percent: percent(origin.probability) };
    blocks.push(escapeMarkdown(say('because', slots)));
  }
  const { of, legs } = cause.explains;
  const told = escapeMarkdown(explainsText(cause, say));
  blocks.push(of === 0 ? told : `${told}${cutList(say, legs, SHOWN.legs, codeSpan)}`);
  evidence(blocks, say, say('for'), cause, 'for');
  evidence(blocks, say, say('against'), cause, 'against');
  evidence(blocks, say, say('unknown'), cause, 'unknown');
  steps(blocks, say, say('fix'), cause.fix);
  steps(blocks, say, say('persist'), cause.persist);
  steps(blocks, say, say('verify'), cause.verify);
  steps(blocks, say, say('prevent'), cause.prevent);
  if (cause.references.length > 0) {
    blocks.push(`### ${say('references')}`, cause.references.map((reference) => `- ${link(reference)}`).join('\n'));
  }
  return blocks;
}

/** References are the rulebook's; still only a plain http(s) address becomes a link. */
export function link(reference: string): string {
  return /^https?:\/\/[\w.~:/?#@!$&'()*+,;=%-]+$/.test(reference) ? `<${reference}>` : escapeMarkdown(reference);
}

function steps(blocks: string[], say: Say, title: string, list: readonly ReportStep[]): void {
  if (list.length === 0) return;
  blocks.push(`### ${title}`);
  for (const [index, step] of list.entries()) {
    const margin = stepMargin(step, say);
    const number = `${index + 1}.`.padEnd(3);
    blocks.push(`${number} ${escapeMarkdown(margin === '' ? step.do : `${step.do} (${margin})`)}`);
    if (step.run !== undefined) blocks.push(inset(fence(commandLines(step.run), 'sh')));
    if (step.expect !== undefined) blocks.push(inset(escapeMarkdown(say('expect', { what: step.expect }))));
    if (step.undo !== undefined) blocks.push(inset(say('undo')), inset(fence(commandLines(step.undo), 'sh')));
    if (step.alert !== undefined)
      blocks.push(inset(alertText(step.alert, say)), inset(fence(commandLines(step.alert.expr), 'promql')));
  }
}

function evidence(
  blocks: string[],
  say: Say,
  title: string,
  cause: RankedCause,
  verdict: WeighedEvidence['verdict'],
): void {
  const list = cause.evidence.filter((entry) => entry.verdict === verdict);
  if (list.length === 0) return;
  const limit = verdict === 'unknown' ? SHOWN.unknown : SHOWN.evidence;
  const lines: string[] = [];
  for (const entry of list.slice(0, limit)) {
    const weight = weightText(entry);
    const statement = statementText(entry, say);
    lines.push(`- ${escapeMarkdown(weight === '' ? statement : `${statement} (${weight})`)}`);
    for (const fact of entry.facts.slice(0, SHOWN.facts)) {
      lines.push(`  - ${spans(`${fact.subject} ${fact.name} = ${valueText(fact.value)}`, sourceText(fact.source))}`);
    }
    if (entry.facts.length > SHOWN.facts)
      lines.push(`  - ${say('allInJson', { n: entry.facts.length - SHOWN.facts })}`);
    if (entry.reason !== undefined) lines.push(`  - ${escapeMarkdown(entry.reason)}`);
    if (verdict === 'unknown' && entry.collect !== undefined)
      lines.push(`  - ${say('learn')} ${codeSpan(entry.collect)}`);
  }
  if (list.length > limit) lines.push(`- ${say('allInJson', { n: list.length - limit })}`);
  blocks.push(`### ${title}`, lines.join('\n'));
}

function cutList(say: Say, items: readonly string[], limit: number, show: (item: string) => string): string {
  if (items.length === 0) return '';
  const lines = items.slice(0, limit).map((item) => `\n- ${show(clip(item, 300))}`);
  if (items.length > limit) lines.push(`\n- ${say('allInJson', { n: items.length - limit })}`);
  return `\n${lines.join('')}`;
}

function section<T>(
  blocks: string[],
  say: Say,
  title: string,
  items: readonly T[],
  limit: number,
  show: (item: T) => string,
): void {
  if (items.length === 0) return;
  const lines = items.slice(0, limit).map((item) => `- ${show(item)}`);
  if (items.length > limit) lines.push(`- ${say('allInJson', { n: items.length - limit })}`);
  blocks.push(`## ${title}`, lines.join('\n'));
}

function next(blocks: string[], say: Say, diagnosis: Diagnosis): void {
  if (diagnosis.next.length === 0) return;
  blocks.push(`## ${say('next')}`);
  for (const [index, step] of diagnosis.next.slice(0, SHOWN.next).entries()) {
    blocks.push(`${`${index + 1}.`.padEnd(3)} ${escapeMarkdown(`${step.text} (${costText(step.cost, say)})`)}`);
    if (step.collect !== undefined) blocks.push(inset(fence(commandLines(step.collect), 'sh')));
  }
}

function readList(say: Say, diagnosis: Diagnosis): string {
  const { recognised, unrecognised, problems } = diagnosis.input;
  const lines = [`- ${say('seen', diagnosis.seen)}`, `- ${say('recognised', { n: recognised })}`];
  if (unrecognised.length > 0) {
    lines.push(`- ${say('unrecognised', { n: unrecognised.length })}`);
    for (const file of unrecognised.slice(0, SHOWN.files)) lines.push(`  - ${codeSpan(clip(file, 300))}`);
    if (unrecognised.length > SHOWN.files)
      lines.push(`  - ${say('allInJson', { n: unrecognised.length - SHOWN.files })}`);
  }
  if (problems.length > 0) {
    lines.push(`- ${say('problems', { n: problems.length })}`);
    for (const problem of problems.slice(0, SHOWN.files))
      lines.push(`  - ${spans(sourceText(problem), problem.message)}`);
    if (problems.length > SHOWN.files) lines.push(`  - ${say('allInJson', { n: problems.length - SHOWN.files })}`);
  }
  return lines.join('\n');
}
