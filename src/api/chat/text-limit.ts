/**
 * Cutting texts to a platform's limit. Platforms count bytes of UTF-8 or characters; those that say "characters" may mean
 * UTF-16 units, which are never fewer, so that is what is counted here.
 */

export type LimitUnit = 'bytes' | 'characters';

export interface TextLimit {
  max: number;
  unit: LimitUnit;
}

export const ELLIPSIS = '…';

const GRAPHEMES = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Longest grapheme that is kept whole; what has more marks stacked up is an attack on the screen, not a character. */
const LONGEST_GRAPHEME = 64;

export function sizeOf(text: string, unit: LimitUnit): number {
  return unit === 'bytes' ? Buffer.byteLength(text, 'utf8') : text.length;
}

/** At most `max` of a text, with an ellipsis where something was cut; never a part of what a reader sees as one character. */
export function cutText(text: string, { max, unit }: TextLimit): string {
  if (sizeOf(text, unit) <= max) return text;
  const room = max - sizeOf(ELLIPSIS, unit);
  if (room < 0) return '';
  return `${text.slice(0, graphemeStart(text, unit === 'bytes' ? indexOfByte(text, room) : room))}${ELLIPSIS}`;
}

/** Index of the unit behind the last character that fits into so many bytes. */
function indexOfByte(text: string, bytes: number): number {
  let used = 0;
  let index = 0;
  for (const character of text) {
    used += Buffer.byteLength(character, 'utf8');
    if (used > bytes) break;
    index += character.length;
  }
  return index;
}

/** The beginning of the grapheme in which an index lies. */
function graphemeStart(text: string, index: number): number {
  if (index <= 0) return 0;
  if (index >= text.length) return text.length;
  // A window is enough, as no grapheme is longer; looking at all of a long text would be slow.
  let from = Math.max(0, index - LONGEST_GRAPHEME);
  if (isLowSurrogate(text, from)) from += 1;
  const segments = GRAPHEMES.segment(text.slice(from, index + LONGEST_GRAPHEME));
  const start = from + (segments.containing(index - from)?.index ?? 0);
  if (start > from || from === 0) return start;
  return isLowSurrogate(text, index) ? index - 1 : index;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return index > 0 && unit >= 0xdc00 && unit <= 0xdfff;
}
