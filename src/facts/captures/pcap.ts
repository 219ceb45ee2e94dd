import { u16, u32 } from './byte-order.js';
import type { CaptureOutput, Splitter } from './capture-output.js';
import { Damage } from './damage.js';

const FILE_HEADER = 24;
/** The most that libpcap captures of a packet, whatever the snaplen. */
const LARGEST_PACKET = 262_144;
/** For files that state a larger snaplen themselves. */
const LARGEST_SNAPLEN = 16 * 1024 * 1024;
/** Packets that follow each other are not further apart, as far as the search for one goes; seconds. */
const NEAR = 86_400;

interface Variant {
  little: boolean;
  /** Parts of a second that times count. */
  unit: number;
  /** Bytes before a packet. */
  recordHeader: number;
}

/** The variant of pcap that a file's first four bytes tell; undefined where it is none. */
export function pcapVariant(head: Uint8Array): Variant | undefined {
  if (head.length < 4) return undefined;
  for (const little of [true, false]) {
    const magic = u32(head, 0, little);
    if (magic === 0xa1b2c3d4) return { little, unit: 1e6, recordHeader: 16 };
    if (magic === 0xa1b23c4d) return { little, unit: 1e9, recordHeader: 16 };
    // Alexey Kuznetsov's patched libpcap: interface, protocol and packet type behind the lengths.
    if (magic === 0xa1b2cd34) return { little, unit: 1e6, recordHeader: 24 };
  }
  return undefined;
}

/**
 * Reads libpcap's format. A record whose length cannot be is reported, and the next two headers that fit each other are
 * searched; what lies between is lost.
 */
export class PcapSplitter implements Splitter {
  needed = FILE_HEADER;
  readonly #output: CaptureOutput;
  readonly #variant: Variant;
  #headed = false;
  /** Bytes of a packet above which a length is a lie. */
  #limit = LARGEST_PACKET;
  #linkType = 0;
  /** Of the last packet; NaN before the first. */
  #seconds = Number.NaN;
  #damage: Damage | undefined;
  /** Bytes of the file before the offset that `split` starts from. */
  #position = 0;

  constructor(variant: Variant, output: CaptureOutput) {
    this.#variant = variant;
    this.#output = output;
  }

  split(bytes: Uint8Array, start: number, end: number, last: boolean): number {
    let at = start;
    if (!this.#headed) {
      if (end - start < FILE_HEADER) {
        if (last) this.#output.problem('the file is cut in its header', 0);
        return at;
      }
      this.#readHeader(bytes, at);
      at += FILE_HEADER;
    }
    const before = this.#position - start;
    do {
      at =
        this.#damage === undefined ? this.#records(bytes, at, end, before) : this.#search(bytes, at, end, last, before);
    } while (end - at >= this.needed);
    this.#position = before + at;
    if (last) this.#close(end - at);
    return at;
  }

  #readHeader(bytes: Uint8Array, at: number): void {
    const { little } = this.#variant;
    const major = u16(bytes, at + 4, little);
    if (major !== 2) this.#output.problem(`pcap of the unknown version ${major}.${u16(bytes, at + 6, little)}`, 0);
    const snaplen = u32(bytes, at + 16, little);
    this.#limit = Math.min(Math.max(snaplen, LARGEST_PACKET), LARGEST_SNAPLEN);
    // Upper bits tell of a frame check sequence.
    this.#linkType = u16(bytes, little ? at + 20 : at + 22, little);
    this.#output.addInterface(this.#linkType, snaplen);
    this.#output.record.linkType = this.#linkType;
    this.#headed = true;
  }

  /** Hands over whole records. Leaves `needed` above what is left, or `#damage` set and `needed` 0. */
  #records(bytes: Uint8Array, start: number, end: number, before: number): number {
    const { little, unit, recordHeader } = this.#variant;
    const output = this.#output;
    const record = output.record;
    const limit = this.#limit;
    record.bytes = bytes;
    let at = start;
    while (end - at >= recordHeader) {
      const captured = u32(bytes, at + 8, little);
      if (captured > limit) {
        return this.#damaged(`a packet that claims to have ${captured} bytes`, at, before);
      }
      const data = at + recordHeader;
      if (data + captured > end) {
        this.needed = recordHeader + captured;
        return at;
      }
      const seconds = u32(bytes, at, little);
      const fraction = u32(bytes, at + 4, little);
      const original = u32(bytes, at + 12, little);
      // As a hole in a file reads, which disks that were full or lost their power leave behind.
      if (original === 0 && captured === 0 && seconds === 0 && fraction === 0) {
        return this.#damaged('zeros where a packet should be', at, before);
      }
      if (original < captured) output.problem(`a packet with ${captured} bytes captured of ${original}`);
      this.#seconds = seconds;
      record.time = seconds + fraction / unit;
      record.originalLength = Math.max(original, captured);
      record.start = data;
      record.end = data + captured;
      output.emit();
      at = data + captured;
    }
    this.needed = recordHeader;
    return at;
  }

  #damaged(what: string, at: number, before: number): number {
    this.#damage = new Damage(what, this.#output.nextNumber, before + at);
    this.#output.pass();
    this.needed = 0;
    return at;
  }

  /** Looks for two headers that fit each other, the first of them near the last packet in time. */
  #search(bytes: Uint8Array, start: number, end: number, last: boolean, before: number): number {
    const { little, recordHeader } = this.#variant;
    this.needed = recordHeader;
    let at = start;
    for (; end - at >= recordHeader; at++) {
      if (!this.#plausible(bytes, at, this.#seconds)) continue;
      const next = at + recordHeader + u32(bytes, at + 8, little);
      if (next + recordHeader > end && !last) {
        this.needed = next + recordHeader - at;
        return at;
      }
      if (next + recordHeader > end ? next <= end : this.#plausible(bytes, next, u32(bytes, at, little))) {
        this.#damage!.passed(this.#output, before + at);
        this.#damage = undefined;
        return at;
      }
    }
    return at;
  }

  #plausible(bytes: Uint8Array, at: number, near: number): boolean {
    const { little, unit } = this.#variant;
    const captured = u32(bytes, at + 8, little);
    if (captured === 0 || captured > this.#limit) return false;
    const original = u32(bytes, at + 12, little);
    if (original < captured || original > this.#limit) return false;
    // Not so where there is no packet yet, and `near` is NaN.
    return u32(bytes, at + 4, little) < unit && !(Math.abs(u32(bytes, at, little) - near) > NEAR);
  }

  #close(left: number): void {
    if (this.#damage !== undefined) this.#damage.lost(this.#output);
    else if (left > 0) this.#output.problem(`the file is cut in packet ${this.#output.nextNumber}`);
  }
}
