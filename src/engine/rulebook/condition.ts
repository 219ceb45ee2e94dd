import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import type { Scalar, SubjectKind } from '../../facts/model.js';
import type { Names } from './names.js';
import {
  anything,
  boolean,
  found,
  keyOf,
  list,
  number,
  object,
  type Reading,
  required,
  type Shape,
  text,
  unknownWord,
  word,
} from './schema.js';
import { oneOf } from './suggest.js';
import type { Condition, FactDefinition, Leaf, Operator } from './types.js';
import { versionRange } from './version-range.js';
import { ALL_OPERATORS, OPERATORS, type ValueShape } from './words.js';

const GROUPS = ['all', 'any', 'not'] as const;
const LEAF_KEYS = ['fact', 'operator', 'value'];
/** Deeper than anybody reads. */
const MOST_NESTED = 16;

/**
 * Reads a condition and holds it against the catalogue: json-rules-engine itself takes `any: []` for true, ignores `all`
 * beside `any`, and meets a misspelt operator only when it runs.
 *
 * `subject` is the kind of thing that the condition is judged on, undefined where that has a mistake of its own. Facts
 * about the cluster are visible to every subject.
 */
export function condition(names: Names, subject: SubjectKind | undefined): Shape<Condition> {
  const facts = [...names.facts.keys()];

  const group = (node: Node, depth: number, reading: Reading): Condition[] | undefined => {
    if (!isSeq(node)) return reading.fail(node, `expected a list of conditions, found ${found(node)}`);
    if (node.items.length === 0) return reading.fail(node, 'an empty group: it would hold, or fail, whatever is known');
    const before = reading.problems.length;
    const members = (node.items as Node[]).map((item) => any(item, depth + 1, reading));
    return reading.problems.length > before ? undefined : members.filter((member) => member !== undefined);
  };

  const any = (node: Node, depth: number, reading: Reading): Condition | undefined => {
    if (depth > MOST_NESTED) return reading.fail(node, 'nests too deeply');
    if (!isMap(node))
      return reading.fail(node, `expected a condition (all, any, not, or a fact), found ${found(node)}`);
    const keys = node.items.map((pair) => keyOf(pair));
    const groups = keys.filter(({ name }) => (GROUPS as readonly string[]).includes(name));
    if (groups.length === 0) return leaf(node, reading);
    if (keys.length > 1) {
      const other = keys.find((key) => key !== groups[0])!;
      return reading.fail(other.node, `"${other.name}" beside "${groups[0]!.name}": only one of them would be judged`);
    }
    const value = node.items[0]!.value as Node | null;
    const name = groups[0]!.name as (typeof GROUPS)[number];
    if (value === null) return reading.fail(keys[0]!.node, `"${name}" has no value`);
    if (name === 'not') {
      if (isSeq(value)) return reading.fail(value, '"not" takes one condition, not a list');
      const inner = any(value, depth + 1, reading);
      return inner === undefined ? undefined : { not: inner };
    }
    const members = group(value, depth, reading);
    if (members === undefined) return undefined;
    return name === 'all' ? { all: members } : { any: members };
  };

  const leaf = (node: YAMLMap, reading: Reading): Leaf | undefined => {
    if (node.items.length === 0) return reading.fail(node, 'an empty condition');
    // A misspelt group (`al: […]`) is told as such, not as a leaf that lacks everything.
    if (!LEAF_KEYS.some((key) => node.has(key))) {
      const key = keyOf(node.items[0]!);
      return reading.fail(key.node, unknownWord('key', key.name, [...GROUPS, ...LEAF_KEYS]));
    }
    const definition = definitionOf(node);
    const allowed = definition === undefined ? undefined : OPERATORS[definition.type];
    const operator = allowed === undefined ? undefined : operatorOf(node, allowed);
    const value: Shape<unknown> =
      definition === undefined || operator === undefined
        ? anything
        : valueFor(definition, OPERATORS[definition.type][operator]!);
    return object({
      fact: required(factName),
      operator: required(definition === undefined ? word('operator', ALL_OPERATORS) : operatorFor(definition)),
      value: required(value),
    })(node, reading) as Leaf | undefined;
  };

  const definitionOf = (node: YAMLMap): FactDefinition | undefined => {
    const name = node.get('fact');
    return typeof name === 'string' ? names.facts.get(name) : undefined;
  };

  const factName: Shape<string> = (node, reading) => {
    const name = word('fact', facts)(node, reading);
    const about = name === undefined ? undefined : names.facts.get(name)?.subject;
    if (about === undefined || subject === undefined || about === subject || about === 'cluster') return name;
    return reading.fail(node, `"${name}" is about a ${about}, and this condition is judged on a ${subject}`);
  };

  return (node, reading) => any(node, 0, reading);
}

type Allowed = Readonly<Partial<Record<Operator, ValueShape>>>;

function operatorOf(node: YAMLMap, allowed: Allowed): Operator | undefined {
  const operator = node.get('operator');
  return typeof operator === 'string' && Object.hasOwn(allowed, operator) ? (operator as Operator) : undefined;
}

/** An operator that makes sense on the fact's type. */
function operatorFor(fact: FactDefinition): Shape<Operator> {
  const allowed = Object.keys(OPERATORS[fact.type]) as Operator[];
  return (node, reading) => {
    const operator = word('operator', ALL_OPERATORS)(node, reading);
    if (operator === undefined || allowed.includes(operator)) return operator;
    return reading.fail(node, `"${operator}" does not fit "${fact.name}", a ${fact.type}: expected ${oneOf(allowed)}`);
  };
}

const BY_TYPE: Readonly<Record<FactDefinition['type'], Shape<Scalar>>> = { boolean, number, string: text, list: text };

const versions: Shape<string> = (node, reading) => {
  const range = text(node, reading);
  if (range === undefined || versionRange(range) !== undefined) return range;
  return reading.fail(
    node,
    `"${range}" is no range of versions: expected comparators such as "<5.7" or ">=1.16 <1.16.13 || >=1.17 <1.17.9"`,
  );
};

/** The value that an operator takes on a fact; a mistake says for which fact. */
function valueFor(fact: FactDefinition, shape: ValueShape): Shape<Scalar | number[]> {
  const one = shape === 'boolean' ? boolean : shape === 'number' ? number : BY_TYPE[fact.type];
  if (shape === 'versions') return versions as Shape<Scalar | number[]>;
  if (shape === 'several') return list(one, { nonEmpty: true }) as Shape<Scalar | number[]>;
  return (node, reading) => {
    const value = isScalar(node) ? node.value : undefined;
    // The empty text is a value like any other here: `node.pod-cidr equal ""`.
    if (one === text && value === '') return '';
    return one(node, reading);
  };
}

/** The facts that a condition reads, each once, in the order in which they are written. */
export function factsOf(when: Condition, names: Set<string> = new Set()): string[] {
  if ('all' in when) for (const member of when.all) factsOf(member, names);
  else if ('any' in when) for (const member of when.any) factsOf(member, names);
  else if ('not' in when) factsOf(when.not, names);
  else names.add(when.fact);
  return [...names];
}
