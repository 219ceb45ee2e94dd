import type { BundleLimits } from './entry.js';

/** Below this an unpacked archive is never taken for a bomb, whatever its ratio: small texts pack well. Bytes. */
const RATIO_FLOOR = 10 * 1024 * 1024;

/**
 * What is left of the caps on everything that one call reads. Once spent it stays spent: every reader then stops and
 * keeps what it has.
 */
export class Budget {
  readonly limits: BundleLimits;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #bytes = 0;
  #entries = 0;
  /** Which cap was reached first. */
  spent: string | undefined;

  constructor(limits: BundleLimits, onProgress?: (bytes: number) => void) {
    this.limits = limits;
    this.#onProgress = onProgress;
  }

  /** Bytes that may still be taken into memory. */
  get bytesLeft(): number {
    return this.limits.totalBytes - this.#bytes;
  }

  /** Counts bytes taken into memory; false when there may be no more. */
  takeBytes(count: number): boolean {
    if (this.spent !== undefined) return false;
    this.#bytes += count;
    if (this.#bytes > this.limits.totalBytes) {
      this.spent = `the input is larger than ${inUnits(this.limits.totalBytes)}: the rest was not read`;
      return false;
    }
    this.#onProgress?.(this.#bytes);
    return true;
  }

  /** Counts one file, folder or link of a folder or archive; false when there may be no more. */
  takeEntry(): boolean {
    if (this.spent !== undefined) return false;
    this.#entries += 1;
    if (this.#entries > this.limits.entries) {
      this.spent = `the input has more than ${this.limits.entries} files: the rest was not read`;
      return false;
    }
    return true;
  }
}

/**
 * How much an archive unpacks to. What an archive within it unpacks to counts for the outer one as well: a bomb in
 * layers, each of a harmless ratio, is still one.
 */
export class Expansion {
  readonly #packed: number;
  readonly #limits: BundleLimits;
  readonly #outer: Expansion | undefined;
  #unpacked = 0;

  constructor(packed: number, limits: BundleLimits, outer?: Expansion) {
    this.#packed = packed;
    this.#limits = limits;
    this.#outer = outer;
  }

  /** Counts unpacked bytes; false when the archive is taken for a bomb. */
  take(count: number): boolean {
    this.#unpacked += count;
    if (this.#unpacked > RATIO_FLOOR && this.#unpacked > this.#limits.ratio * this.#packed) return false;
    return this.#outer?.take(count) ?? true;
  }

  get message(): string {
    return `unpacks to more than ${this.#limits.ratio} times its size, as an archive bomb does: the rest was not read`;
  }
}

/** Message for a file that is cut at a cap. */
export function tooLarge(cap: number): string {
  return `larger than ${inUnits(cap)}: only the beginning was used`;
}

/** A size for a message: `256 MB`. */
export function inUnits(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[unit]}`;
}
