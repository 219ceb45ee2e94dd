import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { RuleDocument } from './document.js';
import { oneOf, suggest } from './suggest.js';
import type { RulebookProblem } from './types.js';

/**
 * A handful of shapes over YAML nodes, so that every mistake is told with the place it stands at: wrong types at the value,
 * unknown keys at the key, missing keys at the map that lacks them.
 */

/** The document being read and where its problems go. */
export class Reading {
  readonly document: RuleDocument;
  readonly problems: RulebookProblem[];

  constructor(document: RuleDocument, problems: RulebookProblem[]) {
    this.document = document;
    this.problems = problems;
  }

  /** Reports an error at a node. Gives undefined, the value of what could not be read. */
  fail(node: Node, message: string): undefined {
    this.problems.push({ ...this.document.at(node), severity: 'error', message });
    return undefined;
  }
}

/** Reads a node into a value, or reports at least one problem and gives undefined. */
export type Shape<T> = (node: Node, reading: Reading) => T | undefined;

export interface Field<T, Required extends boolean> {
  shape: Shape<T>;
  required: Required;
}
export const required = <T>(shape: Shape<T>): Field<T, true> => ({ shape, required: true });
export const optional = <T>(shape: Shape<T>): Field<T, false> => ({ shape, required: false });

type Fields = Readonly<Record<string, Field<unknown, boolean>>>;
type Read<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<infer T, infer R> ? (R extends true ? T : T | undefined) : never;
};

