import { isMap, type Node } from 'yaml';
import { ATTEMPT, attemptOf } from './asked-leg.js';
import { bilingual } from './bilingual.js';
import type { Names } from './names.js';
import {
  id,
  list,
  object,
  oneOrMore,
  optional,
  type Reading,
  required,
  type Shape,
  text,
  unknownWord,
  word,
} from './schema.js';
import type { LegQuestion, OpeningSymptom, Rulebook, Text } from './types.js';
import { PLACES } from './types.js';
import { COST_WORDS, FLOW_ERRORS, FLOW_PATTERNS, FLOW_STAGES, FLOW_STATES } from './words.js';

/** Refuses braces around anything but a place: they are filled with the names of nodes. */
function placesOnly<T extends string | Text>(shape: Shape<T>): Shape<T> {
  return (node, reading) => {
    const value = shape(node, reading);
    if (value === undefined) return undefined;
    for (const one of typeof value === 'string' ? [value] : [value.en, value.zh]) {
      for (const [, written = ''] of one.matchAll(/\{([^{}]*)\}/g)) {
        if (!PLACES.some((place) => place === written))
          return reading.fail(node, unknownWord('place in braces', written, PLACES));
      }
    }
    return value;
  };
}

/** A question about what works. */
const legQuestion: Shape<LegQuestion> = (node, reading) => {
  const read = object({
    id: required(id),
    text: required(placesOnly(bilingual)),
    why: required(placesOnly(bilingual)),
    ...ATTEMPT,
    run: required(placesOnly(text)),
    cost: required(word('cost', COST_WORDS)),
  })(node, reading);
  const attempt = read === undefined ? undefined : attemptOf(read, node, reading);
  if (read === undefined || attempt === undefined) return undefined;
  return { id: read.id, ...attempt, text: read.text, why: read.why, run: read.run, cost: read.cost };
};

type SymptomFlow = OpeningSymptom['flows'][number];

/** What a symptom says of one attempt: that it fails, unless `state` says otherwise. */
const symptomFlow: Shape<SymptomFlow> = (node, reading) => {
  const read = object({
    ...ATTEMPT,
    state: optional(word('state', FLOW_STATES)),
    error: optional(word('error', FLOW_ERRORS)),
    pattern: optional(word('pattern', FLOW_PATTERNS)),
    stage: optional(word('stage', FLOW_STAGES)),
  })(node, reading);
  const attempt = read === undefined ? undefined : attemptOf(read, node, reading);
  if (read === undefined || attempt === undefined) return undefined;
  const state = read.state ?? 'failing';
  if (read.error !== undefined && state !== 'failing')
    return reading.fail(
      isMap(node) ? (node.get('error', true) as Node) : node,
      `an error beside the state "${state}": only what fails has one`,
    );
  const flow: SymptomFlow = { ...attempt, state };
  if (read.error !== undefined) flow.error = read.error;
  if (read.pattern !== undefined) flow.pattern = read.pattern;
  if (read.stage !== undefined) flow.stage = read.stage;
  return flow;
};

const symptomFlows: Shape<SymptomFlow[]> = (node, reading) => {
  const flows = list(symptomFlow, { nonEmpty: true })(node, reading);
  return flows?.every(({ state }) => state === 'ok')
    ? reading.fail(node, 'a symptom of which everything works: at least one flow must not be "ok"')
    : flows;
};

/**
 * Reads rules/questions.yaml: what a person is asked, how reporters say what is wrong, and what is collected first where
 * nothing is known.
 */
export function readQuestions(
  root: Node,
  names: Names,
  reading: Reading,
): Pick<Rulebook, 'questions' | 'legQuestions' | 'symptoms' | 'firstLooks'> {
  const read = object({
    symptoms: optional(
      list(
        object({
          id: required(id),
          class: required(word('class', names.classes)),
          text: required(bilingual),
          flows: required(symptomFlows),
        }),
      ),
    ),
    legs: optional(list(legQuestion)),
    questions: required(
      list(
        object({
          id: required(id),
          text: required(bilingual),
          why: optional(bilingual),
          fact: required(word('fact', [...names.facts.keys()])),
          cost: required(word('cost', COST_WORDS)),
        }),
      ),
    ),
    firstLooks: optional(
      list(
        object({
          id: required(id),
          text: required(bilingual),
          collect: required(text),
          cost: required(word('cost', COST_WORDS)),
          unless: required(oneOrMore(text)),
        }),
      ),
    ),
  })(root, reading);
  const questions = (read?.questions ?? []).map(({ why, ...question }) =>
    why === undefined ? question : { ...question, why },
  );
  return {
    questions,
    legQuestions: read?.legs ?? [],
    symptoms: read?.symptoms ?? [],
    firstLooks: read?.firstLooks ?? [],
  };
}
