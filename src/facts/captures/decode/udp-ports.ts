import { u16, u32 } from './big-endian.js';
import { fold, sumOfWords } from './checksum.js';

export const PORT_PLAIN = 0;
export const PORT_DNS = 1;
export const PORT_VXLAN = 2;
export const PORT_GENEVE = 3;
export const PORT_WIREGUARD = 4;

/** A power of two. */
const PAIRS = 1024;

/**
 * What speaks on which UDP port: by registration and custom, and by what was seen so far. VXLAN is found on any port, since
 * clusters move it (Calico 4789, flannel and Cilium 8472, others where their administrators like).
 */
export class UdpPorts {
  readonly #kinds = new Uint8Array(65536);
  /** Pairs of ports between which a WireGuard handshake was seen, each at its one slot; 0 where none. */
  readonly #wireguardPairs = new Int32Array(PAIRS);

  constructor() {
    this.#kinds[53] = PORT_DNS;
    this.#kinds[4789] = PORT_VXLAN;
    this.#kinds[8472] = PORT_VXLAN;
    this.#kinds[6081] = PORT_GENEVE;
    this.#kinds[51820] = PORT_WIREGUARD;
    this.#kinds[51871] = PORT_WIREGUARD;
  }

  kind(port: number): number {
    return this.#kinds[port]!;
  }

  learnVxlan(port: number): void {
    this.#kinds[port] = PORT_VXLAN;
  }

  learnWireguard(a: number, b: number): void {
    const pair = pairOf(a, b);
    this.#wireguardPairs[slotOf(pair)] = pair;
  }

  isWireguard(a: number, b: number): boolean {
    if (this.#kinds[a] === PORT_WIREGUARD || this.#kinds[b] === PORT_WIREGUARD) return true;
    const pair = pairOf(a, b);
    return pair !== 0 && this.#wireguardPairs[slotOf(pair)] === pair;
  }
}

function pairOf(a: number, b: number): number {
  return a < b ? (a << 16) | b : (b << 16) | a;
}

function slotOf(pair: number): number {
  return (Math.imul(pair, 0x9e3779b1) >>> 16) & (PAIRS - 1);
}

/**
 * Whether a UDP payload on a port of no known use is VXLAN beyond doubt: a header without a stray bit, and within it a
 * frame that makes sense (ARP, IPv4 with a right checksum, IPv6 of a fitting length).
 */
export function looksLikeVxlan(bytes: Uint8Array, at: number, end: number, wireEnd: number): boolean {
  if (at + 8 + 14 + 20 > end || bytes[at] !== 0x08) return false;
  if (bytes[at + 1] !== 0 || u16(bytes, at + 2) !== 0 || bytes[at + 7] !== 0) return false;
  let type = u16(bytes, at + 20);
  let inner = at + 22;
  if (type === 0x8100) {
    type = u16(bytes, at + 24);
    inner += 4;
  }
  if (inner + 20 > end) return false;
  if (type === 0x0806) return u32(bytes, inner) === 0x00010800 && u16(bytes, inner + 4) === 0x0604;
  if (type === 0x0800) {
    const length = (bytes[inner]! & 15) * 4;
    if (bytes[inner]! >> 4 !== 4 || length < 20 || inner + length > end) return false;
    return fold(sumOfWords(bytes, inner, length)) === 0xffff;
  }
  if (type !== 0x86dd || bytes[inner]! >> 4 !== 6) return false;
  // A short frame may be padded.
  const padding = wireEnd - inner - 40 - u16(bytes, inner + 4);
  return padding >= 0 && padding <= 6;
}
