import type { CaptureFragments } from '../../capture.js';
import type { Layer, Packet } from '../packet.js';
import { keepExample } from './examples.js';

/** Datagrams that are remembered at a time. */
const REMEMBERED = 1024;
/** Fragments of one datagram that are told apart; more than Ethernet's MTU makes of the largest. */
const MOST_FRAGMENTS = 64;
/** Seconds after which an identification is used again, at the earliest, and until which fragments may still come. */
const REUSED = 30;
const COMING = 1;

interface Datagram {
  /** Offsets of the fragments that were seen, so that those seen at a second place do not count again. */
  offsets: number[];
  /** Bytes of its payload that were seen. */
  seen: number;
  /** Bytes of it in all; -1 until its last fragment was seen. */
  total: number;
  packet: number;
  at: number;
}

/** Fragmented datagrams of one capture, and whether all of their fragments were seen. */
export class Fragments {
  readonly #known = new Map<string, Datagram>();
  #datagrams = 0;
  #incomplete = 0;
  readonly #examples: number[] = [];

  take(packet: Packet, layer: Layer): void {
    const key = `${layer.src} ${layer.dst} ${layer.id} ${layer.protocol} ${packet.iface ?? ''}`;
    let datagram = this.#known.get(key);
    if (datagram === undefined || packet.time - datagram.at > REUSED) {
      if (datagram !== undefined) this.#forget(key, datagram);
      datagram = { offsets: [], seen: 0, total: -1, packet: packet.number, at: packet.time };
      this.#datagrams += 1;
      this.#known.set(key, datagram);
      if (this.#known.size > REMEMBERED) this.#forgetOldest();
    }
    const { offsets } = datagram;
    if (offsets.includes(layer.fragmentOffset)) return;
    if (offsets.length < MOST_FRAGMENTS) offsets.push(layer.fragmentOffset);
    // IPv6's length counts its fragment header, which each fragment has anew.
    const header = layer.family === 4 ? 20 : 48;
    const bytes = Math.max(0, layer.length - header);
    datagram.seen += bytes;
    if (!layer.moreFragments) datagram.total = layer.fragmentOffset + bytes;
  }

  #forgetOldest(): void {
    const [key, datagram] = this.#known.entries().next().value!;
    this.#forget(key, datagram);
  }

  #forget(key: string, datagram: Datagram): void {
    this.#known.delete(key);
    if (!isWhole(datagram)) {
      this.#incomplete += 1;
      keepExample(this.#examples, datagram.packet);
    }
  }

  /** `end`: seconds at which the capture ended; what began right before may not be all of it. */
  shown(end: number): CaptureFragments {
    let incomplete = this.#incomplete;
    const examples = [...this.#examples];
    for (const datagram of this.#known.values()) {
      if (isWhole(datagram) || end - datagram.at < COMING) continue;
      incomplete += 1;
      keepExample(examples, datagram.packet);
    }
    return { datagrams: this.#datagrams, incomplete, examples };
  }
}

function isWhole({ seen, total }: Datagram): boolean {
  return total >= 0 && seen >= total;
}
