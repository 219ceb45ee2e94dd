import type { Scalar, Subject } from '../facts/model.js';
import { CLUSTER, kindOf, partsOf } from '../facts/model.js';
import type { ReportStep } from './diagnosis.js';
import { fillPlaceholders, placeholdersOf } from './rulebook/placeholder.js';
import type { Lang, Step } from './rulebook/types.js';
import { shellQuote } from './shell-quote.js';
import type { Situation } from './situation.js';

/** A step that names its subject is printed once a subject, up to this many. */
const SPELLED_OUT = 3;

/** Fills a cause's steps in for the subjects of a hypothesis. Values from the dump are quoted for the shell. */
export function fillSteps(
  situation: Situation,
  steps: readonly Step[],
  subjects: readonly Subject[],
  lang: Lang,
): ReportStep[] {
  const filled: ReportStep[] = [];
  for (const step of steps) {
    const texts = [step.run, step.undo].filter((text) => text !== undefined);
    const named = texts.some((text) => placeholdersOf(text).length > 0);
    const rounds: readonly (readonly Subject[])[] =
      named && subjects.length > 1 ? subjects.slice(0, SPELLED_OUT).map((subject) => [subject]) : [subjects];
    for (const round of rounds) filled.push(fillStep(situation, step, round, lang));
    if (named && subjects.length > SPELLED_OUT) {
      const more = subjects.length - SPELLED_OUT;
      filled.push({
        do:
          lang === 'zh'
            ? `其余 ${more} 处同样操作：${subjects.slice(SPELLED_OUT).join('、')}`
            : `The same on the other ${more}: ${subjects.slice(SPELLED_OUT).join(', ')}`,
      });
    }
  }
  return filled;
}

function fillStep(situation: Situation, step: Step, subjects: readonly Subject[], lang: Lang): ReportStep {
  // A value that is not known is left for the person to put in: `<NODE>`, quoted so that no shell takes it for a redirect.
  const fill = (text: string): string =>
    fillPlaceholders(text, (name) => placeholderValue(situation, name, subjects) ?? `'<${name.toUpperCase()}>'`);
  const filled: ReportStep = { do: step.do[lang] };
  if (step.on !== undefined) filled.on = placeOf(situation, step.on, subjects);
  if (step.run !== undefined) filled.run = fill(step.run);
  if (step.risk !== undefined) filled.risk = step.risk;
  if (step.undo !== undefined) filled.undo = fill(step.undo);
  if (step.expect !== undefined) filled.expect = step.expect[lang];
  if (step.alert !== undefined) filled.alert = step.alert;
  return filled;
}

/** Where a step is to be done: on the hypothesis' nodes, or the nodes of its pods. */
function placeOf(situation: Situation, on: string, subjects: readonly Subject[]): string {
  if (on !== 'node' && on !== 'pod' && on !== 'service') return on;
  if (on === 'pod' && subjects.every((subject) => kindOf(subject) === 'node') && subjects.length > 0) {
    return `a pod on ${subjects.slice(0, 3).join(', ')}`;
  }
  const found = [
    ...new Set(subjects.flatMap((subject) => (subject === CLUSTER ? [] : situation.relatives.of(subject, on)))),
  ];
  return found.length === 0 ? on : found.slice(0, 5).join(', ') + (found.length > 5 ? `, … (${found.length})` : '');
}

function placeholderValue(situation: Situation, name: string, subjects: readonly Subject[]): string | undefined {
  for (const subject of subjects) {
    const value = nameOf(situation, name, subject) ?? factText(situation, name, subject);
    if (value !== undefined) return value;
  }
  return subjects.length === 0 ? factText(situation, name, CLUSTER) : undefined;
}

function nameOf(situation: Situation, name: string, subject: Subject): string | undefined {
  const part = (kind: 'node' | 'pod' | 'service', index: number): string | undefined => {
    const about = subject === CLUSTER ? undefined : situation.relatives.of(subject, kind)[0];
    const text = about === undefined ? undefined : partsOf(about)[index];
    return text === undefined ? undefined : shellQuote(text);
  };
  if (name === 'node') return part('node', 0);
  if (name === 'pod') return part('pod', 1);
  if (name === 'service') return part('service', 1);
  if (name === 'namespace') return kindOf(subject) === 'service' ? part('service', 0) : part('pod', 0);
  return undefined;
}

function factText({ store, relatives }: Situation, name: string, subject: Subject): string | undefined {
  let value: Scalar | undefined = store.value(subject, name);
  if (value === undefined && subject !== CLUSTER) {
    for (const kind of ['node', 'service', 'pod', 'cluster'] as const) {
      const about = relatives.of(subject, kind)[0];
      value = about === undefined ? undefined : store.value(about, name);
      if (value !== undefined) break;
    }
  }
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : shellQuote(value[0]!);
  return shellQuote(String(value));
}
