/**
 * Dumps come from strangers: nothing in them may move a cursor, set a colour, turn the reading direction or hide.
 */

/**
 * Characters that a terminal or a page obeys instead of showing: controls, directional marks, embeddings and isolates,
 * zero-width and other invisible characters, line separators, halves of surrogate pairs. The variation selectors that
 * only choose between a sign and its emoji are harmless.
 */
const UNSAFE = /(?![\ufe00-\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** `\x1b`, `\u202e`, `\u{e0041}`: how a character is written that is not to be obeyed. */
function visible(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}

/** A string of a dump as it may be shown on one line: what a terminal would obey stands there as a visible escape. */
export function sanitize(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** The same for JSON that is already serialised: the escapes are JSON's own, so that a reader gets the string unchanged. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE, (character) => {
    if (character === '\n') return character;
    let escaped = '';
    for (let i = 0; i < character.length; i += 1) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}

/** Prose of the rulebook, in which line breaks are only the YAML's: one line, made safe. */
export function sanitizeProse(text: string): string {
  return sanitize(text.replace(/[ \t\r\n]+/g, ' ').trim());
}

/** A command as it is typed: its lines, each made safe. */
export function commandLines(run: string): string[] {
  return run
    .replace(/[\r\n]+$/, '')
    .split(/\r?\n/)
    .map(sanitize);
}

/** At most `limit` characters (code points), with an ellipsis where some were cut. */
export function clip(text: string, limit: number): string {
  // A code point takes at most two units: what is shorter in units needs no counting.
  if (text.length <= limit) return text;
  let kept = '';
  let count = 0;
  for (const character of text) {
    if (count === limit) return `${kept}…`;
    kept += character;
    count += 1;
  }
  return kept;
}
