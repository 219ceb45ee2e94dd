import { isMap, type Node, type YAMLMap } from 'yaml';
import type { SubjectKind } from '../../facts/model.js';
import { bilingual } from './bilingual.js';
import { condition, factsOf } from './condition.js';
import type { Names } from './names.js';
import { boolean, id, keyOf, list, object, optional, peek, type Reading, required, text, word } from './schema.js';
import { oneOf } from './suggest.js';
import type { Evidence, Quantifier } from './types.js';
import { COST_WORDS, ELSEWHERE_WORDS, QUANTIFIERS, SUBJECT_KINDS } from './words.js';

const childKind = word('subject kind', SUBJECT_KINDS);

/** The kind of subject at a key, where it is one. */
function kindAt(map: YAMLMap, key: string): SubjectKind | undefined {
  const kind = peek(map, key);
  return SUBJECT_KINDS.find((known) => known === kind);
}

function evidence(node: Node, names: Names, reading: Reading): Evidence | undefined {
  const how = isMap(node) ? QUANTIFIERS.find((quantifier) => node.has(quantifier)) : undefined;
  const judgedOn = isMap(node) ? kindAt(node, how ?? 'subject') : undefined;
  const read = object({
    id: required(id),
    subject: required(word('subject kind', SUBJECT_KINDS)),
    some: optional(childKind),
    every: optional(childKind),
    'only-failing': optional(childKind),
    when: required(condition(names, judgedOn)),
    elsewhere: required(word('elsewhere', ELSEWHERE_WORDS)),
    group: optional(id),
    symptom: optional(boolean),
    statement: required(bilingual),
    collect: optional(text),
    cost: optional(word('cost', COST_WORDS)),
  })(node, reading);
  if (read === undefined || !isMap(node)) return undefined;

  const facts = factsOf(read.when);
  if (how !== undefined && !quantifierFits(node, how, facts, names, reading)) return undefined;
  return {
    id: read.id,
    subject: read.subject,
    ...(how === undefined ? {} : { quantifier: { how, of: judgedOn! } }),
    when: read.when,
    elsewhere: read.elsewhere,
    ...(read.group === undefined ? {} : { group: read.group }),
    ...(read.symptom === true ? { symptom: true } : {}),
    statement: read.statement,
    collect: read.collect ?? collectOf(facts, names),
    cost: read.cost ?? 'look',
    facts,
    at: reading.document.at(node),
  };
}

function quantifierFits(node: YAMLMap, how: Quantifier, facts: string[], names: Names, reading: Reading): boolean {
  const before = reading.problems.length;
  const keys = node.items.map((pair) => keyOf(pair)).filter((key) => QUANTIFIERS.some((word) => word === key.name));
  const kind = kindAt(node, how)!;
  if (keys.length > 1)
    reading.fail(keys[1]!.node, `"${keys[1]!.name}" beside "${keys[0]!.name}": expected one of ${oneOf(QUANTIFIERS)}`);
  else if (kind === 'cluster' || kind === kindAt(node, 'subject')) {
    reading.fail(node.get(how, true) as Node, `a ${kindAt(node, 'subject')} does not have many of ${kind}`);
  } else if (facts.every((fact) => (names.facts.get(fact)?.subject ?? kind) !== kind)) {
    reading.fail(
      node.get('when', true) as Node,
      `no fact of the condition is about a ${kind}: "${how}" has nothing to count`,
    );
  }
  return reading.problems.length === before;
}

/** What makes the first fact known that says so; empty where none does. */
function collectOf(facts: readonly string[], names: Names): string {
  for (const fact of facts) {
    const collect = names.facts.get(fact)?.collect;
    if (collect !== undefined) return collect;
  }
  return '';
}

/** Reads one of rules/evidence/: a list. Entries with mistakes are left out. */
export function readEvidence(root: Node, names: Names, reading: Reading): Evidence[] {
  const entries: Evidence[] = [];
  list((node) => {
    const entry = evidence(node, names, reading);
    if (entry !== undefined) entries.push(entry);
    return entry;
  })(root, reading);
  return entries;
}
