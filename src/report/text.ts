import type { Diagnosis, NextStep, RankedCause, ReportStep, WeighedEvidence } from '../engine/diagnosis.js';
import type { Lang } from '../engine/rulebook/types.js';
import { Page } from './page.js';
import {
  alertText,
  capturedText,
  causeOn,
  costText,
  explainsText,
  flowText,
  listText,
  percent,
  SHOWN,
  sourceText,
  standing,
  statementText,
  stepMargin,
  valueText,
  weightText,
} from './phrases.js';
import { type Say, wordsOf } from './words.js';

export interface TextOptions {
  color: boolean;
  /** Columns of the terminal; commands are never wrapped. */
  width: number;
  /** Language of the words around the answer; the diagnosis' own unless told. */
  lang?: Lang;
  /** How many causes are shown. */
  top?: number;
}

export const DEFAULT_TOP = 3;

/** The answer for a person: the verdict in the first line, then what to do about it, then what it rests on. */
export function renderText(diagnosis: Diagnosis, options: TextOptions): string {
  const say = wordsOf(options.lang ?? diagnosis.lang);
  const page = new Page(options.width, options.color);
  const shown = diagnosis.diagnoses.slice(0, options.top ?? DEFAULT_TOP);
  page.verdict(diagnosis.verdict, diagnosis.outcome);
  if (diagnosis.complaint !== undefined) page.paragraph(`${say('complaint')}${say('stop')}${diagnosis.complaint}`);
  ranking(page, say, diagnosis, shown);
  captured(page, say, diagnosis);
  for (const cause of shown) {
    if (cause === shown[0]) leading(page, say, cause);
    else further(page, say, cause, diagnosis.next);
  }
  notFaults(page, say, diagnosis);
  unexplained(page, say, diagnosis);
  alsoFound(page, say, diagnosis);
  changed(page, say, diagnosis);
  next(page, say, diagnosis);
  read(page, say, diagnosis);
  return page.toString();
}

function ranking(page: Page, say: Say, diagnosis: Diagnosis, shown: readonly RankedCause[]): void {
  if (shown.length === 0) return;
  page.heading(say('causes'));
  for (const cause of shown) {
    page.item(`${cause.rank}.`, cause.title, 2, 'strong');
    page.paragraph(`${standing(cause, say)}${say('clause')}${causeOn(cause, say)}`, 5);
  }
  const hidden = diagnosis.diagnoses.length - shown.length;
  if (hidden > 0) page.paragraph(say('moreCauses', { n: hidden, all: diagnosis.diagnoses.length }), 2, 'faint');
}

function captured(page: Page, say: Say, diagnosis: Diagnosis): void {
  if (diagnosis.captured.length === 0) return;
  page.heading(say('captured'));
  for (const flow of diagnosis.captured.slice(0, SHOWN.flows)) {
    const source = sourceText(flow.source);
    page.item('-', capturedText(flow, say), 2);
    if (source !== '') page.paragraph(source, 4, 'faint');
  }
  more(page, say, diagnosis.captured.length - SHOWN.flows, 2);
}

function leading(page: Page, say: Say, cause: RankedCause): void {
  page.heading(`${cause.rank}. ${cause.title}`);
  page.label(say('why'), 2);
  page.paragraph(cause.mechanism, 4);
  for (const origin of cause.because) {
    const name = `${origin.title} (${origin.cause})`;
    page.paragraph(say('because', { cause: name, percent: percent(origin.probability) }), 4);
  }
  explained(page, say, cause);
  page.blank();
  evidence(page, say, say('for'), '+', cause, 'for');
  evidence(page, say, say('against'), '-', cause, 'against');
  evidence(page, say, say('unknown'), '?', cause, 'unknown');
  steps(page, say, say('fix'), cause.fix);
  steps(page, say, say('persist'), cause.persist);
  steps(page, say, say('verify'), cause.verify);
  steps(page, say, say('prevent'), cause.prevent);
  if (cause.references.length > 0) {
    page.label(say('references'), 2);
    for (const reference of cause.references) page.reference(reference, 4);
    page.blank();
  }
}

function explained(page: Page, say: Say, cause: RankedCause): void {
  const { of, legs } = cause.explains;
  page.paragraph(explainsText(cause, say), 4, of === 0 ? 'faint' : undefined);
  if (legs.length > 0) page.paragraph(listText(legs, SHOWN.legs, say), 6);
}

function steps(page: Page, say: Say, title: string, list: readonly ReportStep[]): void {
  if (list.length === 0) return;
  page.label(title, 2);
  for (const [index, step] of list.entries()) {
    const margin = stepMargin(step, say);
    page.item(list.length === 1 ? '-' : `${index + 1}.`, margin === '' ? step.do : `${step.do} (${margin})`, 4);
    if (step.run !== undefined) page.command(step.run, 8);
    if (step.expect !== undefined) page.paragraph(say('expect', { what: step.expect }), 6);
    if (step.undo !== undefined) {
      page.paragraph(say('undo'), 6);
      page.command(step.undo, 8);
    }
    if (step.alert !== undefined) {
      page.paragraph(alertText(step.alert, say), 6);
      page.command(step.alert.expr, 8);
    }
  }
  page.blank();
}

