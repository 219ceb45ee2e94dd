import { type Layer, TCP_SYN } from '../packet.js';
import { u16, u32 } from './big-endian.js';
import { readTcpDns } from './dns.js';
import type { Frame } from './frame.js';

const PROTOCOL = 6;
const OPTION_END = 0;
const OPTION_NOP = 1;
const OPTION_MSS = 2;

/** Reads a TCP header. Where only its ports were captured the layer has these, and stays `other`. */
export function readTcp(frame: Frame): void {
  const { bytes, at, end, layer } = frame;
  if (at + 4 <= end) {
    layer.sport = u16(bytes, at);
    layer.dport = u16(bytes, at + 2);
  }
  if (!frame.has(20, 'TCP')) return;
  const headerLength = (bytes[at + 12]! >> 4) * 4;
  if (headerLength < 20) {
    frame.fail(`TCP header of ${headerLength} bytes`);
    return;
  }
  layer.kind = 'tcp';
  layer.seq = u32(bytes, at + 4);
  layer.ack = u32(bytes, at + 8);
  layer.flags = bytes[at + 13]!;
  layer.window = u16(bytes, at + 14);
  if (at + headerLength > frame.wireEnd) {
    if (!frame.fragment) frame.fail(`TCP header of ${headerLength} bytes in ${frame.wireEnd - at}`);
    return;
  }
  layer.payload = frame.wireEnd - at - headerLength;
  if (frame.whole) {
    layer.transportChecksum = frame.sums.verdict(bytes, at, end, at + 16, frame.addressSum + PROTOCOL);
    if (layer.transportChecksum === 'bad' && u16(bytes, at + 16) === 0) layer.transportChecksum = 'unfilled';
  }
  const optionsEnd = Math.min(at + headerLength, end);
  if ((layer.flags & TCP_SYN) !== 0) readMss(layer, bytes, at + 20, optionsEnd);
  if (layer.payload > 14 && (layer.sport === 53 || layer.dport === 53)) {
    layer.dns = readTcpDns(bytes, at + headerLength, end);
  }
}

function readMss(layer: Layer, bytes: Uint8Array, from: number, end: number): void {
  let at = from;
  while (at < end) {
    const option = bytes[at]!;
    if (option === OPTION_END) return;
    if (option === OPTION_NOP) {
      at += 1;
      continue;
    }
    if (at + 2 > end) return;
    const length = bytes[at + 1]!;
    if (length < 2) return;
    if (option === OPTION_MSS && length === 4 && at + 4 <= end) layer.mss = u16(bytes, at + 2);
    at += length;
  }
}
