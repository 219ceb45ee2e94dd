import type { Layer } from '../packet.js';
import { i32, u16 } from './big-endian.js';
import { ipv4HeaderChecksum, sumOfWords } from './checksum.js';
import { type Frame, NEXT_TRANSPORT } from './frame.js';

/** The fields of an IPv4 header, of which 20 bytes are there. */
export function fillIpv4(layer: Layer, bytes: Uint8Array, at: number): void {
  const fragment = u16(bytes, at + 6);
  layer.family = 4;
  layer.length = u16(bytes, at + 2);
  layer.id = u16(bytes, at + 4);
  layer.dontFragment = (fragment & 0x4000) !== 0;
  layer.moreFragments = (fragment & 0x2000) !== 0;
  layer.fragmentOffset = (fragment & 0x1fff) * 8;
  layer.ttl = bytes[at + 8]!;
  layer.protocol = bytes[at + 9]!;
  layer.src = i32(bytes, at + 12);
  layer.dst = i32(bytes, at + 16);
}

/** Reads an IPv4 header into a new layer. */
export function readIpv4(frame: Frame): void {
  if (!frame.has(20, 'IPv4')) return;
  const { bytes, at, wireEnd } = frame;
  const first = bytes[at]!;
  if (first >> 4 !== 4) {
    frame.fail(`IP version ${first >> 4} where IPv4 was announced`);
    return;
  }
  const headerLength = (first & 15) * 4;
  if (headerLength < 20) {
    frame.fail(`IPv4 header of ${headerLength} bytes`);
    return;
  }
  const layer = frame.packet.push();
  if (layer === undefined) return;
  frame.layer = layer;
  fillIpv4(layer, bytes, at);
  // A length of 0 is what a sender leaves to a NIC that will split the packet: then it is as long as it was seen to be.
  if (layer.length === 0) layer.length = wireEnd - at;
  if (layer.length < headerLength) {
    frame.fail(`IPv4 total length ${layer.length} is less than its header`);
    return;
  }
  if (layer.length > wireEnd - at && !frame.fragment) {
    frame.fail(`IPv4 total length ${layer.length} in a packet with ${wireEnd - at} bytes left`);
  }
  frame.wireEnd = at + layer.length;
  if (frame.end > frame.wireEnd) frame.end = frame.wireEnd;
  frame.at = at + headerLength;
  if (frame.at > frame.end) return;
  layer.ipChecksum = ipv4HeaderChecksum(bytes, at, headerLength);
  frame.addressSum = sumOfWords(bytes, at + 12, 8);
  frame.routed = false;
  if (layer.fragmentOffset > 0) {
    layer.kind = 'fragment';
    layer.payload = layer.length - headerLength;
    return;
  }
  if (layer.moreFragments) frame.fragment = true;
  frame.next = NEXT_TRANSPORT;
}
