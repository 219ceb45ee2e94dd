/** A value as JSON has it. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** A document of a YAML stream. */
export interface BlockDocument {
  value: Plain;
  /** Line (from 1) at which each mapping begins that stands at the top, or in a list at the top or under `items`. */
  lines: Map<Plain, number>;
}

/** What this reader does not know: the whole language has to be looked at. */
class Unsupported extends Error {}

/** Objects of Kubernetes nest to about 20. */
const MAX_DEPTH = 100;

/**
 * Reads YAML as Kubernetes' tools write it (go-yaml's emitter, by way of sigs.k8s.io/yaml): block mappings and sequences,
 * plain, quoted and literal scalars, folded at any width, and nothing else. Thirty times as fast as a reader of the whole
 * language, which a must-gather of hundreds of megabytes needs. Undefined where the text has anything else in it (anchors,
 * tags, flow style, tabs): then the caller has to ask that one.
 */
export function readBlockYaml(text: string): BlockDocument[] | undefined {
  const lines = text.split('\n');
  const documents: BlockDocument[] = [];
  try {
    let start = 0;
    for (let i = 0; i <= lines.length; i += 1) {
      const line = lines[i];
      if (line !== undefined && line !== '---' && line !== '...') {
        if (line.startsWith('--- ') || line.startsWith('%')) return undefined;
        continue;
      }
      const document = new Reader(lines, start, i).document();
      if (document !== undefined) documents.push(document);
      start = i + 1;
    }
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
  return documents;
}

class Reader {
  readonly #lines: string[];
  readonly #end: number;
  readonly #starts = new Map<Plain, number>();
  #at: number;
  /** Indent of the line at `#at`, which is neither blank nor a comment; -1 at the end. */
  #indent = -1;

  constructor(lines: string[], start: number, end: number) {
    this.#lines = lines;
    this.#end = end;
    this.#at = start;
    this.#settle();
  }

  document(): BlockDocument | undefined {
    if (this.#indent < 0) return undefined;
    const value = this.#node(0);
    if (this.#indent >= 0) throw new Unsupported();
    return { value, lines: this.#starts };
  }

  /** Goes on to the next line that says something. */
  #settle(): void {
    for (; this.#at < this.#end; this.#at += 1) {
      const line = this.#lines[this.#at]!;
      let indent = 0;
      while (line.charCodeAt(indent) === 0x20) indent += 1;
      const first = line.charCodeAt(indent);
      if (first === 0x09 || first === 0x0d) throw new Unsupported();
      if (indent === line.length || first === 0x23) continue;
      this.#indent = indent;
      return;
    }
    this.#indent = -1;
  }

  #next(): void {
    this.#at += 1;
    this.#settle();
  }

  #node(depth: number): Plain {
    if (depth > MAX_DEPTH) throw new Unsupported();
    return this.#isItem() ? this.#sequence(this.#indent, depth) : this.#mapping(this.#indent, depth);
  }

  #isItem(): boolean {
    const line = this.#lines[this.#at]!;
    if (line.charCodeAt(this.#indent) !== 0x2d) return false;
    return line.length === this.#indent + 1 || line.charCodeAt(this.#indent + 1) === 0x20;
  }

  #sequence(indent: number, depth: number): Plain[] {
    const items: Plain[] = [];
    while (this.#indent === indent && this.#isItem()) {
      const number = this.#at + 1;
      const line = this.#lines[this.#at]!;
      let column = indent + 1;
      while (line.charCodeAt(column) === 0x20) column += 1;
      let item: Plain;
      if (column >= line.length) {
        this.#next();
        item = this.#indent > indent ? this.#node(depth + 1) : null;
      } else if (isItemAt(line, column) || keyEnd(line, column) >= 0) {
        // The rest of the line is the first of a block that is indented as far as it begins.
        this.#lines[this.#at] = ' '.repeat(column) + line.slice(column);
        this.#indent = column;
        item = this.#node(depth + 1);
      } else item = this.#scalar(line.slice(column), indent);
      if (depth <= 1 && item !== null && typeof item === 'object') this.#starts.set(item, number);
      items.push(item);
    }
    if (this.#indent > indent) throw new Unsupported();
    return items;
  }

  #mapping(indent: number, depth: number): Plain {
    const mapping: { [key: string]: Plain } = {};
    if (depth === 0) this.#starts.set(mapping, this.#at + 1);
    while (this.#indent === indent && !this.#isItem()) {
      const line = this.#lines[this.#at]!;
      const colon = keyEnd(line, indent);
      if (colon < 0) throw new Unsupported();
      const key = keyOf(line.slice(indent, colon));
      let from = colon + 1;
      while (line.charCodeAt(from) === 0x20) from += 1;
      let value: Plain;
      if (from >= line.length) {
        this.#next();
        if (this.#indent > indent) value = this.#node(depth + 1);
        // Kubernetes' tools do not indent the items of a list below its key.
        else value = this.#indent === indent && this.#isItem() ? this.#sequence(indent, depth + 1) : null;
      } else value = this.#scalar(line.slice(from), indent);
      if (key !== '__proto__') mapping[key] = value;
    }
    if (this.#indent > indent) throw new Unsupported();
    return mapping;
  }

  /** A scalar whose first line is given, of an entry at that indent. */
  #scalar(first: string, indent: number): Plain {
    const char = first[0]!;
    if (char === '|' || char === '>') return this.#block(first, indent);
    if (char === '"' || char === "'") return this.#quoted(first, char);
    if (first === '{}' || first === '[]') {
      this.#next();
      return first === '{}' ? {} : [];
    }
    if ('{}[],&*!%@`#?'.includes(char) && first !== '?') throw new Unsupported();
    return this.#plain(first, indent);
  }

  #plain(first: string, indent: number): Plain {
    const pieces = [withoutComment(first)];
    this.#at += 1;
    let blanks = 0;
    for (; this.#at < this.#end; this.#at += 1) {
      const line = this.#lines[this.#at]!;
      const text = line.trim();
      if (text === '') {
        blanks += 1;
        continue;
      }
      if (indentOf(line) <= indent || text.startsWith('#')) break;
      if (/: |:$/.test(text)) throw new Unsupported();
      pieces.push(blanks > 0 ? '\n'.repeat(blanks) : ' ', withoutComment(text));
      blanks = 0;
    }
    this.#settle();
    return pieces.length === 1 ? resolved(pieces[0]!) : pieces.join('');
  }

  #quoted(first: string, quote: string): string {
    let end = closing(first, quote, 1);
    let rest = first.slice(end + 1);
    const pieces = [end < 0 ? first.slice(1) : first.slice(1, end)];
    while (end < 0) {
      this.#at += 1;
      if (this.#at >= this.#end) throw new Unsupported();
      const next = this.#lines[this.#at]!.trim();
      end = closing(next, quote, 0);
      rest = next.slice(end + 1);
      fold(pieces, end < 0 ? next : next.slice(0, end), quote);
    }
    if (withoutComment(rest).trim() !== '') throw new Unsupported();
    this.#next();
    const inner = pieces.join('');
    return quote === "'" ? inner.replaceAll("''", "'") : unescaped(inner);
  }

  #block(header: string, indent: number): string {
    const said = /^([|>])(\d?)([+-]?)(\d?)\s*(?:#.*)?$/.exec(header);
    if (said === null || said[1] === '>') throw new Unsupported();
    const explicit = said[2] || said[4];
    const chomp = said[3]!;
    let base = explicit ? indent + Number(explicit) : -1;
    const kept: string[] = [];
    this.#at += 1;
    for (; this.#at < this.#end; this.#at += 1) {
      const line = this.#lines[this.#at]!;
      const own = indentOf(line);
      if (own === line.length && (base < 0 || own <= base)) {
        kept.push('');
        continue;
      }
      if (base < 0 && own > indent) base = own;
      if (base < 0 || own < base) break;
      kept.push(line.slice(base));
    }
    this.#settle();
    let blanks = 0;
    for (; kept[kept.length - 1] === ''; blanks += 1) kept.pop();
    const text = kept.length === 0 || chomp === '-' ? kept.join('\n') : `${kept.join('\n')}\n`;
    return chomp === '+' ? text + '\n'.repeat(blanks) : text;
  }
}

function isItemAt(line: string, at: number): boolean {
  return line.charCodeAt(at) === 0x2d && (line.length === at + 1 || line.charCodeAt(at + 1) === 0x20);
}

function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 0x20) indent += 1;
  return indent;
}

