import { isMap, type Node } from 'yaml';
import { patternFault } from './pattern.js';
import { list, object, optional, type Reading, required, type Shape, text, word } from './schema.js';
import type { FactDefinition } from './types.js';
import { FACT_TYPES, SUBJECT_KINDS } from './words.js';

const NAME = /^[A-Za-z][\w.-]*$/;

const factName: Shape<string> = (node, reading) => {
  const name = text(node, reading);
  if (name === undefined || NAME.test(name)) return name;
  return reading.fail(node, `"${name}" is not a fact name: expected letters, digits, ".", "_" and "-"`);
};

const origin: Shape<string> = (node, reading) => {
  const from = text(node, reading);
  if (from === undefined || /^(?:(?:parser|derivation) [a-z0-9]+(?:-[a-z0-9]+)*|log|answer)$/.test(from)) return from;
  return reading.fail(node, `"${from}" does not make facts: expected parser ID, derivation ID, log or answer`);
};

const pattern: Shape<string> = (node, reading) => {
  const source = text(node, reading);
  const fault = source === undefined ? undefined : patternFault(source);
  return fault === undefined ? source : reading.fail(node, fault);
};

const fields = object({
  name: required(factName),
  subject: required(word('subject kind', SUBJECT_KINDS)),
  type: required(word('fact type', FACT_TYPES)),
  unit: optional(text),
  from: required(origin),
  about: required(text),
  collect: optional(text),
  pattern: optional(pattern),
  components: optional(list(text)),
});

/** Subjects that the reader of logs can tell from where a line stands. */
const LOG_SUBJECTS: readonly string[] = ['node', 'pod', 'cluster'];

function fact(node: Node, reading: Reading): FactDefinition | undefined {
  const read = fields(node, reading);
  if (read === undefined) return undefined;
  const { unit, collect, pattern, components, ...rest } = read;
  if (rest.from === 'log') {
    if (pattern === undefined) return reading.fail(node, 'a log fact needs a pattern');
    if (rest.type !== 'boolean') return reading.fail(node, `a log fact is a boolean, not a ${rest.type}`);
    if (!LOG_SUBJECTS.includes(rest.subject))
      return reading.fail(node, 'a log fact is about a node, a pod or the cluster');
  } else if (pattern !== undefined || components !== undefined) {
    return reading.fail(node, '"pattern" and "components" are for facts from log');
  }
  return {
    ...rest,
    ...(unit === undefined ? {} : { unit }),
    ...(collect === undefined ? {} : { collect }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(components === undefined ? {} : { components }),
  };
}

/**
 * Reads rules/facts.yaml: by name, in the file's order. An entry with a mistake stands in the map without a definition, so
 * that its name is known. Duplicates are the caller's to report.
 */
export function readFacts(root: Node, reading: Reading): Map<string, FactDefinition | undefined> {
  const facts = new Map<string, FactDefinition | undefined>();
  const entry: Shape<true> = (node) => {
    const definition = fact(node, reading);
    const name = definition?.name ?? (isMap(node) ? node.get('name') : undefined);
    if (typeof name === 'string' && !facts.has(name)) facts.set(name, definition);
    return true;
  };
  object({ facts: required(list(entry)) })(root, reading);
  return facts;
}
