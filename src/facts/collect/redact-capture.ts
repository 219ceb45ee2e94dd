import { createHmac } from 'node:crypto';
import { CaptureFileReader } from '../captures/capture-file.js';
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
} from '../captures/link-types.js';
import { isSystemName } from './redact-names.js';
import type { Masks } from './redact-text.js';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const ARP = 0x0806;
const TAGS = new Set([0x8100, 0x88a8, 0x9100]);
/** Ports behind which frames of pods are carried. */
const VXLAN_PORTS = new Set([8472, 4789]);
const GENEVE_PORT = 6081;
const DNS_PORTS = new Set([53, 5353]);
/** The type of a WireGuard message, which tells a handshake from data. */
const WIREGUARD_PORTS = new Set([51820, 51821, 51871]);
/** Deeper than tunnels in tunnels: nobody's packets. */
const MAX_DEPTH = 6;
const SNAPLEN = 262_144;

/**
 * A capture with the addresses in all headers masked, those inside tunnels, ARP and ICMP errors included, and without any
 * payload; of a DNS message its question stays, with other letters. Checksums that were right are right again, wrong ones
 * stay wrong. What is no IP or ARP is cut behind its link header. A text in place of a capture that cannot be written so.
 */
export function maskCapture(bytes: Uint8Array, masks: Masks): Uint8Array | string {
  const packets: Uint8Array[] = [];
  const packetMask = new PacketMask(masks);
  const reader = new CaptureFileReader({
    record({ bytes: held, start, end, linkType, time, originalLength }) {
      const packet = Buffer.from(held.subarray(start, end));
      const kept = packet.subarray(0, packetMask.mask(packet, linkType));
      const header = Buffer.alloc(16);
      const seconds = Number.isNaN(time) ? 0 : Math.floor(time);
      header.writeUInt32LE(seconds >>> 0, 0);
      header.writeUInt32LE(Number.isNaN(time) ? 0 : Math.min(999_999, Math.round((time - seconds) * 1e6)), 4);
      header.writeUInt32LE(kept.length, 8);
      header.writeUInt32LE(originalLength >>> 0, 12);
      packets.push(header, kept);
    },
    problem() {},
  });
  reader.feed(bytes);
  reader.end();
  const [linkType, ...others] = reader.linkTypes;
  if (others.length > 0) return 'podnet: left out: a capture of several kinds of links is not masked\n';
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPLEN, 16);
  header.writeUInt32LE(linkType ?? LINK_ETHERNET, 20);
  return Buffer.concat([header, ...packets]);
}

/** What a checksum covers besides its own part: the addresses of the IP header, and the length behind it. */
interface Pseudo {
  from: number;
  to: number;
  length: number;
}

/** Masks packets in place. */
class PacketMask {
  readonly #masks: Masks;
  #bytes: Buffer = Buffer.alloc(0);
  /** As it was, for the checksums. */
  #before: Buffer = Buffer.alloc(0);

  constructor(masks: Masks) {
    this.#masks = masks;
  }

  /** Returns how many bytes of the packet stay. */
  mask(packet: Buffer, linkType: number): number {
    this.#bytes = packet;
    this.#before = Buffer.from(packet);
    const end = packet.length;
    switch (linkType) {
      case LINK_ETHERNET:
        return this.#ethernet(0, end, 0);
      case LINK_SLL:
        if (end < 16) return 0;
        if (packet.readUInt16BE(4) === 6) this.#mac(6);
        return this.#typed(packet.readUInt16BE(14), 16, end, 0);
      case LINK_SLL2:
        if (end < 20) return 0;
        if (packet[11] === 6) this.#mac(12);
        return this.#typed(packet.readUInt16BE(0), 20, end, 0);
      case LINK_RAW:
      case LINK_RAW_BSD:
      case LINK_RAW_OPENBSD:
      case LINK_IPV4:
      case LINK_IPV6:
        return this.#ip(0, end, 0);
      case LINK_NULL:
      case LINK_LOOP:
        return this.#ip(4, end, 0);
      default:
        return 0;
    }
  }

  #mac(at: number): void {
    if (at + 6 <= this.#bytes.length)
      this.#bytes.set(this.#masks.addresses.macBytes(this.#bytes.subarray(at, at + 6)), at);
  }

  #v4(at: number): void {
    if (at + 4 <= this.#bytes.length)
      this.#bytes.set(this.#masks.addresses.ipv4Bytes(this.#bytes.subarray(at, at + 4)), at);
  }

  #v6(at: number): void {
    if (at + 16 <= this.#bytes.length)
      this.#bytes.set(this.#masks.addresses.ipv6Bytes(this.#bytes.subarray(at, at + 16)), at);
  }

