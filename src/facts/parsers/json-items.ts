/** One object of a JSON text: `text.slice(start, end)` from line `line` on. */
export interface JsonItem {
  start: number;
  end: number;
  line: number;
}

export interface JsonItems {
  items: JsonItem[];
  /** `kind` of the list itself: `PodList`, `List`. */
  kind?: string;
  /** What cost objects: nested too deep, or cut off. */
  problems: { line: number; message: string }[];
}

/** Objects of Kubernetes nest to about 20; JSON.parse and every walk after it are safe at this depth. */
const MAX_DEPTH = 200;

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/**
 * Finds the objects of a JSON text without parsing it: the elements of the top `items` (or `Items`, as old dumps have it)
 * of a list, of a top array, or the top objects themselves, several in a row included. One pass, no recursion, so neither
 * depth nor size of the input matters; and an object that is malformed, too deep or cut off costs itself alone.
 */
export function splitItems(text: string): JsonItems {
  const result: JsonItems = { items: [], problems: [] };
  let depth = 0;
  let line = 1;
  /** Depth at which the elements stand: 2 within a list's items, 1 within a top array, 0 for plain objects. */
  let elementDepth = 0;
  let isList = false;
  let key: string | undefined;
  let start = -1;
  let startLine = 1;
  let topStart = -1;
  let topLine = 1;
  let tooDeep = false;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === NEWLINE) line += 1;
    else if (code === QUOTE) {
      const end = endOfString(text, i);
      if (end < 0) break;
      if (depth === 1 && topStart >= 0) {
        const word = end - i <= 64 ? text.slice(i + 1, end) : '';
        if (key === 'kind') {
          result.kind ??= word;
          key = undefined;
        } else key = word;
      }
      i = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (depth === 0) {
        if (code === OPEN_BRACKET) elementDepth = 1;
        else {
          elementDepth = 0;
          topStart = i;
          topLine = line;
          isList = false;
          tooDeep = false;
        }
      } else if (depth === 1 && code === OPEN_BRACKET && topStart >= 0 && (key === 'items' || key === 'Items')) {
        elementDepth = 2;
        isList = true;
      }
      if (code === OPEN_BRACE && elementDepth > 0 && depth === elementDepth) {
        start = i;
        startLine = line;
        tooDeep = false;
      }
      depth += 1;
      if (depth > MAX_DEPTH) tooDeep = true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth = Math.max(0, depth - 1);
      if (elementDepth > 0 && depth === elementDepth && start >= 0) {
        take(result, start, i + 1, startLine, tooDeep);
        start = -1;
      } else if (elementDepth === 2 && depth === 1) elementDepth = 0;
      else if (depth === 0 && topStart >= 0) {
        if (!isList) take(result, topStart, i + 1, topLine, tooDeep);
        topStart = -1;
        key = undefined;
      }
    } else if (code === 44 && depth === 1) key = undefined;
  }
  if (start >= 0) result.problems.push({ line: startLine, message: 'the file ends within this object' });
  else if (topStart >= 0 && !isList)
    result.problems.push({ line: topLine, message: 'the file ends within this object' });
  else if (topStart >= 0) result.problems.push({ line, message: 'the file ends within its list' });
  return result;
}

function take(result: JsonItems, start: number, end: number, line: number, tooDeep: boolean): void {
  if (tooDeep) result.problems.push({ line, message: `nested deeper than ${MAX_DEPTH} levels: skipped` });
  else result.items.push({ start, end, line });
}

/** Index of the quote that closes the string opened at `open`, or -1. */
function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (end >= 0) {
    let escapes = end - 1;
    while (escapes > open && text.charCodeAt(escapes) === BACKSLASH) escapes -= 1;
    if ((end - 1 - escapes) % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}
