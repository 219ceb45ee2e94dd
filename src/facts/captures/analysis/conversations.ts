import type { Conversation } from '../../capture.js';
import type { Ip, Layer, Packet } from '../packet.js';
import { ConversationState } from './conversation-state.js';

/** Conversations that are kept of one capture. */
const MOST = 20_000;

/**
 * The conversations of one capture, found by both ends of a packet whichever way it goes. When there are too many, those that
 * went well and are over make room; where none did, new ones are counted and not kept.
 */
export class Conversations {
  readonly #byHash = new Map<number, ConversationState>();
  readonly #most: number;
  #size = 0;
  #full = false;
  #letGo = 0;
  #last: ConversationState | undefined;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** Takes the packet's layer, which travels inside of `outside`; false where it was a sighting of the last one again. */
  take(packet: Packet, layer: Layer, outside: Layer | undefined): boolean {
    const last = this.#last;
    if (last?.isOf(layer) && last.iface === packet.iface && (last.tunnel === undefined) === (outside === undefined)) {
      return last.take(packet, layer, outside);
    }
    const hash = hashOf(layer);
    const first = this.#byHash.get(hash);
    for (let state = first; state !== undefined; state = state.next) {
      if (
        state.isOf(layer) &&
        state.iface === packet.iface &&
        (state.tunnel === undefined) === (outside === undefined)
      ) {
        this.#last = state;
        return state.take(packet, layer, outside);
      }
    }
    if (this.#size >= this.#most && !this.#makeRoom()) {
      this.#letGo += 1;
      return true;
    }
    const state = new ConversationState(layer, packet.iface);
    state.next = this.#byHash.get(hash);
    this.#byHash.set(hash, state);
    this.#size += 1;
    this.#last = state;
    return state.take(packet, layer, outside);
  }

  /** Notes that an ICMP error was sent about a packet of a conversation that is kept. */
  reject(quoted: Layer, packet: Packet): void {
    for (let state = this.#byHash.get(hashOf(quoted)); state !== undefined; state = state.next) {
      if (state.isOf(quoted) && state.isForward(quoted) && state.rejectedPacket === 0) {
        state.rejectedPacket = packet.number;
      }
    }
  }

  #makeRoom(): boolean {
    if (this.#full) return false;
    let freed = 0;
    for (const [hash, chain] of this.#byHash) {
      let kept: ConversationState | undefined;
      for (let state: ConversationState | undefined = chain; state !== undefined; ) {
        const { next } = state as ConversationState;
        if (state.isUnremarkable) freed += 1;
        else {
          state.next = kept;
          kept = state;
        }
        state = next;
      }
      if (kept === undefined) this.#byHash.delete(hash);
      else this.#byHash.set(hash, kept);
    }
    this.#size -= freed;
    this.#letGo += freed;
    this.#last = undefined;
    // Sweeping a table in which little can go would cost every packet a sweep.
    this.#full = freed < this.#most / 10;
    return freed > 0;
  }

  get letGo(): number {
    return this.#letGo;
  }

  /** In the order of their first packets. */
  shown(end: number): Conversation[] {
    const all: Conversation[] = [];
    for (const chain of this.#byHash.values()) {
      for (let state: ConversationState | undefined = chain; state !== undefined; state = state.next) {
        all.push(state.shown(end));
      }
    }
    return all.sort((a, b) => beginningOf(a) - beginningOf(b));
  }
}

function beginningOf({ forward, reverse }: Conversation): number {
  if (forward.firstPacket === 0) return reverse.firstPacket;
  return reverse.firstPacket === 0 ? forward.firstPacket : Math.min(forward.firstPacket, reverse.firstPacket);
}

/** The same for both directions. */
function hashOf(layer: Layer): number {
  if (layer.icmpId >= 0) return mix(hashOfIp(layer.src) + hashOfIp(layer.dst), layer.icmpId);
  const from = mix(hashOfIp(layer.src), layer.sport);
  const to = mix(hashOfIp(layer.dst), layer.dport);
  return ((from ^ to) + (layer.protocol << 20)) | 0;
}

function mix(hash: number, value: number): number {
  const mixed = Math.imul(hash ^ (value + 0x7feb352d), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 15);
}

function hashOfIp(ip: Ip): number {
  if (typeof ip === 'number') return ip;
  let hash = 0x811c9dc5;
  for (let i = 0; i < ip.length; i += 1) hash = Math.imul(hash ^ ip.charCodeAt(i), 0x01000193);
  return hash;
}
