import type { CaptureRecord, RecordSink } from './record.js';

/** Problems of one file that are worth reading one by one; the rest is counted. */
const LISTED = 20;

/** Cuts bytes into the records of one format. What is not a whole record yet comes again, with more behind it. */
export interface Splitter {
  /** How many bytes from the offset that `split` returned it takes to get on. Bounded, whatever the file claims. */
  readonly needed: number;
  /**
   * Hands over the records that lie whole in `bytes[start]` to `bytes[end - 1]`; returns the offset behind what it is done
   * with. `last`: nothing comes after, what is left is reported.
   */
  split(bytes: Uint8Array, start: number, end: number, last: boolean): number;
}

/** What splitters make of a file: records that they fill and emit, problems with the number of the packet, link types. */
export class CaptureOutput {
  /** Fill it, then `emit`. */
  readonly record: CaptureRecord = {
    number: 0,
    linkType: 0,
    time: Number.NaN,
    originalLength: 0,
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    iface: undefined,
    direction: undefined,
  };
  packets = 0;
  /** Largest of all interfaces; 0 where one of them is unlimited. */
  snaplen = 0;
  readonly linkTypes: number[] = [];
  readonly #seen = new Set<number>();
  readonly #sink: RecordSink;
  #number = 0;
  #interfaces = 0;
  #problems = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** The number of the packet that comes next. */
  get nextNumber(): number {
    return this.#number + 1;
  }

  emit(): void {
    this.#number += 1;
    this.packets += 1;
    this.record.number = this.#number;
    this.#sink.record(this.record);
  }

  /** Counts a packet that is in the file and cannot be handed over: the numbers of those behind it stay what they are. */
  pass(): void {
    this.#number += 1;
  }

  addInterface(linkType: number, snaplen: number): void {
    if (!this.#seen.has(linkType)) {
      this.#seen.add(linkType);
      this.linkTypes.push(linkType);
    }
    const unlimited = snaplen === 0 || (this.#interfaces > 0 && this.snaplen === 0);
    this.snaplen = unlimited ? 0 : Math.max(this.snaplen, snaplen);
    this.#interfaces += 1;
  }

  /** `packet`: 0 where it is about the file. */
  problem(message: string, packet = this.nextNumber): void {
    this.#problems += 1;
    if (this.#problems <= LISTED) this.#sink.problem(message, packet);
  }

  /** Once, at the end. */
  finish(): void {
    const more = this.#problems - LISTED;
    if (more > 0) this.#sink.problem(`${more} more problem${more === 1 ? '' : 's'} up to here`, 0);
  }
}
