import {
  LINK_ETHERNET,
  LINK_IPV4,
  LINK_IPV6,
  LINK_LOOP,
  LINK_NULL,
  LINK_RAW,
  LINK_RAW_BSD,
  LINK_RAW_OPENBSD,
  LINK_SLL,
  LINK_SLL2,
  linkTypeName,
} from '../link-types.js';
import { i32, u16, u32, u48 } from './big-endian.js';
import { readEtherType } from './ethernet.js';
import { type Frame, NEXT_ETHERNET, NEXT_IP, NEXT_IPV4, NEXT_IPV6, NEXT_NONE } from './frame.js';

/** ARPHRD_ETHER and ARPHRD_LOOPBACK (linux/if_arp.h): devices whose frames carry an EtherType. */
const DEVICE_ETHERNET = 1;
const PACKET_OUTGOING = 4;
const AF_INET = 2;
/** AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, and macOS. */
const AF_INET6: readonly number[] = [10, 24, 28, 30];
/** Names of interfaces that are kept. */
const MOST_NAMES = 4096;

const ifaceNames = new Map<number, string>();

/** Reads the link-layer header of a packet. */
export function readLink(frame: Frame, linkType: number): void {
  switch (linkType) {
    case LINK_ETHERNET:
      frame.next = NEXT_ETHERNET;
      return;
    case LINK_SLL:
      readSll(frame);
      return;
    case LINK_SLL2:
      readSll2(frame);
      return;
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
      frame.next = NEXT_IP;
      return;
    case LINK_IPV4:
      frame.next = NEXT_IPV4;
      return;
    case LINK_IPV6:
      frame.next = NEXT_IPV6;
      return;
    case LINK_NULL:
    case LINK_LOOP:
      readNull(frame);
      return;
    default:
      frame.fail(`link type ${linkTypeName(linkType)} is not read`);
  }
}

/** Linux's cooked header, version 1: packet type, device type, address length, address, protocol. */
function readSll(frame: Frame): void {
  if (!frame.has(16, 'LINUX_SLL')) return;
  const { bytes, at } = frame;
  readPacketType(frame, u16(bytes, at));
  if (u16(bytes, at + 2) === DEVICE_ETHERNET && u16(bytes, at + 4) === 6) frame.packet.srcMac = u48(bytes, at + 6);
  frame.at = at + 16;
  readEtherType(frame, u16(bytes, at + 14));
}

/** Version 2: protocol, two bytes of nothing, interface index, device type, packet type, address length, address. */
function readSll2(frame: Frame): void {
  if (!frame.has(20, 'LINUX_SLL2')) return;
  const { bytes, at, packet } = frame;
  packet.iface ??= ifaceName(u32(bytes, at + 4));
  readPacketType(frame, bytes[at + 10]!);
  if (u16(bytes, at + 8) === DEVICE_ETHERNET && bytes[at + 11] === 6) packet.srcMac = u48(bytes, at + 12);
  frame.at = at + 20;
  readEtherType(frame, u16(bytes, at));
}

function ifaceName(index: number): string {
  let name = ifaceNames.get(index);
  if (name === undefined) {
    name = `if${index}`;
    if (ifaceNames.size < MOST_NAMES) ifaceNames.set(index, name);
  }
  return name;
}

/** 0 to us, 1 broadcast, 2 multicast, 3 to another host (promiscuous), 4 sent by us (linux/if_packet.h). */
function readPacketType(frame: Frame, type: number): void {
  if (type <= PACKET_OUTGOING) frame.packet.direction ??= type === PACKET_OUTGOING ? 'out' : 'in';
}

/** The address family in four bytes, in the order of whichever machine wrote it (NULL) or of the network (LOOP). */
function readNull(frame: Frame): void {
  if (!frame.has(4, 'loopback')) return;
  const { bytes, at } = frame;
  const word = i32(bytes, at);
  // A family is a small number: in the other order it fills the high byte alone.
  const family = (word & 0xffff) !== 0 ? word : bytes[at]! | (bytes[at + 1]! << 8);
  frame.at = at + 4;
  frame.next = family === AF_INET ? NEXT_IPV4 : AF_INET6.includes(family) ? NEXT_IPV6 : NEXT_NONE;
}
