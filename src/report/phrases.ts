import type { CapturedFlow, RankedCause, ReportStep, UnexplainedFlow, WeighedEvidence } from '../engine/diagnosis.js';
import type { Cost } from '../engine/rulebook/types.js';
import type { Scalar, Source, Subject } from '../facts/model.js';
import { clip } from './sanitize.js';
import type { Say } from './words.js';

/** How many of a long list a person is shown. */
export const SHOWN = {
  subjects: 6,
  legs: 12,
  evidence: 6,
  unknown: 3,
  facts: 4,
  flows: 8,
  changes: 12,
  files: 8,
  next: 5,
} as const;

/** Characters of a single value out of a dump. */
const VALUE_LENGTH = 160;

/** 0 to 1 as a percentage; what rounds to nought or to all is not written as if it were certain. */
export function percent(probability: number): string {
  const rounded = Math.round(probability * 100);
  if (rounded >= 100) return '>99%';
  if (rounded <= 0) return '<1%';
  return `${rounded}%`;
}

/** `file:line`, `file #packet` of a binary capture, `probe`, or the answer's question; empty where nothing is known. */
export function sourceText(source: Source): string {
  if (source.file !== undefined) {
    if (source.packet !== undefined) return `${source.file} #${source.packet}`;
    return source.line === undefined ? source.file : `${source.file}:${source.line}`;
  }
  return source.probe ?? source.answer ?? '';
}

const CAPTURED = {
  lost: 'capturedLost',
  'outside-tunnel': 'capturedOutside',
  untranslated: 'capturedUntranslated',
  unanswered: 'capturedUnanswered',
  refused: 'capturedRefused',
} as const satisfies Record<CapturedFlow['verdict'], string>;

/** Where captures show that a flow was lost, in one sentence. */
export function capturedText(captured: CapturedFlow, say: Say): string {
  const values = { flow: captured.flow, seen: captured.seenAt, missing: captured.missingAt ?? '' };
  const sentence = say(CAPTURED[captured.verdict], values);
  const margin = [say(captured.direction === 'request' ? 'capturedRequest' : 'capturedReply')];
  if (captured.largeOnly) margin.push(say('capturedLarge'));
  if (captured.count > 1) margin.push(say('capturedCount', { n: captured.count }));
  return `${sentence} (${margin.join(say('clause'))})`;
}

export function valueText(value: Scalar): string {
  return clip(Array.isArray(value) ? value.join(', ') : String(value), VALUE_LENGTH);
}

/** `node/n1, node/n2 and 7 more`. */
export function listText(items: readonly string[], limit: number, say: Say): string {
  const shown = items
    .slice(0, limit)
    .map((item) => clip(item, VALUE_LENGTH))
    .join(', ');
  return items.length <= limit ? shown : `${shown} ${say('andMore', { n: items.length - limit })}`;
}

export function subjectsText(subjects: readonly Subject[], say: Say): string {
  return listText(subjects, SHOWN.subjects, say);
}

/** How much of what is complained of a cause explains. */
export function explainsText({ explains, evidence }: RankedCause, say: Say): string {
  if (explains.of > 0) return say('explains', { n: explains.symptoms, of: explains.of });
  const seen = evidence.filter(({ symptom }) => symptom === true).map(({ statement }) => statement);
  return seen.length === 0 ? say('explainsNone') : say('explainsSeen', { seen: seen.join(say('clause')) });
}

/** `98%, confirmed, now`. */
export function standing(cause: RankedCause, say: Say): string {
  return [percent(cause.probability), say(cause.confidence), say(cause.when)].join(say('separator'));
}

/** `bridge-nf-call-disabled on node/n2`. */
export function causeOn(cause: { cause: string; subjects: readonly Subject[] }, say: Say): string {
  if (cause.subjects.length === 0) return cause.cause;
  return say('on', { cause: cause.cause, subjects: subjectsText(cause.subjects, say) });
}

export function costText(cost: Cost, say: Say): string {
  if (cost === 'look') return say('costLook');
  return cost === 'access' ? say('costAccess') : say('costDisturb');
}

/** Where a step is done and what it risks: `on node/n2, risk: low`; empty where the rulebook does not say. */
export function stepMargin(step: ReportStep, say: Say): string {
  const parts: string[] = [];
  if (step.on !== undefined) parts.push(say('stepOn', { where: step.on }));
  const risk = step.risk === undefined ? undefined : riskText(step.risk, say);
  if (risk !== undefined) parts.push(say('stepRisk', { risk }));
  return parts.join(say('separator'));
}

/** What stands over an alert's expression. */
export function alertText(alert: NonNullable<ReportStep['alert']>, say: Say): string {
  return alert.for === undefined ? say('alert') : say('alertFor', { time: alert.for });
}

function riskText(risk: string, say: Say): string {
  if (risk === 'none') return say('riskNone');
  if (risk === 'low') return say('riskLow');
  if (risk === 'medium') return say('riskMedium');
  return risk === 'high' ? say('riskHigh') : risk;
}

/** One line of evidence in decibans: `+15.1`, `-7.0`; empty for what is not known. */
export function weightText(evidence: WeighedEvidence): string {
  if (evidence.verdict === 'unknown') return '';
  return `${evidence.weight < 0 ? '' : '+'}${evidence.weight.toFixed(1)}`;
}

export function flowText(flow: UnexplainedFlow): string {
  return [flow.flow, flow.leg, flow.error ?? ''].filter((part) => part !== '').join(' ');
}

/** What is shown of a piece of evidence: the rulebook states what would be so, where it is not that is said. */
export function statementText(evidence: WeighedEvidence, say: Say): string {
  return evidence.present === false ? say('notSo', { statement: evidence.statement }) : evidence.statement;
}
