import type { Document } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { whyNotYaml } from './yaml-limits.js';

/** The yaml package reads about a megabyte a second: what is larger is to be given as JSON. */
const MAX_YAML = 16 * 1024 * 1024;
const MAX_PROBLEMS = 50;
const MAX_NESTING = 30;
/** Each alias is looked up in the whole document. */
const MAX_ALIASES = 100;

/** A document of somebody else's YAML, whose nodes have lines. */
export interface LimitedYaml {
  /** The yaml package's node of the whole. */
  contents: unknown;
  /** From 1; 1 of what is no node. */
  lineOf(node: unknown): number;
  /**
   * A node as a plain value. A number whose text is not how it would be printed stays text: 1.20 is a version, not 1.2, and
   * 1e3 is a node's name. An alias stands for a scalar only, so that aliases cannot multiply.
   */
  plain(node: unknown): unknown;
}

/**
 * Reads YAML within limits of size, nesting and aliases. Undefined, with the problem told, where it cannot be read at all;
 * other problems are told and the rest is read.
 * @param json What a file that is too large is to be given as: `facts.json`.
 */
export function readLimitedYaml(
  text: string,
  json: string,
  problem: (line: number, message: string) => void,
): LimitedYaml | undefined {
  if (text.length > MAX_YAML) {
    problem(1, `YAML of more than ${MAX_YAML / 1024 / 1024} MB is not read: give ${json}`);
    return undefined;
  }
  const refused = whyNotYaml(text);
  if (refused !== undefined) {
    problem(1, `YAML that is not read: ${refused}`);
    return undefined;
  }
  const lines = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false });
  } catch {
    problem(1, 'not YAML: nested too deep');
    return undefined;
  }
  for (const error of document.errors.slice(0, MAX_PROBLEMS)) {
    // The library passes on the engine's own words where its recursion ended.
    const why = /^Maximum call stack/.test(error.message) ? 'nested too deep' : error.message.split('\n', 1)[0]!;
    problem(error.linePos?.[0].line ?? 1, `not YAML: ${why.slice(0, 200)}`);
  }
  const reading: Reading = { document, aliases: 0 };
  return {
    contents: document.contents,
    lineOf: (node) => lines.linePos(offsetOf(node) ?? 0).line,
    plain: (node) => plain(node, reading, 0),
  };
}

function offsetOf(node: unknown): number | undefined {
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return undefined;
  return node.range?.[0];
}

interface Reading {
  document: Document;
  aliases: number;
}

function plain(node: unknown, reading: Reading, depth: number): unknown {
  if (depth > MAX_NESTING) return undefined;
  if (isAlias(node)) {
    reading.aliases += 1;
    const target = reading.aliases > MAX_ALIASES ? undefined : node.resolve(reading.document);
    return isScalar(target) ? plain(target, reading, depth + 1) : undefined;
  }
  if (isScalar(node)) {
    const { value, source } = node;
    return typeof value === 'number' && source !== undefined && String(value) !== source ? source : value;
  }
  if (isSeq(node)) return node.items.map((item) => plain(item, reading, depth + 1));
  if (!isMap(node)) return undefined;
  const object: Record<string, unknown> = {};
  for (const pair of node.items) {
    if (!isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    if (key !== '__proto__') object[key] = plain(pair.value, reading, depth + 1);
  }
  return object;
}
