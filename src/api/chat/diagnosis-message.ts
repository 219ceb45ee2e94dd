import type { Diagnosis, RankedCause, ReportStep, WeighedEvidence } from '../../engine/diagnosis.js';
import {
  capturedText,
  causeOn,
  explainsText,
  flowText,
  percent,
  sourceText,
  standing,
  statementText,
  stepMargin,
  valueText,
  weightText,
} from '../../report/phrases.js';
import { clip, sanitizeProse } from '../../report/sanitize.js';
import { type Say, wordsOf } from '../../report/words.js';
import { command, heading, item, line, type Message, NO_QUESTION, type Part, run } from './message.js';
import { chatWordsOf } from './words.js';

/** How much of an answer a chat message shows; the whole of it stands behind the link. */
const SHOWN = {
  causes: 3,
  evidence: 4,
  unknown: 2,
  facts: 1,
  steps: 4,
  flows: 3,
  found: 3,
  next: 3,
  complaint: 300,
} as const;

/** A diagnosis as a chat message: what it is, what to do about it, what it rests on. */
export function diagnosisMessage(diagnosis: Diagnosis, permalink: string | undefined): Message {
  const say = wordsOf(diagnosis.lang);
  const link = permalink === undefined ? undefined : { text: chatWordsOf(diagnosis.lang)('whole'), url: permalink };
  return {
    summary: sanitizeProse(diagnosis.verdict),
    parts: diagnosisParts(diagnosis, say),
    ...NO_QUESTION,
    ...(link === undefined ? {} : { link }),
  };
}

function diagnosisParts(diagnosis: Diagnosis, say: Say): Part[] {
  const parts: Part[] = [heading(diagnosis.verdict)];
  if (diagnosis.complaint !== undefined)
    parts.push(line(run(`${say('complaint')}${say('stop')}${clip(diagnosis.complaint, SHOWN.complaint)}`)));
  const causes = diagnosis.diagnoses.slice(0, SHOWN.causes);
  if (causes.length > 1) for (const cause of causes) parts.push(rankedItem(cause, say));
  const leading = causes[0];
  if (leading !== undefined) parts.push(...causeParts(leading, causes.length === 1, say));
  for (const flow of diagnosis.captured.slice(0, SHOWN.flows)) parts.push(item('-', run(capturedText(flow, say))));
  if (diagnosis.notFaults.length > 0) {
    parts.push(heading(say('notFaults')));
    for (const found of diagnosis.notFaults.slice(0, SHOWN.found)) parts.push(item('-', run(found.statement)));
  }
  if (diagnosis.unexplained.length > 0) {
    parts.push(heading(say('unexplained')));
    for (const flow of diagnosis.unexplained.slice(0, SHOWN.flows)) parts.push(item('-', run(flowText(flow), 'code')));
  }
  if (diagnosis.alsoFound.length > 0) {
    parts.push(heading(say('alsoFound')));
    for (const found of diagnosis.alsoFound.slice(0, SHOWN.found))
      parts.push(item('-', run(`${found.title}${say('stop')}`), run(causeOn(found, say), 'code'), run(found.why)));
  }
  if (diagnosis.next.length > 0) parts.push(heading(say('next')));
  for (const step of diagnosis.next.slice(0, SHOWN.next)) {
    parts.push(item('-', run(step.text)));
    if (step.collect !== undefined) parts.push(command(step.collect));
  }
  parts.push(line(run(`${say('read')}${say('stop')}${readText(diagnosis, say)}`)));
  return parts;
}

function readText({ input, seen }: Diagnosis, say: Say): string {
  const texts = [say('seen', seen), say('recognised', { n: input.recognised })];
  if (input.unrecognised.length > 0) texts.push(say('unrecognised', { n: input.unrecognised.length }));
  if (input.problems.length > 0) texts.push(say('problems', { n: input.problems.length }));
  return texts.join(say('clause'));
}

function rankedItem(cause: RankedCause, say: Say): Part {
  return item(
    `${cause.rank}.`,
    run(cause.title, 'strong'),
    run(`${standing(cause, say)}${say('stop')}`),
    run(causeOn(cause, say), 'code'),
  );
}

function causeParts(cause: RankedCause, alone: boolean, say: Say): Part[] {
  const parts: Part[] = alone ? [rankedItem(cause, say)] : [];
  parts.push(line(run(cause.mechanism)));
  for (const origin of cause.because)
    parts.push(
      line(run(say('because', { cause: `${origin.title} (${origin.cause})`, percent: percent(origin.probability) }))),
    );
  parts.push(line(run(explainsText(cause, say))));
  parts.push(...steps(say('fix'), cause.fix, say), ...steps(say('persist'), cause.persist, say));
  parts.push(...evidence(say('for'), cause, 'for', say), ...evidence(say('against'), cause, 'against', say));
  parts.push(...evidence(say('unknown'), cause, 'unknown', say), ...steps(say('verify'), cause.verify, say));
  return parts;
}

function steps(title: string, list: readonly ReportStep[], say: Say): Part[] {
  if (list.length === 0) return [];
  const parts: Part[] = [heading(title)];
  for (const [index, step] of list.slice(0, SHOWN.steps).entries()) {
    const margin = stepMargin(step, say);
    parts.push(item(`${index + 1}.`, run(margin === '' ? step.do : `${step.do} (${margin})`)));
    if (step.run !== undefined) parts.push(command(step.run));
    if (step.expect !== undefined) parts.push(line(run(say('expect', { what: step.expect }))));
  }
  return parts;
}

function evidence(title: string, cause: RankedCause, verdict: WeighedEvidence['verdict'], say: Say): Part[] {
  const list = cause.evidence.filter((entry) => entry.verdict === verdict);
  if (list.length === 0) return [];
  const parts: Part[] = [heading(title)];
  for (const entry of list.slice(0, verdict === 'unknown' ? SHOWN.unknown : SHOWN.evidence)) {
    const weight = weightText(entry);
    const statement = statementText(entry, say);
    const runs = [run(weight === '' ? statement : `${statement} (${weight})`)];
    for (const fact of entry.facts.slice(0, SHOWN.facts)) {
      const source = sourceText(fact.source);
      const stated = `${fact.subject} ${fact.name} = ${valueText(fact.value)}`;
      runs.push(run(source === '' ? stated : `${stated} (${source})`, 'code'));
    }
    parts.push(item('-', ...runs));
    if (verdict === 'unknown' && entry.collect !== undefined) parts.push(command(entry.collect));
  }
  return parts;
}
