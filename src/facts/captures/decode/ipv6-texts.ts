import { ipv6Text } from '../ipv6-text.js';
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
    const text = ipv6Text([0, 2, 4, 6, 8, 10, 12, 14].map((offset) => u16(bytes, at + offset)));
    keys[key] = a;
    keys[key + 1] = b;
    keys[key + 2] = c;
    keys[key + 3] = d;
    this.#texts[slot] = text;
    return text;
  }
}
