import type { CaptureFragments } from '../../capture.js';
import type { Layer, Packet } from '../packet.js';
import { keepExample } from './examples.js';

/** Datagrams whose fragments are waited for at a time. */
const WAITING = 1024;

interface Datagram {
  /** Bytes of its payload that were seen. */
  seen: number;
  /** Bytes of it in all; -1 until its last fragment was seen. */
  total: number;
  packet: number;
}

/** Fragmented datagrams of one capture, and whether all of their fragments were seen. */
export class Fragments {
  readonly #waiting = new Map<string, Datagram>();
  readonly #found: CaptureFragments = { datagrams: 0, incomplete: 0, examples: [] };

  take(packet: Packet, layer: Layer): void {
    const key = `${layer.src} ${layer.dst} ${layer.id} ${layer.protocol} ${packet.iface ?? ''}`;
    let datagram = this.#waiting.get(key);
    if (datagram === undefined) {
      datagram = { seen: 0, total: -1, packet: packet.number };
      this.#found.datagrams += 1;
      this.#waiting.set(key, datagram);
      if (this.#waiting.size > WAITING) this.#giveUp();
    }
    // IPv6's length counts its fragment header, which each fragment has anew.
    const header = layer.family === 4 ? 20 : 48;
    const bytes = Math.max(0, layer.length - header);
    datagram.seen += bytes;
    if (!layer.moreFragments) datagram.total = layer.fragmentOffset + bytes;
    if (datagram.total >= 0 && datagram.seen >= datagram.total) this.#waiting.delete(key);
  }

  #giveUp(): void {
    const [key, datagram] = this.#waiting.entries().next().value!;
    this.#waiting.delete(key);
    this.#miss(datagram);
  }

  #miss({ packet }: Datagram): void {
    this.#found.incomplete += 1;
    keepExample(this.#found.examples, packet);
  }

  shown(): CaptureFragments {
    for (const datagram of this.#waiting.values()) this.#miss(datagram);
    this.#waiting.clear();
    return this.#found;
  }
}
