import type { Packet } from '../packet.js';
import type { CaptureRecord } from '../record.js';
import { readArp } from './arp.js';
import { readEthernet } from './ethernet.js';
import { Frame, NEXT_ARP, NEXT_ETHERNET, NEXT_IP, NEXT_IPV4, NEXT_IPV6, NEXT_NONE, NEXT_TRANSPORT } from './frame.js';
import { readIpv4 } from './ipv4.js';
import { readIpv6 } from './ipv6.js';
import { readLink } from './link.js';
import { readTransport } from './transport.js';

/**
 * Decodes packets, from the link's header through tunnels to the innermost transport. One decoder is for one capture: it
 * learns on which ports tunnels are spoken. Its memory is bounded, and a packet over IPv4 costs none.
 */
export class PacketDecoder {
  readonly #frame = new Frame();

  /**
   * Fills `packet`, which it resets first, from the record. Never throws: what is malformed is in `packet.problem`, and the
   * layers before it are kept. What was merely not captured (a snapshot length) is no problem.
   */
  decode(record: CaptureRecord, packet: Packet): void {
    const frame = this.#frame;
    const { bytes, start } = record;
    const end = Math.min(record.end, bytes.length);
    packet.reset();
    packet.number = record.number;
    packet.time = record.time;
    packet.originalLength = record.originalLength;
    packet.capturedLength = end - start;
    packet.iface = record.iface;
    packet.direction = record.direction;
    frame.packet = packet;
    frame.bytes = bytes;
    frame.at = start;
    frame.end = end;
    frame.wireEnd = Math.max(end, start + record.originalLength);
    frame.next = NEXT_NONE;
    frame.fragment = false;
    frame.routed = false;
    readLink(frame, record.linkType);
    while (frame.next !== NEXT_NONE) readNext(frame);
    if (packet.depth > 1) settleOuterChecksums(packet);
  }
}

function readNext(frame: Frame): void {
  const { next } = frame;
  frame.next = NEXT_NONE;
  switch (next) {
    case NEXT_ETHERNET:
      readEthernet(frame);
      return;
    case NEXT_IPV4:
      readIpv4(frame);
      return;
    case NEXT_IPV6:
      readIpv6(frame);
      return;
    case NEXT_IP:
      readIp(frame);
      return;
    case NEXT_ARP:
      readArp(frame);
      return;
    case NEXT_TRANSPORT:
      readTransport(frame);
      return;
    default:
  }
}

function readIp(frame: Frame): void {
  if (!frame.has(1, 'IP')) return;
  if (frame.bytes[frame.at]! >> 4 === 6) readIpv6(frame);
  else readIpv4(frame);
}

/**
 * A tunnel's own checksum is made for the packet as it will be once the NIC has filled in the inner one (Linux's local
 * checksum offload): where the inner one is unfilled, the outer one cannot be right yet.
 */
function settleOuterChecksums(packet: Packet): void {
  for (let i = packet.depth - 2; i >= 0; i -= 1) {
    const outer = packet.layers[i]!;
    if (outer.transportChecksum === 'bad' && packet.layers[i + 1]!.transportChecksum === 'unfilled') {
      outer.transportChecksum = 'unfilled';
    }
  }
}
