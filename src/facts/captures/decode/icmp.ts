import { u16 } from './big-endian.js';
import type { Frame } from './frame.js';
import { readQuoted } from './quoted.js';

const ECHO_REPLY = 0;
const UNREACHABLE = 3;
const SOURCE_QUENCH = 4;
const REDIRECT = 5;
const ECHO_REQUEST = 8;
const TIME_EXCEEDED = 11;
const PARAMETER_PROBLEM = 12;
/** Code of UNREACHABLE: fragmentation needed. */
const FRAGMENTATION_NEEDED = 4;

/** Reads an ICMP message, and the packet that an error quotes. */
export function readIcmp(frame: Frame): void {
  if (!frame.has(8, 'ICMP')) return;
  const { bytes, at, end, layer } = frame;
  const type = bytes[at]!;
  layer.kind = 'icmp';
  layer.icmpType = type;
  layer.icmpCode = bytes[at + 1]!;
  layer.payload = frame.wireEnd - at - 8;
  if (frame.whole) layer.transportChecksum = frame.sums.verdict(bytes, at, end, at + 2, 0);
  switch (type) {
    case ECHO_REPLY:
    case ECHO_REQUEST:
      layer.icmpId = u16(bytes, at + 4);
      layer.icmpSeq = u16(bytes, at + 6);
      return;
    case UNREACHABLE:
      // Routers older than RFC 1191 leave 0 there: they name none.
      if (layer.icmpCode === FRAGMENTATION_NEEDED) layer.mtu = u16(bytes, at + 6) || -1;
      break;
    case SOURCE_QUENCH:
    case REDIRECT:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
      break;
    default:
      return;
  }
  layer.hasQuoted = readQuoted(frame, layer.quoted, at + 8);
}
