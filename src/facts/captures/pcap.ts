import { u16, u32 } from './byte-order.js';
import type { CaptureOutput, Splitter } from './capture-output.js';
import { Damage } from './damage.js';

const FILE_HEADER = 24;
/** The most that libpcap captures of a packet, whatever the snaplen. */
const LARGEST_PACKET = 262_144;
/** For files that state a larger snaplen themselves. */
const LARGEST_SNAPLEN = 16 * 1024 * 1024;
/** Packets that follow each other are not further apart, as far as the search for one goes; seconds. */
const NEAR = 30 * 86_400;

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
 * Reads libpcap's format, also of files that were put together with cat. A record whose length cannot be is reported, and
 * the next two headers that fit each other are searched; what lies between is lost.
 */
export class PcapSplitter implements Splitter {
  needed = FILE_HEADER;
  readonly #output: CaptureOutput;
  #variant: Variant;
  #headed = false;
  /** Bytes of a packet above which a length is a lie. */
  #limit = LARGEST_PACKET;
  /** Bytes of a packet above which a length is believed only where another packet follows. */
  #usual = LARGEST_PACKET;
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
    const before = this.#position - start;
    // The end of the file tells about a record that is not whole.
    if (last && this.#headed) this.needed = this.#variant.recordHeader;
    let at = start;
    while (end - at >= this.needed) {
      if (!this.#headed) at = this.#readHeader(bytes, at);
      else if (this.#damage === undefined) at = this.#records(bytes, at, end, last, before);
      else at = this.#search(bytes, at, end, last, before);
    }
    this.#position = before + at;
    if (last) this.#close(end - at);
    return at;
  }

  #readHeader(bytes: Uint8Array, at: number): number {
    const { little, recordHeader } = this.#variant;
    const major = u16(bytes, at + 4, little);
    if (major !== 2) this.#output.problem(`pcap of the unknown version ${major}.${u16(bytes, at + 6, little)}`, 0);
    const snaplen = u32(bytes, at + 16, little);
    this.#limit = Math.min(Math.max(snaplen, LARGEST_PACKET), LARGEST_SNAPLEN);
    this.#usual = snaplen === 0 ? this.#limit : Math.min(snaplen, this.#limit);
    // Upper bits tell of a frame check sequence.
    const linkType = u16(bytes, little ? at + 20 : at + 22, little);
    this.#output.addInterface(linkType, snaplen);
    this.#output.record.linkType = linkType;
    this.#headed = true;
    this.needed = recordHeader;
    return at + FILE_HEADER;
  }

  /** Hands over whole records. Leaves `needed` above what is left, unless something else than records is to be read. */
  #records(bytes: Uint8Array, start: number, end: number, last: boolean, before: number): number {
    const { little, unit, recordHeader } = this.#variant;
    const output = this.#output;
    const record = output.record;
    const limit = this.#limit;
    const usual = this.#usual;
    record.bytes = bytes;
    let at = start;
    while (end - at >= recordHeader) {
      const captured = u32(bytes, at + 8, little);
      if (captured > limit) return this.#damaged(`a packet that claims to have ${captured} bytes`, at, before);
      const seconds = u32(bytes, at, little);
      const original = u32(bytes, at + 12, little);
      const data = at + recordHeader;
      const next = data + captured;
      if (captured > original || captured > usual) {
        const followed = next + recordHeader <= end;
        if (!followed && !last) {
          this.needed = next + recordHeader - at;
          return at;
        }
        const what = `a packet with ${captured} bytes captured of ${original}`;
        const fits = followed ? this.#follows(bytes, next, seconds) : next <= end;
        if (!fits) return this.#damaged(what, at, before);
        if (captured > original) output.problem(what);
      }
      if (next > end) {
        this.needed = next - at;
        return at;
      }
      const fraction = u32(bytes, at + 4, little);
      if (original === 0 && captured === 0) {
        const appended = pcapVariant(bytes.subarray(at, at + 4));
        if (appended !== undefined) return this.#append(appended, at);
        // As a hole in a file reads, which disks that were full or lost their power leave behind.
        if (seconds === 0 && fraction === 0) return this.#damaged('zeros where a packet should be', at, before);
      }
      this.#seconds = seconds;
      record.time = seconds + fraction / unit;
      record.originalLength = Math.max(original, captured);
      record.start = data;
      record.end = next;
      output.emit();
      at = next;
    }
    this.needed = recordHeader;
    return at;
  }

  /** Another file begins, as its first numbers tell: no packet is of the time that they would be. */
  #append(variant: Variant, at: number): number {
    this.#variant = variant;
    this.#headed = false;
    this.needed = FILE_HEADER;
    return at;
  }

  #damaged(what: string, at: number, before: number): number {
    this.#damage = new Damage(what, this.#output.nextNumber, before + at);
    this.#output.pass();
    this.needed = 0;
    return at + 1;
  }

  /** Looks for two headers that fit each other, the first of them near the last packet in time. */
  #search(bytes: Uint8Array, start: number, end: number, last: boolean, before: number): number {
    const { little, recordHeader } = this.#variant;
    this.needed = recordHeader;
    let at = start;
    for (; end - at >= recordHeader; at++) {
      if (!this.#isHeader(bytes, at, this.#seconds)) continue;
      const next = at + recordHeader + u32(bytes, at + 8, little);
      const followed = next + recordHeader <= end;
      if (!followed && !last) {
        this.needed = next + recordHeader - at;
        return at;
      }
      if (followed ? this.#isHeader(bytes, next, u32(bytes, at, little)) : next <= end) {
        this.#damage!.passed(this.#output, before + at);
        this.#damage = undefined;
        return at;
      }
    }
    return at;
  }

  #isHeader(bytes: Uint8Array, at: number, near: number): boolean {
    const captured = u32(bytes, at + 8, this.#variant.little);
    const original = u32(bytes, at + 12, this.#variant.little);
    return captured > 0 && captured <= original && original <= this.#limit && this.#follows(bytes, at, near);
  }

  /** Whether the header there may be that of a packet near that time; NaN for any. */
  #follows(bytes: Uint8Array, at: number, near: number): boolean {
    const { little, unit } = this.#variant;
    if (u32(bytes, at + 8, little) > this.#limit || u32(bytes, at + 4, little) >= unit) return false;
    return Number.isNaN(near) || Math.abs(u32(bytes, at, little) - near) <= NEAR;
  }

  #close(left: number): void {
    if (this.#damage !== undefined) this.#damage.lost(this.#output);
    else if (!this.#headed) this.#output.problem('the file is cut in its header');
    else if (left > 0) this.#output.problem(`the file is cut in packet ${this.#output.nextNumber}`);
  }
}
