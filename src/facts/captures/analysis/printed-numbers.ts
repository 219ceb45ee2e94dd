import { TCP_ACK, TCP_SYN } from '../packet.js';

/**
 * The sequence numbers of one connection as tcpdump prints them: absolute on its first packet with an acknowledgement (the
 * SYN-ACK, where that was seen), then counted from there, unless it was told not to (-S). Gives those that were on the wire.
 */
export class PrintedNumbers {
  /** Of the packet that was taken last, -1 where it has none. */
  seq = -1;
  ack = -1;
  #begun = false;
  #relative: boolean | undefined;
  #clientBase = -1;
  #serverBase = -1;

  /** `nextOwn` and `nextOther`: the numbers behind what the sender and the other side have sent; -1 where not known. */
  take(forward: boolean, flags: number, seq: number, ack: number, nextOwn: number, nextOther: number): void {
    this.seq = seq;
    this.ack = ack;
    // Those without an acknowledgement (a SYN, a bare reset) are always printed as they are.
    if ((flags & TCP_ACK) === 0) return;
    if ((flags & TCP_SYN) !== 0 || !this.#begun) {
      this.#begin(forward, seq, ack);
      return;
    }
    const [own, other] = forward ? [this.#clientBase, this.#serverBase] : [this.#serverBase, this.#clientBase];
    this.#relative ??= isRelative(seq, own, nextOwn) ?? isRelative(ack, other, nextOther);
    if (this.#relative !== true) return;
    if (seq >= 0 && own >= 0) this.seq = (seq + own) >>> 0;
    if (ack >= 0 && other >= 0) this.ack = (ack + other) >>> 0;
  }

  #begin(forward: boolean, seq: number, ack: number): void {
    const other = ack < 0 ? -1 : (ack - 1) >>> 0;
    this.#clientBase = forward ? seq : other;
    this.#serverBase = forward ? other : seq;
    this.#begun = true;
    this.#relative = undefined;
  }
}

/** Whether a number fits better what came before when it is counted from the base; undefined where nothing tells. */
function isRelative(printed: number, base: number, expected: number): boolean | undefined {
  if (printed < 0 || base < 0) return undefined;
  const near = expected < 0 ? base : expected;
  return Math.abs((printed + base - near) | 0) < Math.abs((printed - near) | 0);
}
