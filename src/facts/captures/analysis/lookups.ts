import type { CaptureLookup } from '../../capture.js';
import { ipText, type Layer, type Packet } from '../packet.js';
import { keepExample } from './examples.js';

/** Lookups that are kept of one capture. */
const MOST = 10_000;
/** The same identifier from the same port this much later is another lookup. Seconds. */
const ANOTHER = 60;

/** Seconds without an answer after which silence means something. */
const SILENCE = 0.9;
/** Seconds within which an answer is nothing to speak of. */
const SWIFT = 0.5;

/** DNS lookups of one capture: questions with their repetitions and answers. */
export class Lookups {
  readonly #byKey = new Map<string, CaptureLookup>();
  readonly #most: number;
  /** New ones that are turned away before room is made again: to look for it each time would cost too much. */
  #patience = 0;
  #letGo = 0;

  constructor(most = MOST) {
    this.#most = most;
  }

  take(packet: Packet, layer: Layer, inTunnel: boolean): void {
    const { dns } = layer;
    if (dns === undefined) return;
    const [client, server] = dns.response
      ? [end(layer.dst, layer.dport), end(layer.src, layer.sport)]
      : [end(layer.src, layer.sport), end(layer.dst, layer.dport)];
    const key = `${client.ip} ${client.port} ${server.ip} ${dns.id} ${packet.iface ?? ''}${inTunnel ? ' t' : ''}`;
    const known = this.#byKey.get(key);
    // A server may leave the question out of its answer, as may what was captured of it.
    const isSame =
      known !== undefined &&
      (dns.name === '' || (known.name === dns.name && known.type === dns.type)) &&
      !(packet.time - known.firstAt > ANOTHER);
    const lookup = isSame ? known : this.#open(key, dns, client, server, packet, inTunnel);
    if (lookup === undefined) return;
    keepExample(lookup.packets, packet.number);
    if (!dns.response) {
      lookup.queries += 1;
      return;
    }
    lookup.responses += 1;
    if (lookup.responses > 1) return;
    lookup.rcode = dns.rcode;
    lookup.answers = dns.answers;
    if (lookup.queries > 0 && packet.time >= lookup.firstAt) lookup.answeredAfter = packet.time - lookup.firstAt;
  }

  #open(
    key: string,
    dns: NonNullable<Layer['dns']>,
    client: CaptureLookup['client'],
    server: CaptureLookup['server'],
    packet: Packet,
    inTunnel: boolean,
  ): CaptureLookup | undefined {
    if (this.#byKey.size >= this.#most && !this.#makeRoom()) {
      this.#letGo += 1;
      return undefined;
    }
    const before = this.#byKey.get(key);
    // The earlier lookup of this identifier is over, and stays under a key that no packet has.
    if (before !== undefined) this.#byKey.set(`${key} before ${packet.number}`, before);
    const lookup: CaptureLookup = {
      client,
      server,
      name: dns.name,
      type: dns.type,
      id: dns.id,
      queries: 0,
      responses: 0,
      firstAt: packet.time,
      inTunnel,
      packets: [],
    };
    if (packet.iface !== undefined) lookup.iface = packet.iface;
    this.#byKey.set(key, lookup);
    return lookup;
  }

  /** Lets those go that were answered at once. */
  #makeRoom(): boolean {
    if (this.#patience > 0) {
      this.#patience -= 1;
      return false;
    }
    const before = this.#byKey.size;
    for (const [key, { rcode, queries, responses, answeredAfter }] of this.#byKey) {
      const isSwift = answeredAfter !== undefined && answeredAfter < SWIFT;
      if (rcode === 0 && queries === 1 && responses === 1 && isSwift) this.#byKey.delete(key);
    }
    const freed = before - this.#byKey.size;
    this.#letGo += freed;
    if (freed < this.#most / 10) this.#patience = this.#most;
    return freed > 0;
  }

  get letGo(): number {
    return this.#letGo;
  }

  /** In the order of their first packets. */
  shown(): CaptureLookup[] {
    return [...this.#byKey.values()].sort((a, b) => (a.packets[0] ?? 0) - (b.packets[0] ?? 0));
  }
}

/**
 * Whether nobody answered it. `lastAt`: seconds at which the capture ended; what was asked once right before that may have been
 * answered later.
 */
export function isUnanswered({ responses, queries, firstAt }: CaptureLookup, lastAt: number): boolean {
  return responses === 0 && (queries > 1 || lastAt - firstAt > SILENCE);
}

function end(ip: Layer['src'], port: number): { ip: string; port?: number } {
  return port < 0 ? { ip: ipText(ip) } : { ip: ipText(ip), port };
}
