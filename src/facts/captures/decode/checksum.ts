import type { ChecksumState } from '../packet.js';
import { u16 } from './big-endian.js';

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** Below this the way through words does not pay. */
const SHORT = 24;

/** Carries added back in, until 16 bits remain. Takes any non-negative safe integer. */
export function fold(sum: number): number {
  let low = sum;
  if (low > 0x7fffffff) {
    const word = low >>> 0;
    low = (low - word) / 0x100000000 + (word >>> 16) + (word & 0xffff);
  }
  while (low > 0xffff) low = (low >>> 16) + (low & 0xffff);
  return low;
}

/** Sum of the 16-bit words from `at` on, not folded; `count` is even and at most 128 KiB. */
export function sumOfWords(bytes: Uint8Array, at: number, count: number): number {
  let sum = 0;
  for (let i = at; i < at + count; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return sum;
}

/** One's complement sums over bytes at any offset, four bytes at a time. */
export class ChecksumSum {
  #buffer: ArrayBufferLike | undefined;
  #words: Uint32Array = new Uint32Array(0);

  /** The folded sum of `bytes[start]` to `bytes[end - 1]` as 16-bit words in network order, padded with a zero. */
  over(bytes: Uint8Array, start: number, end: number): number {
    const count = end - start;
    if (count < SHORT) {
      const even = count & ~1;
      const sum = sumOfWords(bytes, start, even);
      return fold(even === count ? sum : sum + (bytes[end - 1]! << 8));
    }
    if (bytes.buffer !== this.#buffer) {
      this.#buffer = bytes.buffer;
      this.#words = new Uint32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2);
    }
    const words = this.#words;
    // Up to the first aligned word, and behind the last one, byte by byte, in the machine's own order of bytes: a sum of
    // one's complement may be made in either order and turned at its end (RFC 1071).
    const offset = bytes.byteOffset;
    let at = start;
    let ends = 0;
    while (((offset + at) & 3) !== 0) {
      ends += nativeHalf(offset + at, bytes[at]!);
      at += 1;
    }
    let word = (offset + at) >>> 2;
    const lastWord = (offset + end) >>> 2;
    let a = 0;
    let b = 0;
    for (; word + 4 <= lastWord; word += 4) {
      a += words[word]!;
      b += words[word + 1]!;
      a += words[word + 2]!;
      b += words[word + 3]!;
    }
    for (; word < lastWord; word += 1) a += words[word]!;
    for (at = (lastWord << 2) - offset; at < end; at += 1) ends += nativeHalf(offset + at, bytes[at]!);
    const sum = fold(a + b + ends);
    // Words that start at an odd place have their bytes the other way round.
    const isTurned = LITTLE_ENDIAN === (((offset + start) & 1) === 0);
    return isTurned ? ((sum & 0xff) << 8) | (sum >>> 8) : sum;
  }

  /**
   * What a transport's checksum is worth. `pseudo` is the pseudo-header's sum without the length, 0 for protocols without
   * one; `start` to `end` what the checksum covers, `fieldAt` where it stands.
   *
   * A sender that leaves the sum to its NIC puts the pseudo-header's sum there, not complemented; for packets that the NIC
   * is to split as well some leave out the length.
   */
  verdict(bytes: Uint8Array, start: number, end: number, fieldAt: number, pseudo: number): ChecksumState {
    const withLength = pseudo === 0 ? 0 : pseudo + end - start;
    if (fold(this.over(bytes, start, end) + withLength) === 0xffff) return 'good';
    if (pseudo === 0) return 'bad';
    const field = u16(bytes, fieldAt);
    return field === fold(withLength) || field === fold(pseudo) ? 'unfilled' : 'bad';
  }
}

function nativeHalf(address: number, byte: number): number {
  return LITTLE_ENDIAN === ((address & 1) === 0) ? byte : byte << 8;
}

/** What an IPv4 header's checksum is worth; all `length` bytes of it are there. */
export function ipv4HeaderChecksum(bytes: Uint8Array, at: number, length: number): ChecksumState {
  if (fold(sumOfWords(bytes, at, length)) === 0xffff) return 'good';
  return u16(bytes, at + 10) === 0 ? 'unfilled' : 'bad';
}