  #ethernet(at: number, end: number, depth: number): number {
    if (end - at < 14) return Math.min(at, end);
    this.#mac(at);
    this.#mac(at + 6);
    return this.#typed(this.#bytes.readUInt16BE(at + 12), at + 14, end, depth);
  }

  #typed(type: number, at: number, end: number, depth: number): number {
    let own = type;
    let next = at;
    while (TAGS.has(own) && next + 4 <= end) {
      own = this.#bytes.readUInt16BE(next + 2);
      next += 4;
    }
    if (own === ARP) return this.#arp(next, end);
    return own === IPV4 || own === IPV6 ? this.#ip(next, end, depth) : next;
  }

  /** Ethernet and IPv4 alone: sender's and target's MAC and address. */
  #arp(at: number, end: number): number {
    if (end - at < 28 || this.#bytes.readUInt32BE(at) !== 0x00010800) return at;
    this.#mac(at + 8);
    this.#v4(at + 14);
    this.#mac(at + 18);
    this.#v4(at + 24);
    return at + 28;
  }

  #ip(at: number, end: number, depth: number): number {
    if (depth > MAX_DEPTH || at >= end) return Math.min(at, end);
    return this.#bytes[at]! >> 4 === 6 ? this.#ipv6(at, end, depth) : this.#ipv4(at, end, depth);
  }

  #ipv4(at: number, end: number, depth: number): number {
    const bytes = this.#bytes;
    const length = (bytes[at]! & 15) * 4;
    if (bytes[at]! >> 4 !== 4 || length < 20 || at + length > end) return at;
    this.#v4(at + 12);
    this.#v4(at + 16);
    // Options may hold addresses of routers.
    if (length > 20) bytes.fill(1, at + 20, at + length);
    this.#fix(at + 10, at, at + length);
    const last = Math.min(end, Math.max(at + length, at + bytes.readUInt16BE(at + 2)));
    // A fragment but the first one has no header of its own.
    if ((bytes.readUInt16BE(at + 6) & 0x1fff) !== 0) return at + length;
    return this.#transport(
      bytes[at + 9]!,
      at + length,
      last,
      { from: at + 12, to: at + 20, length: bytes.readUInt16BE(at + 2) - length },
      depth,
    );
  }

  #ipv6(at: number, end: number, depth: number): number {
    const bytes = this.#bytes;
    if (end - at < 40) return at;
    this.#v6(at + 8);
    this.#v6(at + 24);
    let protocol = bytes[at + 6]!;
    let next = at + 40;
    for (let i = 0; i < 8; i += 1) {
      const isFragment = protocol === 44;
      if (![0, 43, 60].includes(protocol) && !isFragment) break;
      if (next + 8 > end) return next;
      const length = isFragment ? 8 : (bytes[next + 1]! + 1) * 8;
      if (isFragment && bytes.readUInt16BE(next + 2) >> 3 !== 0) return next + 8;
      protocol = bytes[next]!;
      next += length;
    }
    if (next >= end) return Math.min(next, end);
    return this.#transport(
      protocol,
      next,
      end,
      { from: at + 8, to: at + 40, length: bytes.readUInt16BE(at + 4) - (next - at - 40) },
      depth,
    );
  }

  /** `pseudo`: where the addresses stand that the checksum covers. */
  #transport(protocol: number, at: number, end: number, pseudo: Pseudo, depth: number): number {
    const bytes = this.#bytes;
    switch (protocol) {
      case 6: {
        if (end - at < 20) return Math.min(end, at + 8);
        this.#fix(at + 16, at, end, { ...pseudo, protocol });
        return Math.min(end, at + Math.max(20, (bytes[at + 12]! >> 4) * 4));
      }
      case 17: {
        if (end - at < 8) return end;
        const kept = this.#udp(at, end, depth);
        // Zero means that there is none.
        if (bytes.readUInt16BE(at + 6) !== 0) this.#fix(at + 6, at, end, { ...pseudo, protocol });
        return kept;
      }
      case 1:
        return this.#icmp(at, end, depth);
      case 58:
        return this.#icmp6(at, end, pseudo, depth);
      case 4:
      case 41:
        return this.#ip(at, end, depth + 1);
      case 47:
        return this.#gre(at, end, depth);
      default:
        return at;
    }
  }

  #udp(at: number, end: number, depth: number): number {
    const bytes = this.#bytes;
    const ports = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    const data = at + 8;
    if (VXLAN_PORTS.has(ports[1]!) && data + 8 <= end && (bytes[data]! & 0x08) !== 0) {
      return this.#ethernet(data + 8, end, depth + 1);
    }
    if (ports[1] === GENEVE_PORT && data + 8 <= end) {
      const inner = data + 8 + (bytes[data]! & 0x3f) * 4;
      if (inner > end) return data;
      bytes.fill(0, data + 8, inner);
      return bytes.readUInt16BE(data + 2) === 0x6558
        ? this.#ethernet(inner, end, depth + 1)
        : this.#typed(bytes.readUInt16BE(data + 2), inner, end, depth + 1);
    }
    if (ports.some((port) => DNS_PORTS.has(port))) return this.#dns(data, end);
    if (ports.some((port) => WIREGUARD_PORTS.has(port))) return Math.min(end, data + 4);
    return data;
  }

  /** Header and question: their names get other letters, label by label, and nothing behind them stays. */
  #dns(at: number, end: number): number {
    const bytes = this.#bytes;
    if (end - at < 12) return Math.min(at, end);
    if (bytes.readUInt16BE(at + 4) !== 1) return at + 12;
    let next = at + 12;
    for (;;) {
      const length = bytes[next] ?? 64;
      if (length === 0) break;
      if (length > 63 || next + 1 + length > end) return at + 12;
      this.#label(next + 1, length, bytes[next + 1 + length] === 0);
      next += 1 + length;
    }
    return Math.min(end, next + 5);
  }

  #label(at: number, length: number, isLast: boolean): void {
    const text = this.#bytes.toString('latin1', at, at + length);
    if (isLast || isSystemName(text) || /^(?:in-addr|ip6|_\w+)$/.test(text)) return;
    const letters = createHmac('sha512', this.#masks.names.numberOf(text)).update('label').digest();
    for (let i = 0; i < length; i += 1) this.#bytes[at + i] = 97 + (letters[i]! % 26);
  }

  /** Errors quote the packet that they are about; a redirect names a router. */
  #icmp(at: number, end: number, depth: number): number {
    if (end - at < 8) return end;
    const type = this.#bytes[at]!;
    let kept = at + 8;
    if (type === 5) this.#v4(at + 4);
    if ([3, 4, 5, 11, 12].includes(type)) kept = this.#ip(at + 8, end, depth + 1);
    this.#fix(at + 2, at, end);
    return kept;
  }

  #icmp6(at: number, end: number, pseudo: Pseudo, depth: number): number {
    if (end - at < 8) return end;
    const type = this.#bytes[at]!;
    let kept = at + 8;
    if (type >= 1 && type <= 4) kept = this.#ip(at + 8, end, depth + 1);
    else if ((type === 135 || type === 136) && end - at >= 24) {
      this.#v6(at + 8);
      kept = at + 24;
      // A link-layer address as the only option.
      if (end - at >= 32 && (this.#bytes[at + 24] === 1 || this.#bytes[at + 24] === 2) && this.#bytes[at + 25] === 1) {
        this.#mac(at + 26);
        kept = at + 32;
      }
    }
    this.#fix(at + 2, at, end, { ...pseudo, protocol: 58 });
    return kept;
  }

  #gre(at: number, end: number, depth: number): number {
    if (end - at < 4) return at;
    const flags = this.#bytes[at]!;
    const inner =
      at + 4 + ((flags & 0x80) !== 0 ? 4 : 0) + ((flags & 0x20) !== 0 ? 4 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
    if (inner > end) return at + 4;
    const type = this.#bytes.readUInt16BE(at + 2);
    return type === 0x6558 ? this.#ethernet(inner, end, depth + 1) : this.#typed(type, inner, end, depth + 1);
  }

  /** Changes a checksum by what its part of the packet was changed (RFC 1624): a right one is right again, no other is. */
  #fix(field: number, from: number, to: number, pseudo?: Pseudo & { protocol: number }): void {
    if (field + 2 > this.#bytes.length) return;
    const skip = field - from;
    const changed = (bytes: Buffer): number => {
      let sum = 0;
      const end = Math.min(to, bytes.length);
      for (let i = from; i < end; i += 2) {
        if (i - from !== skip) sum += (bytes[i]! << 8) | (i + 1 < end ? bytes[i + 1]! : 0);
      }
      if (pseudo !== undefined) for (let i = pseudo.from; i < pseudo.to; i += 2) sum += bytes.readUInt16BE(i);
      return fold(sum);
    };
    const old = this.#before.readUInt16BE(field);
    // A checksum that is left to the NIC is the sum of the addresses, protocol and length so far.
    const begun = (bytes: Buffer): number => {
      let sum = pseudo === undefined ? 0 : pseudo.protocol + pseudo.length;
      if (pseudo !== undefined) for (let i = pseudo.from; i < pseudo.to; i += 2) sum += bytes.readUInt16BE(i);
      return fold(sum);
    };
    if (pseudo !== undefined && old === begun(this.#before)) {
      this.#bytes.writeUInt16BE(begun(this.#bytes), field);
      return;
    }
    const sum = ~fold((~old & 0xffff) + (~changed(this.#before) & 0xffff) + changed(this.#bytes)) & 0xffff;
    // Of a datagram, zero would mean that there is none.
    this.#bytes.writeUInt16BE(sum === 0 && pseudo?.protocol === 17 ? 0xffff : sum, field);
  }
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
