import { u16, u48 } from './big-endian.js';
import { type Frame, NEXT_ARP, NEXT_IPV4, NEXT_IPV6, NEXT_NONE } from './frame.js';

const TYPE_IPV4 = 0x0800;
const TYPE_ARP = 0x0806;
const TYPE_IPV6 = 0x86dd;

function isVlanTag(type: number): boolean {
  return type === 0x8100 || type === 0x88a8 || type === 0x9100;
}

/** An Ethernet header. The packet's own addresses and VLAN are those outside of all tunnels. */
export function readEthernet(frame: Frame): void {
  if (!frame.has(14, 'Ethernet')) return;
  const { bytes, at, packet } = frame;
  if (packet.depth === 0) {
    packet.dstMac = u48(bytes, at);
    packet.srcMac = u48(bytes, at + 6);
  }
  frame.at = at + 14;
  readEtherType(frame, u16(bytes, at + 12));
}

/**
 * What an EtherType says comes at `frame.at`, after any VLAN tags. Of 802.3 (where it is a length) and of other protocols
 * nothing is read, which is no problem.
 */
export function readEtherType(frame: Frame, etherType: number): void {
  const { bytes, packet } = frame;
  let type = etherType;
  while (isVlanTag(type)) {
    if (!frame.has(4, 'VLAN')) return;
    if (packet.depth === 0 && packet.vlan < 0) packet.vlan = u16(bytes, frame.at) & 0xfff;
    type = u16(bytes, frame.at + 2);
    frame.at += 4;
  }
  frame.next =
    type === TYPE_IPV4 ? NEXT_IPV4 : type === TYPE_IPV6 ? NEXT_IPV6 : type === TYPE_ARP ? NEXT_ARP : NEXT_NONE;
}