/** Index of the colon behind the key that starts at `from`; -1 where no key does. */
function keyEnd(line: string, from: number): number {
  const first = line[from];
  if (first === '"' || first === "'") {
    const close = closing(line, first, from + 1);
    if (close < 0 || line[close + 1] !== ':') return -1;
    const after = line.charCodeAt(close + 2);
    return Number.isNaN(after) || after === 0x20 ? close + 1 : -1;
  }
  if (first === undefined || '{}[],&*!|>%@`#'.includes(first) || (first === '?' && line[from + 1] === ' ')) return -1;
  for (let at = line.indexOf(':', from); at >= 0; at = line.indexOf(':', at + 1)) {
    if (at === line.length - 1 || line.charCodeAt(at + 1) === 0x20)
      return line.slice(from, at).includes(' #') ? -1 : at;
  }
  return -1;
}

function keyOf(text: string): string {
  if (text.startsWith('"')) return unescaped(text.slice(1, -1));
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text.trimEnd();
}

/** Index of the closing quote from there on, or -1. */
function closing(text: string, quote: string, from: number): number {
  for (let i = from; i < text.length; i += 1) {
    if (quote === '"' && text[i] === '\\') i += 1;
    else if (text[i] === quote) {
      if (quote === "'" && text[i + 1] === "'") i += 1;
      else return i;
    }
  }
  return -1;
}

