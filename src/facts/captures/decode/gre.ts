import { u16, u32 } from './big-endian.js';
import { readEtherType } from './ethernet.js';
import { type Frame, NEXT_ETHERNET } from './frame.js';
import { TYPE_ETHERNET } from './geneve.js';

const HAS_CHECKSUM = 0x8000;
const HAS_ROUTING = 0x4000;
const HAS_KEY = 0x2000;
const HAS_SEQUENCE = 0x1000;
const VERSION = 0x0007;

/** GRE (RFC 2784, 2890). Version 1 is PPTP's, and not read; nor is source routing, which nobody has used since 1994. */
export function readGre(frame: Frame): void {
  if (!frame.has(4, 'GRE')) return;
  const { bytes, at, layer } = frame;
  const flags = u16(bytes, at);
  if ((flags & VERSION) !== 0) return;
  layer.tunnel = 'gre';
  if ((flags & HAS_ROUTING) !== 0) return;
  const keyAt = (flags & HAS_CHECKSUM) === 0 ? 4 : 8;
  const sequenceAt = (flags & HAS_KEY) === 0 ? keyAt : keyAt + 4;
  const length = (flags & HAS_SEQUENCE) === 0 ? sequenceAt : sequenceAt + 4;
  if (!frame.has(length, 'GRE')) return;
  if (sequenceAt > keyAt) layer.vni = u32(bytes, at + keyAt);
  frame.at = at + length;
  const type = u16(bytes, at + 2);
  if (type === TYPE_ETHERNET) frame.next = NEXT_ETHERNET;
  else readEtherType(frame, type);
}
