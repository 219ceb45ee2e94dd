import { eastAsianWidth } from 'get-east-asian-width';

/** Punctuation that must not begin a line, and such that must not end one (the plain rules of Chinese typesetting). */
const NOT_FIRST = '，。、；：？！）】》」』”’…％,.;:?!)]}%';
const NOT_LAST = '（【《「『“‘([{';

const ASCII = /^[\x20-\x7e]*$/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Marks that are drawn over what stands before them, and format characters. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
/** U+FE0F asks for the colourful, two columns wide form of a character. */
const AS_EMOJI = /\ufe0f/u;

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return AS_EMOJI.test(grapheme) ? 2 : eastAsianWidth(grapheme.codePointAt(0)!);
}

/** Cuts a word where a line may break: around each wide character, but not before a comma or after a bracket. */
function pieces(word: string): string[] {
  if (ASCII.test(word)) return [word];
  const result: string[] = [];
  let current = '';
  let breakable = false;
  for (const { segment } of graphemes.segment(word)) {
    const wide = graphemeWidth(segment) > 1;
    if (current !== '' && (wide || breakable) && !NOT_FIRST.includes(segment) && !NOT_LAST.includes(current.at(-1)!)) {
      result.push(current);
      current = '';
    }
    current += segment;
    breakable = wide;
  }
  if (current !== '') result.push(current);
  return result;
}

/** Cuts what is wider than a line by itself. */
function chop(piece: string, width: number): string[] {
  const result: string[] = [];
  let current = '';
  let used = 0;
  for (const { segment } of graphemes.segment(piece)) {
    const size = displayWidth(segment);
    if (used + size > width && current !== '') {
      result.push(current);
      current = '';
      used = 0;
    }
    current += segment;
    used += size;
  }
  result.push(current);
  return result;
}

/**
 * Lines of at most `width` columns, broken at spaces and between Chinese characters; what has no such place is cut.
 * The text holds neither line breaks nor escape sequences; at least one line comes back.
 */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(width, 2);
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    let space = line === '' ? 0 : 1;
    for (const piece of pieces(word)) {
      for (const part of displayWidth(piece) > room ? chop(piece, room) : [piece]) {
        const size = displayWidth(part);
        if (line !== '' && used + space + size > room) {
          lines.push(line);
          line = '';
          used = 0;
          space = 0;
        }
        line += (space === 1 ? ' ' : '') + part;
        used += space + size;
        space = 0;
      }
    }
  }
  lines.push(line);
  return lines;
}
