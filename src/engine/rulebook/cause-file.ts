import { isMap, type Node } from 'yaml';
import { bilingual } from './bilingual.js';
import { legPattern } from './leg-pattern.js';
import type { Names } from './names.js';
import { placeholderNames } from './placeholder.js';
import {
  boolean,
  id,
  list,
  number,
  object,
  oneOrMore,
  optional,
  type Reading,
  record,
  required,
  type Shape,
  text,
  word,
} from './schema.js';
import { step } from './step.js';
import type { Break, Cause, CauseEvidence, FactType, Step } from './types.js';
import {
  BREAKS_AS,
  EXPECTED_FAILURES,
  NOT_A_FAULT,
  PEERS_WORDS,
  PRIOR_WORDS,
  ROLE_WORDS,
  SCOPES,
  SHOWS_WORDS,
} from './words.js';

/** The shape of a cause's file, as far as the names allow it; built once for all causes. */
export function causeShape(names: Names) {
  const steps = list(step(placeholderNames([...names.facts.keys()].map((name) => ({ name })))));
  const depends = circumstances(names);
  return object({
    id: required(id),
    category: required(word('category', names.categories)),
    classes: required(list(word('class', names.classes))),
    scope: required(word('scope', SCOPES)),
    requires: optional(depends),
    prior: required(word('prior', PRIOR_WORDS)),
    title: required(bilingual),
    mechanism: required(bilingual),
    signature: required(
      object({
        breaks: required(list(breakShape(depends))),
        spares: optional(list(legPattern)),
      }),
    ),
    evidence: required(list(causeEvidence(names))),
    excludes: optional(list(word('evidence', names.evidence))),
    leadsTo: optional(list(word('cause', names.causes))),
    explains: optional(list(word('expected failure', EXPECTED_FAILURES))),
    fix: required(steps),
    persist: optional(steps),
    verify: required(steps),
    prevent: optional(steps),
    references: required(list(text)),
  });
}

/** One value of a fact as ranking compares it: as a text. */
const VALUES: Readonly<Record<Exclude<FactType, 'list'>, Shape<string>>> = {
  string: text,
  boolean: (node, reading) => asText(boolean(node, reading)),
  number: (node, reading) => asText(number(node, reading)),
};

function asText(value: boolean | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** `{podAttachment: routed}`: facts, each with the value or values under which something holds. */
function circumstances(names: Names): Shape<Record<string, string[]>> {
  return record('fact', [...names.facts.keys()], (name) => (node, reading) => {
    const type = names.facts.get(name)?.type ?? 'string';
    if (type === 'list') return reading.fail(node, `"${name}" is a list: only facts of one value can stand here`);
    return oneOrMore(VALUES[type])(node, reading);
  });
}

function breakShape(depends: Shape<Record<string, string[]>>): Shape<Break> {
  const fields = object({
    leg: required(legPattern),
    role: optional(oneOrMore(word('role', ROLE_WORDS))),
    as: optional(oneOrMore(word('error', BREAKS_AS))),
    how: required(word('how', SHOWS_WORDS)),
    peers: optional(word('peers', PEERS_WORDS)),
    when: optional(depends),
  });
  return (node, reading) => {
    const read = fields(node, reading);
    if (read === undefined) return undefined;
    return {
      leg: read.leg,
      roles: read.role ?? [],
      as: read.as ?? [],
      how: read.how,
      peers: read.peers ?? 'all',
      when: read.when ?? {},
    };
  };
}

function causeEvidence(names: Names): Shape<CauseEvidence> {
  const fields = object({
    id: required(word('evidence', names.evidence)),
    shows: required(word('shows', SHOWS_WORDS)),
    direct: optional(boolean),
  });
  return (node, reading) => {
    const read = fields(node, reading);
    return read === undefined ? undefined : { id: read.id, shows: read.shows, direct: read.direct ?? false };
  };
}

/** The node at a path of the document: where a mistake in a value that could be read stands. */
function at(root: Node, ...path: (string | number)[]): Node {
  const node = isMap(root) ? root.getIn(path, true) : undefined;
  return (node as Node | undefined) ?? root;
}

/**
 * Reads rules/causes/<category>/<id>.yaml; undefined where it has a mistake.
 * `place` is what the path says: the folder is the category, the file's name the id.
 */
export function readCause(
  root: Node,
  place: { category: string; id: string },
  shape: ReturnType<typeof causeShape>,
  reading: Reading,
): Cause | undefined {
  const read = shape(root, reading);
  if (read === undefined) return undefined;
  const before = reading.problems.length;
  if (read.id !== place.id)
    reading.fail(at(root, 'id'), `"${read.id}" in ${place.id}.yaml: a cause's file bears its id`);
  if (read.category !== place.category) {
    reading.fail(
      at(root, 'category'),
      `"${read.category}" in the folder ${place.category}: a cause's folder is its category`,
    );
  }
  const leadsTo = read.leadsTo ?? [];
  const isFault = read.category !== NOT_A_FAULT;
  if (isFault && read.signature.breaks.length === 0 && leadsTo.length === 0) {
    reading.fail(at(root, 'signature', 'breaks'), 'a fault breaks something or leads to a cause that does');
  }
  if (isFault && read.explains !== undefined) {
    reading.fail(at(root, 'explains'), `"explains" is for entries of ${NOT_A_FAULT}`);
  }
  if (isFault && read.fix.length === 0) reading.fail(at(root, 'fix'), 'a fault needs a step that fixes it');
  if (isFault && read.verify.length === 0)
    reading.fail(at(root, 'verify'), 'a fault needs a step that verifies the fix');
  checkEvidence(root, read.evidence, read.excludes ?? [], reading);
  if (reading.problems.length > before) return undefined;

  const none: Step[] = [];
  return {
    id: read.id,
    category: read.category,
    classes: read.classes,
    scope: read.scope,
    requires: read.requires ?? {},
    prior: read.prior,
    title: read.title,
    mechanism: read.mechanism,
    signature: { breaks: read.signature.breaks, spares: read.signature.spares ?? [] },
    evidence: read.evidence,
    excludes: read.excludes ?? [],
    leadsTo,
    explains: read.explains ?? [],
    fix: read.fix,
    persist: read.persist ?? none,
    verify: read.verify,
    prevent: read.prevent ?? none,
    references: read.references,
    at: reading.document.at(root),
  };
}

function checkEvidence(
  root: Node,
  evidence: readonly CauseEvidence[],
  excludes: readonly string[],
  reading: Reading,
): void {
  const seen = new Set<string>();
  for (const [index, item] of evidence.entries()) {
    if (seen.has(item.id)) reading.fail(at(root, 'evidence', index, 'id'), `"${item.id}" is listed twice`);
    seen.add(item.id);
  }
  for (const [index, excluded] of excludes.entries()) {
    const item = evidence.find((shown) => shown.id === excluded);
    if (item === undefined) continue;
    const what = item.direct ? 'is direct evidence of this cause' : `is evidence that this cause ${item.shows} shows`;
    reading.fail(at(root, 'excludes', index), `"${excluded}" cannot rule the cause out: it ${what}`);
  }
}
