import type { Node } from 'yaml';
import { bilingual } from './bilingual.js';
import type { Names } from './names.js';
import { id, list, object, oneOrMore, optional, type Reading, required, text, word } from './schema.js';
import type { Rulebook } from './types.js';
import { COST_WORDS } from './words.js';

/** Reads rules/questions.yaml: what a person is asked, and what is collected first where nothing is known. */
export function readQuestions(
  root: Node,
  names: Names,
  reading: Reading,
): Pick<Rulebook, 'questions' | 'legQuestions' | 'symptoms' | 'firstLooks'> {
  const read = object({
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
  return { questions, legQuestions: [], symptoms: [], firstLooks: read?.firstLooks ?? [] };
}
