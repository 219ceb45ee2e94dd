import type { Node } from 'yaml';
import { bilingual } from './bilingual.js';
import type { Names } from './names.js';
import { id, list, object, optional, type Reading, required, word } from './schema.js';
import type { Question } from './types.js';
import { COST_WORDS } from './words.js';

/** Reads rules/questions.yaml. */
export function readQuestions(root: Node, names: Names, reading: Reading): Question[] {
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
  })(root, reading);
  return (read?.questions ?? []).map(({ why, ...question }) => (why === undefined ? question : { ...question, why }));
}
