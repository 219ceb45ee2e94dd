import type { Layer } from '../packet.js';
import { u16, u32 } from './big-endian.js';
import { sumOfWords } from './checksum.js';
import { type Frame, NEXT_TRANSPORT } from './frame.js';
import type { Ipv6Texts } from './ipv6-texts.js';

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const NO_NEXT_HEADER = 59;
const DESTINATION_OPTIONS = 60;

/** What `skipExtensions` gives for a header that was not captured. */
const NOT_CAPTURED = -1;

/** The fields of an IPv6 header, of which 40 bytes are there. `protocol` is that of the first extension header. */
export function fillIpv6(layer: Layer, bytes: Uint8Array, at: number, texts: Ipv6Texts): void {
  layer.family = 6;
  layer.length = 40 + u16(bytes, at + 4);
  layer.protocol = bytes[at + 6]!;
  layer.ttl = bytes[at + 7]!;
  layer.src = texts.text(bytes, at + 8);
  layer.dst = texts.text(bytes, at + 24);
}

/**
 * Walks the extension headers from `from` on, and leaves the transport's number in `layer.protocol`. Returns where the
 * transport starts (of a later fragment, its bytes), which may lie behind `end`, or NOT_CAPTURED.
 */
export function skipExtensions(frame: Frame, layer: Layer, from: number, end: number): number {
  const { bytes } = frame;
  frame.routed = false;
  let at = from;
  for (;;) {
    const header = layer.protocol;
    if (header === FRAGMENT) {
      if (at + 8 > end) return NOT_CAPTURED;
      const fragment = u16(bytes, at + 2);
      layer.protocol = bytes[at]!;
      layer.fragmentOffset = fragment & 0xfff8;
      layer.moreFragments = (fragment & 1) !== 0;
      layer.id = u32(bytes, at + 4);
      at += 8;
      if (layer.fragmentOffset > 0) return at;
    } else if (header === HOP_BY_HOP || header === ROUTING || header === DESTINATION_OPTIONS) {
      if (at + 8 > end) return NOT_CAPTURED;
      if (header === ROUTING && bytes[at + 3] !== 0) frame.routed = true;
      layer.protocol = bytes[at]!;
      at += (bytes[at + 1]! + 1) * 8;
    } else if (header === AUTHENTICATION) {
      if (at + 12 > end) return NOT_CAPTURED;
      layer.protocol = bytes[at]!;
      at += (bytes[at + 1]! + 2) * 4;
    } else {
      return at;
    }
  }
}

/** Reads an IPv6 header with its extension headers into a new layer. */
export function readIpv6(frame: Frame): void {
  if (!frame.has(40, 'IPv6')) return;
  const { bytes, at, wireEnd } = frame;
  const first = bytes[at]!;
  if (first >> 4 !== 6) {
    frame.fail(`IP version ${first >> 4} where IPv6 was announced`);
    return;
  }
  const layer = frame.packet.push();
  if (layer === undefined) return;
  frame.layer = layer;
  fillIpv6(layer, bytes, at, frame.ipv6Texts);
  // A length of 0 is a jumbogram's, or left to a NIC that will split the packet: more than Ethernet's padding follows.
  if (layer.length === 40 && layer.protocol !== NO_NEXT_HEADER && wireEnd - at - 40 > 6) layer.length = wireEnd - at;
  if (layer.length > wireEnd - at && !frame.fragment) {
    frame.fail(`IPv6 payload length ${layer.length - 40} in a packet with ${wireEnd - at - 40} bytes left`);
  }
  frame.wireEnd = at + layer.length;
  if (frame.end > frame.wireEnd) frame.end = frame.wireEnd;
  const transport = skipExtensions(frame, layer, at + 40, frame.end);
  if (transport === NOT_CAPTURED) {
    if (frame.end === frame.wireEnd && !frame.fragment)
      frame.fail('IPv6 extension header runs past the end of the packet');
    return;
  }
  if (layer.fragmentOffset > 0) {
    layer.kind = 'fragment';
    layer.payload = frame.wireEnd - transport;
    return;
  }
  if (transport > frame.wireEnd && !layer.moreFragments && !frame.fragment) {
    frame.fail('IPv6 extension header runs past the end of the packet');
    return;
  }
  if (layer.moreFragments) frame.fragment = true;
  frame.at = transport;
  if (transport > frame.end) return;
  if (frame.whole) frame.addressSum = sumOfWords(bytes, at + 8, 32);
  frame.next = NEXT_TRANSPORT;
}
