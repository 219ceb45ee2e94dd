import type { Layer } from '../packet.js';
import { u16, u32, u48 } from './big-endian.js';
import type { Frame } from './frame.js';
import { readQuoted } from './quoted.js';

const PROTOCOL = 58;
const PACKET_TOO_BIG = 2;
/** The last of the errors in use: unreachable, too big, time exceeded, parameter problem. */
const PARAMETER_PROBLEM = 4;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const OPTION_TARGET_LINK_ADDRESS = 2;

/** Reads an ICMPv6 message, and the packet that an error quotes. */
export function readIcmp6(frame: Frame): void {
  if (!frame.has(8, 'ICMPv6')) return;
  const { bytes, at, end, layer } = frame;
  const type = bytes[at]!;
  layer.kind = 'icmp6';
  layer.icmpType = type;
  layer.icmpCode = bytes[at + 1]!;
  layer.payload = frame.wireEnd - at - 8;
  if (frame.whole) layer.transportChecksum = frame.sums.verdict(bytes, at, end, at + 2, frame.addressSum + PROTOCOL);
  if (type === ECHO_REQUEST || type === ECHO_REPLY) {
    layer.icmpId = u16(bytes, at + 4);
    layer.icmpSeq = u16(bytes, at + 6);
  } else if (type >= 1 && type <= PARAMETER_PROBLEM) {
    if (type === PACKET_TOO_BIG) layer.mtu = u32(bytes, at + 4);
    layer.hasQuoted = readQuoted(frame, layer.quoted, at + 8);
  } else if (type === NEIGHBOUR_SOLICITATION || type === NEIGHBOUR_ADVERTISEMENT) {
    if (!frame.has(24, 'ICMPv6')) return;
    layer.target = frame.ipv6Texts.text(bytes, at + 8);
    if (type === NEIGHBOUR_ADVERTISEMENT) readTargetMac(layer, bytes, at + 24, end);
  }
}

function readTargetMac(layer: Layer, bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at + 8 <= end; ) {
    const length = bytes[at + 1]! * 8;
    if (length === 0) return;
    if (bytes[at] === OPTION_TARGET_LINK_ADDRESS && length === 8) layer.mac = u48(bytes, at + 2);
    at += length;
  }
}