/** Adds the next line of a quoted text: a line end is a blank, an empty line a line end, an escaped one nothing. */
function fold(pieces: string[], next: string, quote: string): void {
  const last = pieces.length - 1;
  const before = pieces[last]!;
  if (quote === '"' && endsInEscape(before)) pieces[last] = before.slice(0, -1);
  else if (next === '') {
    pieces[last] = before.trimEnd();
    pieces.push('\n');
    return;
  } else if (before !== '\n') {
    pieces[last] = before.trimEnd();
    pieces.push(' ');
  }
  pieces.push(next);
}

function endsInEscape(text: string): boolean {
  let from = text.length;
  while (from > 0 && text[from - 1] === '\\') from -= 1;
  return (text.length - from) % 2 === 1;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '0': '\0', a: '\u0007', b: '\b', t: '\t', '\t': '\t', n: '\n', v: '\v', f: '\f', r: '\r', e: '\u001b' },
  ...{ ' ': ' ', '"': '"', '/': '/', '\\': '\\', N: '\u0085', _: '\u00a0', L: '\u2028', P: '\u2029' },
};

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S])/g, (_, code: string) => {
    if (code.length === 1) {
      const char = ESCAPES[code];
      if (char === undefined) throw new Unsupported();
      return char;
    }
    const point = Number.parseInt(code.slice(1), 16);
    return point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
  });
}

function withoutComment(text: string): string {
  const comment = text.indexOf(' #');
  return (comment < 0 ? text : text.slice(0, comment)).trimEnd();
}

/** YAML's core schema: what a plain scalar is besides a string. */
function resolved(text: string): Plain {
  if (text === '' || text === 'null' || text === '~' || text === 'Null' || text === 'NULL') return null;
  if (text === 'true' || text === 'True' || text === 'TRUE') return true;
  if (text === 'false' || text === 'False' || text === 'FALSE') return false;
  if (
    /^[-+]?\d{1,400}$/.test(text) ||
    /^[-+]?(?:\.\d{1,400}|\d{1,400}(?:\.\d{0,400})?)(?:[eE][-+]?\d{1,5})?$/.test(text)
  )
    return Number(text);
  if (/^0[ox]/.test(text) || /^[-+]?\.(?:inf|nan)$/i.test(text)) throw new Unsupported();
  return text;
}
