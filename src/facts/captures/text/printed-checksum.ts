import { ipv6Words } from '../ipv6-text.js';
import type { ChecksumState, Ip, Layer } from '../packet.js';

/** A checksum that `-v` calls wrong: what stands in the packet, and what should. */
export interface WrongChecksum {
  value: number;
  expected: number;
}

/**
 * What a wrong checksum of TCP or UDP means. A sender that leaves it to its NIC puts the pseudo-header's sum there, not
 * complemented (for packets that the NIC is to split, some leave out the length), or TCP's 0. Where the addresses are
 * names, or the length was not printed, nobody can tell.
 */
export function wrongChecksumState(layer: Layer, protocol: number, { value }: WrongChecksum): ChecksumState {
  if (value === 0 && protocol === 6) return 'unfilled';
  const from = sumOf(layer.src);
  const to = sumOf(layer.dst);
  const length = layer.length - (layer.family === 4 ? 20 : 40);
  if (from === undefined || to === undefined || length < 0) return 'unchecked';
  const pseudo = from + to + protocol;
  return value === fold(pseudo + length) || value === fold(pseudo) ? 'unfilled' : 'bad';
}

/**
 * Whether a tunnel's wrong checksum will be right once the NIC has filled the inner one (Linux's local checksum offload
 * makes it so): the sum changes by what the inner one does.
 */
export function settlesWithInner(outer: WrongChecksum, inner: WrongChecksum): boolean {
  return (outer.expected + inner.value - inner.expected - outer.value) % 0xffff === 0;
}

function sumOf(ip: Ip): number | undefined {
  if (typeof ip === 'number') return (ip >>> 16) + (ip & 0xffff);
  return ipv6Words(ip)?.reduce((sum, word) => sum + word, 0);
}

function fold(sum: number): number {
  let low = sum;
  while (low > 0xffff) low = (low >>> 16) + (low & 0xffff);
  return low;
}
