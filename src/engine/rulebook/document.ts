import { type Document, isAlias, LineCounter, type Node, parseDocument, visit } from 'yaml';
import type { Position, RulebookProblem } from './types.js';

/** A file of the rulebook; `path` is relative to the rulebook's folder, with `/`. */
export interface RuleFile {
  path: string;
  text: string;
}

/** Larger than any file that a person keeps; `yaml` takes about a second a megabyte. */
const MOST_CHARACTERS = 1_000_000;
/** Deeper than any rule goes. */
const MOST_NESTED = 100;
const MOST_INDENTED = 200;

/** A parsed file of the rulebook, which knows where each of its nodes stands. */
export class RuleDocument {
  readonly path: string;
  readonly root: Node;
  readonly #lines: LineCounter;

  constructor(path: string, root: Node, lines: LineCounter) {
    this.path = path;
    this.root = root;
    this.#lines = lines;
  }

  /** Where a node begins; for nodes without a place (an empty value) the document's beginning. */
  at(node: Node): Position {
    return positionAt(this.path, this.#lines, node.range?.[0] ?? this.root.range?.[0] ?? 0);
  }
}

function positionAt(file: string, lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/**
 * Whether the text nests deeper than any rule does. The parser recurses, and a stack that runs out inside the compilation
 * of a regular expression ends the process instead of throwing, so this is asked before it runs. Brackets inside of texts
 * count too: they are balanced in practice.
 */
function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  let column = 0;
  let dashes = 0;
  let indenting = true;
  for (const character of text) {
    if (character === '\n') {
      column = 0;
      dashes = 0;
      indenting = true;
      continue;
    }
    if (indenting) {
      if (character === '-' || character === '?' || character === ':') dashes += 1;
      else if (character !== ' ' && character !== '\t') indenting = false;
      column += 1;
      if (dashes > MOST_NESTED || column > MOST_INDENTED) return true;
    }
    if (character === '[' || character === '{') depth += 1;
    else if ((character === ']' || character === '}') && depth > 0) depth -= 1;
    if (depth > MOST_NESTED) return true;
  }
  return false;
}

/**
 * Parses one file: YAML 1.2, one document, unique keys, all keys texts; no aliases and tags, which would make a value stand
 * in two places. Adds to `problems` what is wrong with it and gives undefined then, never throws.
 */
export function parseRuleFile(file: RuleFile, problems: RulebookProblem[]): RuleDocument | undefined {
  const start: Position = { file: file.path, line: 1, column: 1 };
  const refuse = (message: string, at: Position = start): undefined => {
    problems.push({ ...at, severity: 'error', message });
    return undefined;
  };
  if (file.text.length > MOST_CHARACTERS) return refuse(`longer than ${MOST_CHARACTERS} characters`);
  if (nestsTooDeeply(file.text)) return refuse('nests too deeply');

  const lines = new LineCounter();
  let parsed: Document.Parsed;
  try {
    parsed = parseDocument(file.text, {
      lineCounter: lines,
      prettyErrors: false,
      strict: true,
      stringKeys: true,
      uniqueKeys: true,
      logLevel: 'error',
    });
  } catch (error) {
    return refuse(`not YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  let sound = true;
  for (const { code, message, pos } of [...parsed.errors, ...parsed.warnings]) {
    if (code === 'TAG_RESOLVE_FAILED') continue; // told below, as every tag
    sound = false;
    refuse(sayError(code, message), positionAt(file.path, lines, pos[0]));
  }
  visit(parsed, {
    Node: (_, node) => {
      const what = isAlias(node)
        ? `aliases (*${node.source}) are refused: write the value out`
        : node.tag !== undefined
          ? `tags (${node.tag}) are refused`
          : undefined;
      if (what === undefined) return;
      sound = false;
      refuse(what, positionAt(file.path, lines, node.range?.[0] ?? 0));
    },
  });
  if (!sound) return undefined;
  if (parsed.contents === null) return refuse('empty');
  return new RuleDocument(file.path, parsed.contents, lines);
}

function sayError(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'duplicate key';
  if (code === 'MULTIPLE_DOCS') return 'a file holds one document: remove the `---`';
  if (code === 'NON_STRING_KEY') return 'a key must be a text';
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return `not YAML: ${message} (a text with ": " in it needs quotes)`;
  return `not YAML: ${message}`;
}
