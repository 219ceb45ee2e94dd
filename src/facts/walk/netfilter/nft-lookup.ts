import type { NftSet } from '../../model.js';
import type { Match } from './match.js';
import type { NftField } from './nft-field.js';
import type { NftConstant, NftValue } from './nft-value.js';
import { equals, nftConstant } from './nft-value.js';

/** An element that a packet may be found at. */
export interface Found {
  /** Text of the element's data; undefined of a set, and of elements that the output leaves out. */
  data: string | undefined;
  /** `maybe` where it takes in only some of the packets, or it cannot be told. */
  match: 'yes' | 'maybe';
}

interface Element {
  parts: readonly NftConstant[];
  data: string | undefined;
}

/** Elements that may be returned for one packet, above which they are not told apart. */
const MOST_FOUND = 1024;

/** Where of a set the elements are: those with exact keys in a hash, intervals of single numbers in order, the rest in a list. */
export class NftLookup {
  readonly #exact = new Map<string, Element>();
  readonly #intervals: { from: number; to: number; element: Element }[] = [];
  readonly #others: Element[] = [];
  readonly #all: Element[] = [];
  #default: Element | undefined;
  /** Whether there are, or may be, elements that are not known. */
  readonly isOpen: boolean;

  /** @param fields what is looked up, which tells how the keys are written. */
  constructor(fields: readonly NftField[], set: Pick<NftSet, 'elements' | 'incomplete'>) {
    this.isOpen = set.elements === undefined || set.incomplete === true;
    for (const [key, data] of set.elements ?? []) this.#add(fields, key, data);
    this.#intervals.sort((a, b) => a.from - b.from);
  }

  #add(fields: readonly NftField[], key: string, data: string | undefined): void {
    if (key === '*') {
      this.#default = { parts: [], data };
      return;
    }
    const texts = partsOf(key);
    const parts = fields.map(({ kind }, i) =>
      texts.length === fields.length ? nftConstant(texts[i]!, kind) : undefined,
    );
    const element = { parts, data };
    this.#all.push(element);
    const exact = keyOf(parts);
    const [first] = parts;
    if (exact !== undefined) this.#exact.set(exact, element);
    else if (parts.length === 1 && first !== undefined && 'from' in first)
      this.#intervals.push({ from: first.from, to: first.to, element });
    else this.#others.push(element);
  }

  /** Whether the values are in the set. */
  match(values: readonly NftValue[]): Match {
    if (values.includes('none')) return 'no';
    const found = this.find(values);
    if (found.some(({ match }) => match === 'yes')) return 'yes';
    return found.length > 0 || this.isOpen ? 'maybe' : 'no';
  }

  /**
   * Where the values may be found: one element with `yes`, or some with `maybe`, and then they may be found nowhere too. A value
   * that the kernel draws is not looked up here.
   */
  find(values: readonly NftValue[]): readonly Found[] {
    const found: Found[] = [];
    for (const element of this.#candidates(values)) {
      const match = matchOf(element.parts, values);
      if (match === 'yes') return [{ data: element.data, match }];
      if (match !== 'maybe') continue;
      // Of what is left out, nothing is known.
      if (found.length >= MOST_FOUND) return [...found, { data: undefined, match }];
      found.push({ data: element.data, match });
    }
    if (this.#default !== undefined && !values.includes('none'))
      found.push({ data: this.#default.data, match: found.length > 0 || this.isOpen ? 'maybe' : 'yes' });
    return found;
  }

  /** Data of the elements for the numbers that may be drawn; undefined where some number has none. */
  drawn(from: number, to: number): { data: (string | undefined)[]; complete: boolean } {
    const data: (string | undefined)[] = [];
    let covered = 0;
    for (const { parts, data: one } of this.#all) {
      const part = parts.length === 1 ? parts[0] : undefined;
      if (part === undefined || !('from' in part)) continue;
      const [low, high] = [Math.max(from, part.from), Math.min(to, part.to)];
      if (low > high) continue;
      covered += high - low + 1;
      data.push(one);
    }
    const complete = covered >= to - from + 1;
    if (!complete && this.#default !== undefined) return { data: [...data, this.#default.data], complete: true };
    return { data, complete };
  }

  #candidates(values: readonly NftValue[]): Iterable<Element> {
    const exact = keyOf(values);
    if (exact === undefined) {
      const [value] = values;
      if (values.length !== 1 || typeof value !== 'object' || !('from' in value)) return this.#all;
      return this.#all.length <= 16 ? this.#all : this.#within(value.from, value.to);
    }
    const hit = this.#exact.get(exact);
    if (hit !== undefined) return [hit];
    const [value] = values;
    const inIntervals =
      values.length === 1 && typeof value === 'object' && 'from' in value
        ? this.#intervalsAt(value.from, value.to)
        : [];
    return inIntervals.length === 0 ? this.#others : [...inIntervals, ...this.#others];
  }

  #within(from: number, to: number): Element[] {
    const found = this.#intervalsAt(from, to);
    for (const element of this.#exact.values()) found.push(element);
    found.push(...this.#others);
    return found;
  }

  /** Intervals that overlap; those of a set never overlap one another, so the last one before `from` is the only one to look at. */
  #intervalsAt(from: number, to: number): Element[] {
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#intervals[middle]!.from <= from) low = middle + 1;
      else high = middle;
    }
    const found: Element[] = [];
    for (let i = Math.max(0, low - 1); i < this.#intervals.length; i += 1) {
      const interval = this.#intervals[i]!;
      if (interval.from > to) break;
      if (interval.to >= from) found.push(interval.element);
    }
    return found;
  }
}

/** `10.0.0.1 . tcp . 80`. */
export function partsOf(key: string): string[] {
  return key.split(' . ').map((part) => part.trim());
}

/** A key of a hash where each part is one value, else undefined. */
function keyOf(parts: readonly (NftConstant | NftValue)[]): string | undefined {
  let key = '';
  for (const part of parts) {
    if (typeof part !== 'object') return undefined;
    if ('from' in part && part.from === part.to) key += `${part.from},`;
    else if ('device' in part && (!('open' in part) || !part.open)) key += `"${part.device},`;
    else return undefined;
  }
  return key;
}

function matchOf(parts: readonly NftConstant[], values: readonly NftValue[]): Match {
  let result: Match = 'yes';
  for (let i = 0; i < parts.length; i += 1) {
    const match = equals(values[i], parts[i]);
    if (match === 'no') return 'no';
    if (match === 'maybe') result = 'maybe';
  }
  return result;
}
