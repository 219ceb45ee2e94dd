import type { Conversation } from '../../capture.js';
import type { Ip, Layer, Packet } from '../packet.js';
import { ConversationState } from './conversation-state.js';

/** Conversations that are kept of one capture. */
const MOST = 20_000;
/** Conversations of one hash: more are made on purpose, to be slow to search. */
const LONGEST_CHAIN = 128;
/** Bits, a power of two, by which those that are not kept are counted once each, more or less. */
const COUNTING_BITS = 1 << 20;

/**
 * The conversations of one capture, found by both ends of a packet whichever way it goes. When there are too many, those that
 * went well and are over make room; where none did, new ones are counted and not kept.
 */
export class Conversations {
  readonly #byHash = new Map<number, ConversationState>();
  readonly #most: number;
  readonly #isText: boolean;
  #size = 0;
  /** New ones that are turned away before the table is swept again: sweeping it for each would cost too much. */
  #patience = 0;
  #turnedAway: Uint8Array | undefined;
  #letGo = 0;
  #last: ConversationState | undefined;

  constructor(most = MOST, isText = false) {
    this.#most = most;
    this.#isText = isText;
  }

  /** Takes the packet's layer, which travels inside of `outside`; false where it was a sighting of the last one again. */
  take(packet: Packet, layer: Layer, outside: Layer | undefined): boolean {
    let state = this.#last;
    let hash = 0;
    if (state === undefined || !isSame(state, packet, layer, outside)) {
      hash = hashOf(layer);
      state = this.#byHash.get(hash);
      while (state !== undefined && !isSame(state, packet, layer, outside)) state = state.next;
    }
    if (state === undefined) state = this.#open(packet, layer, hash);
    else if (state.isBegunAnewBy(layer)) state = this.#open(packet, layer, hashOf(layer));
    if (state === undefined) return true;
    this.#last = state;
    return state.take(packet, layer, outside);
  }

  #open(packet: Packet, layer: Layer, hash: number): ConversationState | undefined {
    if (this.#size >= this.#most && !this.#makeRoom()) {
      this.#turnAway(hash);
      return undefined;
    }
    const first = this.#byHash.get(hash);
    if (first !== undefined && first.depth >= LONGEST_CHAIN) {
      this.#turnAway(hash);
      return undefined;
    }
    const state = new ConversationState(layer, packet.iface, this.#isText);
    state.next = first;
    state.depth = first === undefined ? 1 : first.depth + 1;
    this.#byHash.set(hash, state);
    this.#size += 1;
    return state;
  }

  #turnAway(hash: number): void {
    this.#turnedAway ??= new Uint8Array(COUNTING_BITS >> 3);
    const bit = (hash ^ (hash >>> 20)) & (COUNTING_BITS - 1);
    const mask = 1 << (bit & 7);
    if ((this.#turnedAway[bit >> 3]! & mask) !== 0) return;
    this.#turnedAway[bit >> 3]! |= mask;
    this.#letGo += 1;
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
    if (this.#patience > 0) {
      this.#patience -= 1;
      return false;
    }
    let freed = 0;
    const kept: ConversationState[] = [];
    for (const [hash, chain] of this.#byHash) {
      kept.length = 0;
      for (let state: ConversationState | undefined = chain; state !== undefined; state = state.next) {
        if (state.isUnremarkable) freed += 1;
        else kept.push(state);
      }
      let first: ConversationState | undefined;
      // From behind, so that the latest stays the first.
      for (let i = kept.length - 1; i >= 0; i -= 1) {
        kept[i]!.next = first;
        kept[i]!.depth = kept.length - i;
        first = kept[i];
      }
      if (first === undefined) this.#byHash.delete(hash);
      else this.#byHash.set(hash, first);
    }
    this.#size -= freed;
    this.#letGo += freed;
    this.#last = undefined;
    if (freed < this.#most / 10) this.#patience = this.#most;
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

/** Whether the packet is of the conversation, at the same interface, and in a tunnel where that is. */
function isSame(state: ConversationState, packet: Packet, layer: Layer, outside: Layer | undefined): boolean {
  return state.isOf(layer) && state.iface === packet.iface && (state.tunnel === undefined) === (outside === undefined);
}

/** The same for both directions. */
function hashOf(layer: Layer): number {
  const isEcho = layer.icmpId >= 0;
  const from = mix(hashOfIp(layer.src), isEcho ? layer.icmpId : layer.sport);
  const to = mix(hashOfIp(layer.dst), isEcho ? layer.icmpId : layer.dport);
  return mix((from + to) | 0, layer.protocol);
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
