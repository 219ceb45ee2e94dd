import { Layer, Packet } from '../packet.js';
import { ChecksumSum } from './checksum.js';
import { Ipv6Texts } from './ipv6-texts.js';
import { UdpPorts } from './udp-ports.js';

/** What comes next in a frame. Numbers rather than strings, since one is chosen for each header of each packet. */
export const NEXT_NONE = 0;
export const NEXT_ETHERNET = 1;
export const NEXT_IPV4 = 2;
export const NEXT_IPV6 = 3;
/** IPv4 or IPv6, as the version in its first byte says. */
export const NEXT_IP = 4;
export const NEXT_ARP = 5;
/** What the IP header read last carries, by `layer.protocol`. */
export const NEXT_TRANSPORT = 6;

/**
 * Where the decoding of one packet stands. Each header reader starts at `at`, with `next` emptied, and leaves behind where
 * the next header starts and what it is; one that leaves nothing ends the decoding. Two ends bound it: `end` is where the captured bytes end, `wireEnd` where the innermost datagram
 * ends by its own header, which lies behind `end` where the capture cut the packet.
 */
export class Frame {
  readonly ports = new UdpPorts();
  readonly ipv6Texts = new Ipv6Texts();
  readonly sums = new ChecksumSum();

  packet = new Packet();
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  wireEnd = 0;
  next = NEXT_NONE;
  /** The layer that was pushed last; before the first one a spare. */
  layer = new Layer();
  /** Inside a first fragment, whose inner headers promise more bytes than it holds. */
  fragment = false;
  /** Sum of the addresses of the datagram at hand: the pseudo-header without protocol and length. */
  addressSum = 0;
  /** Its destination is not the one that the checksum was made with (a routing header has stops left). */
  routed = false;

  /**
   * Whether `count` bytes from `at` on were captured. Bytes that the packet never had on the wire are its problem; bytes
   * that merely were not captured are not.
   */
  has(count: number, header: string): boolean {
    const end = this.at + count;
    if (end <= this.end) return true;
    if (end > this.wireEnd && !this.fragment) this.fail(`${header} header runs past the end of the packet`);
    return false;
  }

  /** Notes the packet's problem. The first one counts: what follows is likely of its making. */
  fail(problem: string): void {
    this.packet.problem ??= problem;
    this.next = NEXT_NONE;
  }

  /** Whether the datagram at hand is unfragmented and captured to its end, so that its checksum can be told. */
  get whole(): boolean {
    return this.end === this.wireEnd && !this.fragment && !this.routed;
  }
}