/** What stands there, for messages: `a list`, `the number 0.95`, `the text "yes"`. */
export function found(node: Node): string {
  if (isMap(node)) return 'a map';
  if (isSeq(node)) return 'a list';
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text "${short(value)}"`;
  return typeof value === 'number' ? `the number ${value}` : String(value);
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Any value: what an `object` already reads otherwise. */
export const anything: Shape<Node> = (node) => node;

/** A text that holds something, without white space around it. */
export const text: Shape<string> = (node, reading) => {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  const quote = typeof value === 'number' || typeof value === 'boolean' ? ' (quote it)' : '';
  return reading.fail(node, `expected a text, found ${found(node)}${quote}`);
};

export const boolean: Shape<boolean> = (node, reading) => {
  const value = isScalar(node) ? node.value : undefined;
  return typeof value === 'boolean' ? value : reading.fail(node, `expected true or false, found ${found(node)}`);
};

/** A finite number. Conditions only: everything else in a rulebook is said in words. */
export const number: Shape<number> = (node, reading) => {
  const value = isScalar(node) ? node.value : undefined;
  return typeof value === 'number' && Number.isFinite(value)
    ? value
    : reading.fail(node, `expected a number, found ${found(node)}`);
};

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** A name that the rulebook gives: lower case, digits and single hyphens. */
export const id: Shape<string> = (node, reading) => {
  const value = text(node, reading);
  if (value === undefined || KEBAB.test(value)) return value;
  return reading.fail(node, `"${short(value)}" is not an id: expected lower-case words joined by hyphens`);
};

/** More words than this are not listed in a message. */
const MOST_LISTED = 14;

/** `unknown fact "x": …` with what was expected, where that is short, and what was probably meant. */
export function unknownWord(what: string, word: string, words: readonly string[]): string {
  const meant = suggest(word, words);
  const expected = words.length === 0 ? 'there is none' : words.length <= MOST_LISTED ? `expected ${oneOf(words)}` : '';
  const parts = [expected, meant === undefined ? '' : `did you mean "${meant}"?`].filter((part) => part !== '');
  return `unknown ${what} "${short(word)}"${parts.length === 0 ? '' : `: ${parts.join('; ')}`}`;
}

/** One of a vocabulary. `what` names it in messages: `prior`, `fact`. */
export function word<T extends string>(what: string, words: readonly T[]): Shape<T> {
  return (node, reading) => {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value !== 'string') {
      const expected = words.length > 0 && words.length <= MOST_LISTED ? `: ${oneOf(words)}` : '';
      return reading.fail(node, `expected a ${what}${expected}, found ${found(node)}`);
    }
    return (words as readonly string[]).includes(value)
      ? (value as T)
      : reading.fail(node, unknownWord(what, value, words));
  };
}

/** A list; with `nonEmpty`, of at least one item. Values that stand twice are reported where they do so again. */
export function list<T>(item: Shape<T>, options: { nonEmpty?: boolean } = {}): Shape<T[]> {
  return (node, reading) => {
    if (!isSeq(node)) return reading.fail(node, `expected a list, found ${found(node)}`);
    if (options.nonEmpty === true && node.items.length === 0) return reading.fail(node, 'an empty list');
    const before = reading.problems.length;
    const values: T[] = [];
    for (const child of node.items as Node[]) {
      const value = item(child, reading);
      if (value === undefined) continue;
      if (typeof value === 'string' && values.includes(value)) reading.fail(child, `"${value}" is listed twice`);
      values.push(value);
    }
    return reading.problems.length > before ? undefined : values;
  };
}

/** A value or a list of at least one. */
export function oneOrMore<T>(item: Shape<T>): Shape<T[]> {
  const several = list(item, { nonEmpty: true });
  return (node, reading) => {
    if (isSeq(node)) return several(node, reading);
    const value = item(node, reading);
    return value === undefined ? undefined : [value];
  };
}

/** The key of a pair, which the parser holds to be a text. */
export function keyOf(pair: Pair): { node: Node; name: string } {
  const node = pair.key as Node;
  return { node, name: isScalar(node) ? String(node.value) : '' };
}

/** A map with exactly these keys, of which the optional ones may lack. */
export function object<F extends Fields>(fields: F): Shape<Read<F>> {
  const names = Object.keys(fields);
  return (node, reading) => {
    if (!isMap(node)) return reading.fail(node, `expected a map with ${oneOf(names)}, found ${found(node)}`);
    const before = reading.problems.length;
    const values: Record<string, unknown> = {};
    const present = new Set<string>();
    for (const pair of node.items) {
      const key = keyOf(pair);
      const field = Object.hasOwn(fields, key.name) ? fields[key.name] : undefined;
      if (field === undefined) {
        const comma = pair.value === null && node.flow === true ? ' (a text with a comma in it needs quotes here)' : '';
        reading.fail(key.node, `${unknownWord('key', key.name, names)}${comma}`);
        continue;
      }
      present.add(key.name);
      if (pair.value === null || (isScalar(pair.value) && pair.value.value === null))
        reading.fail(key.node, `"${key.name}" has no value`);
      else values[key.name] = field.shape(pair.value as Node, reading);
    }
    for (const name of names) {
      if (fields[name]!.required && !present.has(name)) reading.fail(node, `missing key "${name}"`);
    }
    return reading.problems.length > before ? undefined : (values as Read<F>);
  };
}

/** A map whose keys are of one vocabulary and whose values are of one shape. */
export function record<T>(
  what: string,
  words: readonly string[],
  shape: (key: string) => Shape<T>,
): Shape<Record<string, T>> {
  return (node, reading) => {
    if (!isMap(node)) return reading.fail(node, `expected a map, found ${found(node)}`);
    const before = reading.problems.length;
    const values: Record<string, T> = {};
    for (const pair of node.items) {
      const key = keyOf(pair);
      if (!words.includes(key.name)) reading.fail(key.node, unknownWord(what, key.name, words));
      else if (pair.value === null) reading.fail(key.node, `"${key.name}" has no value`);
      else {
        const value = shape(key.name)(pair.value as Node, reading);
        if (value !== undefined) values[key.name] = value;
      }
    }
    return reading.problems.length > before ? undefined : values;
  };
}

/** The text at a key of a map, without reporting anything: to look ahead. */
export function peek(map: YAMLMap, key: string): string | undefined {
  const value = map.get(key);
  return typeof value === 'string' ? value : undefined;
}
