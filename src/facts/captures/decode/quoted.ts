import type { Layer } from '../packet.js';
import { u16, u32 } from './big-endian.js';
import type { Frame } from './frame.js';
import { fillIpv4 } from './ipv4.js';
import { fillIpv6, skipExtensions } from './ipv6.js';

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMP6 = 58;

/**
 * Reads the packet that an ICMP error quotes from `at` on, as far as it goes: 8 bytes behind its IP header are all that a
 * router must quote. Returns whether there is an IP header at all.
 */
export function readQuoted(frame: Frame, quoted: Layer, at: number): boolean {
  const { bytes, end } = frame;
  if (at + 20 > end) return false;
  const version = bytes[at]! >> 4;
  if (version === 4) {
    const headerLength = (bytes[at]! & 15) * 4;
    if (headerLength < 20) return false;
    quoted.reset();
    fillIpv4(quoted, bytes, at);
    readTransport(quoted, bytes, at + headerLength, end);
    return true;
  }
  if (version !== 6 || at + 40 > end) return false;
  quoted.reset();
  fillIpv6(quoted, bytes, at, frame.ipv6Texts);
  const transport = skipExtensions(frame, quoted, at + 40, end);
  if (transport >= 0) readTransport(quoted, bytes, transport, end);
  return true;
}

function readTransport(quoted: Layer, bytes: Uint8Array, at: number, end: number): void {
  if (quoted.fragmentOffset > 0) {
    quoted.kind = 'fragment';
    return;
  }
  if (at + 8 > end) return;
  switch (quoted.protocol) {
    case TCP:
      quoted.kind = 'tcp';
      quoted.seq = u32(bytes, at + 4);
      break;
    case UDP:
      quoted.kind = 'udp';
      quoted.payload = Math.max(0, u16(bytes, at + 4) - 8);
      break;
    case ICMP:
    case ICMP6:
      quoted.kind = quoted.protocol === ICMP ? 'icmp' : 'icmp6';
      quoted.icmpType = bytes[at]!;
      quoted.icmpCode = bytes[at + 1]!;
      if (isEcho(quoted)) {
        quoted.icmpId = u16(bytes, at + 4);
        quoted.icmpSeq = u16(bytes, at + 6);
      }
      return;
    default:
      return;
  }
  quoted.sport = u16(bytes, at);
  quoted.dport = u16(bytes, at + 2);
}

function isEcho({ kind, icmpType }: Layer): boolean {
  return kind === 'icmp' ? icmpType === 8 || icmpType === 0 : icmpType === 128 || icmpType === 129;
}
