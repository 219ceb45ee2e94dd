import { i32, u16 } from './big-endian.js';

/** A power of two. */
const SLOTS = 4096;

/**
 * IPv6 addresses as text, remembered so that the addresses of a capture are written once each. An address has one slot; one
 * that comes to the same slot takes it over, which bounds the memory whatever a capture holds.
 */
export class Ipv6Texts {
  readonly #keys = new Int32Array(SLOTS * 4);
  readonly #texts: (string | undefined)[] = new Array<string | undefined>(SLOTS).fill(undefined);

  /** The address at `bytes[at]`; the 16 bytes are there. */
  text(bytes: Uint8Array, at: number): string {
    const a = i32(bytes, at);
    const b = i32(bytes, at + 4);
    const c = i32(bytes, at + 8);
    const d = i32(bytes, at + 12);
    let hash =
      Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f);
    hash ^= hash >>> 15;
    const slot = hash & (SLOTS - 1);
    const keys = this.#keys;
    const key = slot * 4;
    const known = this.#texts[slot];
    if (known !== undefined && keys[key] === a && keys[key + 1] === b && keys[key + 2] === c && keys[key + 3] === d) {
      return known;
    }
    const text = ipv6Text(bytes, at);
    keys[key] = a;
    keys[key + 1] = b;
    keys[key + 2] = c;
    keys[key + 3] = d;
    this.#texts[slot] = text;
    return text;
  }
}

/** The canonical text of RFC 5952, with the dotted end for IPv4-mapped addresses alone. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(u16(bytes, at + i));
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${bytes[at + 12]}.${bytes[at + 13]}.${bytes[at + 14]}.${bytes[at + 15]}`;
  }
  let gap = -1;
  let gapLength = 1;
  for (let i = 0; i < 8; i += 1) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length += 1;
    if (length > gapLength) {
      gap = i;
      gapLength = length;
    }
    if (length > 0) i += length - 1;
  }
  const words = groups.map((group) => group.toString(16));
  if (gap < 0) return words.join(':');
  return `${words.slice(0, gap).join(':')}::${words.slice(gap + gapLength).join(':')}`;
}
