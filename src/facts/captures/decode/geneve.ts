import { u16, u32 } from './big-endian.js';
import { readEtherType } from './ethernet.js';
import { type Frame, NEXT_ETHERNET } from './frame.js';

/** Transparent Ethernet bridging: a whole frame follows, as in GRE. */
export const TYPE_ETHERNET = 0x6558;

/** Geneve (RFC 8926), its options skipped. */
export function readGeneve(frame: Frame): void {
  const { bytes, at, layer } = frame;
  if (at + 8 > frame.end || bytes[at]! >> 6 !== 0) return;
  layer.tunnel = 'geneve';
  layer.vni = u32(bytes, at + 4) >>> 8;
  if (!frame.has(8 + (bytes[at]! & 0x3f) * 4, 'Geneve')) return;
  frame.at = at + 8 + (bytes[at]! & 0x3f) * 4;
  const type = u16(bytes, at + 2);
  if (type === TYPE_ETHERNET) frame.next = NEXT_ETHERNET;
  else readEtherType(frame, type);
}
