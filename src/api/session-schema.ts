import { FACTS_SCHEMA } from './facts-schema.js';
import type { JsonSchema } from './validate.js';

/** What requests about sessions bring, as JSON Schema. */

/** Answers that a session takes in all. */
export const MAX_ANSWERS = 200;

const answer = {
  question: { type: 'string', minLength: 1, maxLength: 2000, description: 'Id of the question.', example: 'symptom' },
  value: { type: 'string', minLength: 1, maxLength: 1000, description: "One of the question's choices." },
  pasted: { type: 'string', minLength: 1, description: 'Output of the commands that were asked for.' },
};

export const ANSWER_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['question'],
  anyOf: [{ required: ['value'] }, { required: ['pasted'] }],
  additionalProperties: false,
  properties: answer,
};

const answers = { type: 'array', minItems: 1, maxItems: MAX_ANSWERS, items: ANSWER_SCHEMA };

export const NEW_SESSION_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    facts: FACTS_SCHEMA,
    symptom: { type: 'string', minLength: 1, maxLength: 1000, description: "A choice of the first question's." },
    answers,
  },
};

export const ANSWERS_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'One answer, or several.',
  anyOf: [{ required: ['question', 'value'] }, { required: ['question', 'pasted'] }, { required: ['answers'] }],
  additionalProperties: false,
  properties: {
    ...answer,
    answers,
    version: {
      type: 'integer',
      minimum: 0,
      description: 'The version of the session that is answered: 409 where somebody else was quicker.',
    },
  },
};
