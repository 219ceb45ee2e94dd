import type { Node } from 'yaml';
import { bilingual } from './bilingual.js';
import { id, list, object, type Reading, required, word } from './schema.js';
import type { Rulebook } from './types.js';

/** Reads rules/taxonomy.yaml: the categories (folders of causes) and the documented classes that a reporter browses by. */
export function readTaxonomy(
  root: Node,
  causes: readonly string[],
  reading: Reading,
): Pick<Rulebook, 'categories' | 'classes'> | undefined {
  return object({
    categories: required(list(object({ id: required(id), title: required(bilingual) }), { nonEmpty: true })),
    classes: required(
      list(
        object({
          id: required(id),
          title: required(bilingual),
          symptom: required(bilingual),
          causes: required(list(word('cause', causes))),
        }),
      ),
    ),
  })(root, reading);
}
