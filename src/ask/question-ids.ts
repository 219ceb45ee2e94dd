import type { Evidence, OpeningSymptom, Rulebook } from '../engine/rulebook/types.js';
import type { Subject } from '../facts/model.js';
import { isSubject } from '../facts/parsers/fact-values.js';
import { type InterviewPlaces, splitOnce } from './asked-leg.js';
import { UNNAMED } from './places.js';

/** The opening question; `symptom@n1,n2` where the answer names the client's node and the one it wants to reach. */
export const SYMPTOM = 'symptom';

/** An output question: evidence that is looked for at one place. */
export interface OutputQuestion {
  on: Subject;
  evidence: Evidence[];
}

export interface Statement {
  evidence: Evidence;
  is: boolean;
}

/** `output@node/n1:ip-forward-off+rp-filter-strict`; undefined where it is no such question, or names unknown evidence. */
export function outputOfId(rulebook: Rulebook, id: string): OutputQuestion | undefined {
  const [kind, rest = ''] = splitOnce(id, '@');
  if (kind !== 'output') return undefined;
  const colon = rest.lastIndexOf(':');
  const on = rest.slice(0, Math.max(0, colon));
  const evidence = rest
    .slice(colon + 1)
    .split('+')
    .map((name) => rulebook.evidence.find((one) => one.id === name));
  if (!isSubject(on) || evidence.length === 0 || evidence.some((one) => one === undefined)) return undefined;
  return { on, evidence: evidence.filter((one) => one !== undefined) };
}

/** What a choice of an output question says of its evidence; undefined where there is no such choice. */
export function valueOfOutput({ evidence }: OutputQuestion, value: string): Statement[] | undefined {
  if (value === 'none' || value === 'no') return evidence.map((one) => ({ evidence: one, is: false }));
  if (value === 'yes' && evidence.length === 1) return evidence.map((one) => ({ evidence: one, is: true }));
  const named = evidence.find(({ id }) => id === value);
  return named === undefined ? undefined : [{ evidence: named, is: true }];
}

/** The commands of an output question, each once. */
export function commandsOf({ evidence }: OutputQuestion): string[] {
  return [...new Set(evidence.map(({ collect }) => collect))].filter((command) => command !== '');
}

/** The opening symptom that an answer chooses, with the nodes that it is about. */
export function symptomOf(
  rulebook: Rulebook,
  question: string,
  value: string,
): { symptom: OpeningSymptom; places: InterviewPlaces } | undefined {
  const symptom = rulebook.symptoms.find(({ id }) => id === value);
  if (symptom === undefined) return undefined;
  const [here, there, third] = (splitOnce(question, '@')[1] ?? '').split(',').map((name) => name.trim());
  return {
    symptom,
    places: { here: here || UNNAMED.here, there: there || UNNAMED.there, third: third || UNNAMED.third },
  };
}
