import type { CaptureDirection } from '../../capture.js';
import { type Ip, ipText, type Layer, type Packet, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../packet.js';

/** Seconds within which the same packet again is one that was seen at a second place (`-i any`), not one sent again. */
const SIGHTING = 0.01;
/** Differences of sequence numbers beyond this are no window: tcpdump's text goes from absolute to relative ones. */
const ANY_WINDOW = 0x10000000;
/** Packets that are remembered to know one of them when it is seen again. */
const REMEMBERED = 4;

/** One direction of a conversation, as its packets come. */
export class Side {
  readonly ip: Ip;
  readonly port: number;
  packets = 0;
  bytes = 0;
  largest = 0;
  firstPacket = 0;
  lastPacket = 0;
  firstAt = Number.NaN;
  lastAt = Number.NaN;
  retransmissions = 0;
  retransmittedPacket = 0;
  badChecksums = 0;
  unfilledChecksums = 0;
  /** Packets with payload, and when the last one came. */
  data = 0;
  dataAt = Number.NaN;
  syns = 0;
  synPacket = 0;
  synAt = Number.NaN;
  fin = false;
  resetPacket = 0;
  /** -1: not known. Sequence numbers are kept as signed 32-bit differences allow. */
  isn = -1;
  nextSeq = -1;
  /** Highest acknowledgement that this side sent. */
  acked = -1;
  /** The segment that is sent again and again: where it starts, how often it came again, and its payload. */
  stuckSeq = -1;
  stuckTimes = 0;
  stuckPayload = 0;
  /** Different echo sequence numbers. */
  distinct = 0;
  /** IP identifications and sequence numbers of the last packets. */
  readonly #ids: number[] = [-1, -1, -1, -1];
  readonly #seqs: number[] = [-1, -1, -1, -1];

  constructor(ip: Ip, port: number) {
    this.ip = ip;
    this.port = port;
  }

  /** Counts the packet; false where it is one of the last again, seen at a second place. */
  take(packet: Packet, layer: Layer): boolean {
    const { number, time } = packet;
    if (this.packets === 0) {
      this.firstPacket = number;
      this.firstAt = time;
    } else if (layer.id > 0 && this.#isRemembered(layer) && !(time - this.lastAt >= SIGHTING)) {
      return false;
    }
    const slot = this.packets % REMEMBERED;
    this.#ids[slot] = layer.id;
    this.#seqs[slot] = layer.seq;
    this.packets += 1;
    if (layer.length > 0) {
      this.bytes += layer.length;
      if (layer.length > this.largest) this.largest = layer.length;
    }
    this.lastPacket = number;
    this.lastAt = time;
    if (layer.transportChecksum === 'bad') this.badChecksums += 1;
    else if (layer.transportChecksum === 'unfilled') this.unfilledChecksums += 1;
    return true;
  }

  #isRemembered({ id, seq }: Layer): boolean {
    for (let i = 0; i < REMEMBERED; i += 1) if (this.#ids[i] === id && this.#seqs[i] === seq) return true;
    return false;
  }

  /** Follows the sequence numbers of a TCP segment: `seq` and `ack` as they were on the wire, -1 where not known. */
  takeSegment(packet: Packet, layer: Layer, seq: number, ack: number): void {
    const { flags } = layer;
    const payload = Math.max(layer.payload, 0);
    if ((flags & TCP_ACK) !== 0 && ack >= 0) this.#acknowledge(ack);
    if ((flags & TCP_RST) !== 0) {
      if (this.resetPacket === 0) this.resetPacket = packet.number;
      return;
    }
    if ((flags & TCP_SYN) !== 0) {
      this.syns += 1;
      if (this.synPacket === 0) {
        this.synPacket = packet.number;
        this.synAt = packet.time;
      }
      if (seq >= 0 && this.isn !== seq) {
        this.isn = seq;
        this.nextSeq = (seq + 1) >>> 0;
      } else if (this.syns > 1) this.#again(packet, seq, 0);
      return;
    }
    if ((flags & TCP_FIN) !== 0) this.fin = true;
    if (payload === 0) return;
    this.data += 1;
    this.dataAt = packet.time;
    if (seq < 0) return;
    const end = (seq + payload) >>> 0;
    const ahead = (end - this.nextSeq) | 0;
    if (this.nextSeq === -1 || ahead > ANY_WINDOW || ahead < -ANY_WINDOW) this.nextSeq = end;
    else if (ahead > 0) this.nextSeq = end;
    // A single byte before the next is a keepalive's.
    else if (payload > 1 || ahead < -1) this.#again(packet, seq, payload);
  }

  #acknowledge(ack: number): void {
    const ahead = (ack - this.acked) | 0;
    if (this.acked === -1 || ahead > 0 || ahead < -ANY_WINDOW) this.acked = ack;
  }

  #again(packet: Packet, seq: number, payload: number): void {
    this.retransmissions += 1;
    if (this.retransmittedPacket === 0) this.retransmittedPacket = packet.number;
    if (this.stuckSeq === seq) {
      this.stuckTimes += 1;
      if (payload > this.stuckPayload) this.stuckPayload = payload;
      return;
    }
    this.stuckSeq = seq;
    this.stuckTimes = 1;
    this.stuckPayload = payload;
  }

  /** Whether what this side sent last again was never acknowledged by the other. */
  isStuck(other: Side): boolean {
    if (this.stuckTimes < 2 || this.nextSeq === -1 || this.stuckPayload === 0) return false;
    return other.acked === -1 || ((other.acked - this.stuckSeq) | 0) <= 0;
  }

  shown(progress: number): CaptureDirection {
    return {
      packets: this.packets,
      bytes: this.bytes,
      largest: this.largest,
      firstPacket: this.firstPacket,
      lastPacket: this.lastPacket,
      firstAt: this.firstAt,
      lastAt: this.lastAt,
      retransmissions: this.retransmissions,
      progress,
      ...(this.isn < 0 ? {} : { isn: this.isn }),
      badChecksums: this.badChecksums,
      unfilledChecksums: this.unfilledChecksums,
    };
  }

  end(): { ip: string; port?: number } {
    return this.port < 0 ? { ip: ipText(this.ip) } : { ip: ipText(this.ip), port: this.port };
  }
}