function evidence(
  page: Page,
  say: Say,
  title: string,
  mark: string,
  cause: RankedCause,
  verdict: WeighedEvidence['verdict'],
): void {
  const list = cause.evidence.filter((entry) => entry.verdict === verdict);
  if (list.length === 0) return;
  const limit = verdict === 'unknown' ? SHOWN.unknown : SHOWN.evidence;
  page.label(title, 2);
  for (const entry of list.slice(0, limit)) {
    const weight = weightText(entry);
    const statement = statementText(entry, say);
    page.item(mark, weight === '' ? statement : `${statement} (${weight})`, 4);
    for (const fact of entry.facts.slice(0, SHOWN.facts)) {
      const source = sourceText(fact.source);
      const stated = `${fact.subject} ${fact.name} = ${valueText(fact.value)}`;
      page.paragraph(source === '' ? stated : `${stated} (${source})`, 8, 'faint');
    }
    if (entry.facts.length > SHOWN.facts) {
      page.paragraph(say('allInJson', { n: entry.facts.length - SHOWN.facts }), 8, 'faint');
    }
    if (entry.reason !== undefined) page.paragraph(entry.reason, 8, 'faint');
    if (verdict === 'unknown' && entry.collect !== undefined) {
      page.paragraph(say('learn'), 6);
      page.command(entry.collect, 8);
    }
  }
  more(page, say, list.length - limit, 4);
  page.blank();
}

/** Ranks two and below: what they rest on, and what would tell them from the others. */
function further(page: Page, say: Say, cause: RankedCause, nextSteps: readonly NextStep[]): void {
  page.heading(`${cause.rank}. ${cause.title}`);
  page.paragraph(cause.mechanism, 4);
  explained(page, say, cause);
  briefly(page, say, say('briefFor'), '+', cause, 'for');
  briefly(page, say, say('briefAgainst'), '-', cause, 'against');
  for (const step of nextSteps.filter((candidate) => candidate.separates.includes(cause.cause)).slice(0, 1)) {
    page.paragraph(`${say('tellApart')} ${step.text}`, 4);
    if (step.collect !== undefined) page.command(step.collect, 8);
  }
  for (const step of cause.fix.slice(0, 1)) {
    page.paragraph(`${say('fix')}${say('stop')}${step.do}`, 4);
    if (step.run !== undefined) page.command(step.run, 8);
  }
}

function briefly(
  page: Page,
  say: Say,
  title: string,
  mark: string,
  cause: RankedCause,
  verdict: WeighedEvidence['verdict'],
): void {
  const list = cause.evidence.filter((entry) => entry.verdict === verdict);
  if (list.length === 0) return;
  page.label(title, 4);
  for (const entry of list.slice(0, SHOWN.facts)) page.item(mark, statementText(entry, say), 6);
}

function notFaults(page: Page, say: Say, diagnosis: Diagnosis): void {
  if (diagnosis.notFaults.length === 0) return;
  page.heading(say('notFaults'));
  for (const entry of diagnosis.notFaults) {
    page.item('-', entry.statement, 2);
    if (entry.explains.length > 0) {
      page.paragraph(say('explainsFlows', { flows: listText(entry.explains, SHOWN.flows, say) }), 4, 'faint');
    }
  }
}

function unexplained(page: Page, say: Say, diagnosis: Diagnosis): void {
  if (diagnosis.unexplained.length === 0) return;
  page.heading(say('unexplained'));
  for (const flow of diagnosis.unexplained.slice(0, SHOWN.flows)) {
    const source = sourceText(flow.source);
    page.item('-', source === '' ? flowText(flow) : `${flowText(flow)} (${source})`, 2);
  }
  more(page, say, diagnosis.unexplained.length - SHOWN.flows, 2);
}

function alsoFound(page: Page, say: Say, diagnosis: Diagnosis): void {
  if (diagnosis.alsoFound.length === 0) return;
  page.heading(say('alsoFound'));
  for (const found of diagnosis.alsoFound) {
    page.item('-', found.title, 2);
    page.paragraph(`${causeOn(found, say)}${say('stop')}${found.why}`, 4, 'faint');
  }
}

function changed(page: Page, say: Say, diagnosis: Diagnosis): void {
  const { timeline } = diagnosis;
  if (timeline.length === 0) return;
  page.heading(say('changed'));
  // The latest changes are the suspects, so it is the oldest that are left out.
  more(page, say, timeline.length - SHOWN.changes, 2);
  for (const change of timeline.slice(-SHOWN.changes)) {
    const source = sourceText(change.source);
    const parts = [change.at ?? '', change.what, change.on ?? '', source === '' ? '' : `(${source})`];
    page.item('-', parts.filter((part) => part !== '').join(' '), 2);
  }
}

function next(page: Page, say: Say, diagnosis: Diagnosis): void {
  if (diagnosis.next.length === 0) return;
  page.heading(say('next'));
  for (const [index, step] of diagnosis.next.slice(0, SHOWN.next).entries()) {
    page.item(`${index + 1}.`, `${step.text} (${costText(step.cost, say)})`, 2);
    if (step.collect !== undefined) page.command(step.collect, 8);
  }
  more(page, say, diagnosis.next.length - SHOWN.next, 2);
}

function read(page: Page, say: Say, diagnosis: Diagnosis): void {
  const { recognised, unrecognised, problems } = diagnosis.input;
  page.heading(say('read'));
  page.paragraph(say('seen', diagnosis.seen), 2);
  page.paragraph(say('recognised', { n: recognised }), 2);
  if (unrecognised.length > 0) {
    page.paragraph(say('unrecognised', { n: unrecognised.length }), 2);
    for (const file of unrecognised.slice(0, SHOWN.files)) page.item('-', file, 4, 'faint');
    more(page, say, unrecognised.length - SHOWN.files, 4);
  }
  if (problems.length > 0) {
    page.paragraph(say('problems', { n: problems.length }), 2);
    for (const problem of problems.slice(0, SHOWN.files)) {
      page.item('-', `${sourceText(problem)}: ${problem.message}`, 4, 'faint');
    }
    more(page, say, problems.length - SHOWN.files, 4);
  }
}

function more(page: Page, say: Say, left: number, indent: number): void {
  if (left > 0) page.paragraph(say('allInJson', { n: left }), indent, 'faint');
}
