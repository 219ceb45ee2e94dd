import type { NftSet } from '../model.js';
import { wordsOf } from './command-words.js';

/** Elements of one set that are kept. */
const MOST_ELEMENTS = 262_144;

/** What may follow an element's key: state and notes that decide nothing. */
const ELEMENT_OPTIONS = new Set([
  'timeout',
  'expires',
  'counter',
  'comment',
  'limit',
  'quota',
  'last',
  'ct',
  'packets',
]);

/** Splits at one of the separators that stand outside of quotes, braces and parentheses; what is blank is left out. */
export function splitOutside(text: string, separators: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  const take = (end: number): void => {
    const part = text.slice(start, end).trim();
    if (part !== '') parts.push(part);
    start = end + 1;
  };
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]!;
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === '{' || char === '(') depth += 1;
    else if (char === '}' || char === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0 && separators.includes(char)) take(i);
  }
  take(text.length);
  return parts;
}

/**
 * An element without its counters, timeouts and comment, which stand between key and data:
 * `10.0.0.1 . 80 timeout 1h comment "a : b" : goto x`. Undefined where there is no key.
 */
export function nftElement(text: string): readonly [string] | readonly [string, string] | undefined {
  const words = wordsOf(text.includes('"') ? text.replaceAll(/comment "[^"]*"/g, '') : text);
  const colon = words.indexOf(':');
  const left = colon < 0 ? words : words.slice(0, colon);
  const optionAt = left.findIndex((word) => ELEMENT_OPTIONS.has(word));
  const key = (optionAt < 0 ? left : left.slice(0, optionAt)).join(' ');
  if (key === '') return undefined;
  const data = colon < 0 ? '' : words.slice(colon + 1).join(' ');
  return data === '' ? [key] : [key, data];
}

/** The elements of `{ 10.0.0.0/8, 192.0.2.1 : drop }`, or of what stands between its braces. */
export function nftElements(text: string): { elements: NonNullable<NftSet['elements']>; incomplete: boolean } {
  const open = text.indexOf('{');
  const close = text.lastIndexOf('}');
  const inner = open < 0 ? text : text.slice(open + 1, close > open ? close : text.length);
  const elements: NonNullable<NftSet['elements']> = [];
  for (const part of splitOutside(inner, ',')) {
    if (elements.length >= MOST_ELEMENTS) return { elements, incomplete: true };
    const element = nftElement(part);
    if (element !== undefined) elements.push(element);
  }
  return { elements, incomplete: false };
}

/**
 * The block of a set or map, without its outer braces: `type`, `typeof`, `flags`, `elements`, each on lines or between
 * semicolons of its own; what else a set has (size, timeout, policy, counter) decides nothing.
 *
 * @param withElements whether the output prints elements: `nft -t` does not, and then none are known.
 */
export function nftSet(
  place: { family: string; table: string; name: string; kind: NftSet['kind'] },
  block: string,
  withElements: boolean,
): NftSet {
  const set: NftSet = { ...place, keyType: '', flags: [] };
  if (withElements) set.elements = [];
  for (const statement of splitOutside(block, ';\n')) {
    const type = /^type(?:of)? (.*)$/s.exec(statement);
    if (type !== null) {
      const words = wordsOf(type[1]!);
      const colon = place.kind === 'map' ? words.indexOf(':') : -1;
      set.keyType = (colon < 0 ? words : words.slice(0, colon)).join(' ');
      if (colon >= 0) set.dataType = words.slice(colon + 1).join(' ');
    } else if (statement.startsWith('flags '))
      set.flags = statement
        .slice(6)
        .split(/[\s,]+/)
        .slice(0, 16);
    else if (withElements && /^elements\s*=/.test(statement)) {
      const { elements, incomplete } = nftElements(statement);
      set.elements = elements;
      if (incomplete) set.incomplete = true;
    }
  }
  return set;
}
