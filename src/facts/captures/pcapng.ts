import { u16, u32 } from './byte-order.js';
import type { CaptureOutput, Splitter } from './capture-output.js';
import { Damage } from './damage.js';
import { type PcapngInterface, readInterface } from './pcapng-interface.js';
import { behindOption, OPTION_HEADER } from './pcapng-options.js';

/** Reads the same in both byte orders. */
export const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
/** Obsolete, yet written by old dumpcaps. */
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
/** Blocks that the search for the next one believes: those with a number up to this, section headers, custom ones. */
const LAST_USUAL_BLOCK = 10;
const CUSTOM_BLOCKS: readonly number[] = [0xbad, 0x4000_0bad];

/** The size of the smallest whole block of its type. */
const SMALLEST: Readonly<Record<number, number>> = {
  [SECTION_HEADER]: 28,
  [INTERFACE_DESCRIPTION]: 20,
  [OBSOLETE_PACKET]: 32,
  [SIMPLE_PACKET]: 16,
  [ENHANCED_PACKET]: 32,
};
/** Type, length, and the length again at the end. */
const EMPTY_BLOCK = 12;
/** As Wireshark has it. */
const LARGEST_BLOCK = 16 * 1024 * 1024;
/** Of a block that the search for the next one believes. */
const LARGEST_FOUND = 1024 * 1024;
const MOST_INTERFACES = 65_536;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const PACKET_FLAGS = 2;

/** The byte order of the section whose header begins at `at`; undefined where it has no mark. Reads 12 bytes. */
export function sectionIsLittle(bytes: Uint8Array, at: number): boolean | undefined {
  if (u32(bytes, at + 8, true) === BYTE_ORDER_MAGIC) return true;
  if (u32(bytes, at + 8, false) === BYTE_ORDER_MAGIC) return false;
  return undefined;
}

function isPacket(type: number): boolean {
  return type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OBSOLETE_PACKET;
}

function isPlausible(length: number, largest: number): boolean {
  return length >= EMPTY_BLOCK && length % 4 === 0 && length <= largest;
}

/**
 * Reads pcapng. Where a block's length cannot be, the next block whose two lengths agree is searched; what lies between is
 * lost. Name resolution, statistics, secrets and unknown blocks are passed over.
 */
export class PcapngSplitter implements Splitter {
  needed = EMPTY_BLOCK;
  readonly #output: CaptureOutput;
  #little = true;
  #interfaces: PcapngInterface[] = [];
  #damage: Damage | undefined;
  /** Bytes of the file before the offset that `split` starts from. */
  #position = 0;
  /** Where the section's first block behind its header is, and where the header says that it ends; NaN where it does not. */
  #sectionStart = 0;
  #sectionEnd = Number.NaN;

  constructor(output: CaptureOutput) {
    this.#output = output;
  }

  split(bytes: Uint8Array, start: number, end: number, last: boolean): number {
    const before = this.#position - start;
    this.#output.record.bytes = bytes;
    let at = start;
    do {
      at =
        this.#damage === undefined
          ? this.#blocks(bytes, at, end, last, before)
          : this.#search(bytes, at, end, last, before);
    } while (end - at >= this.needed);
    this.#position = before + at;
    if (last) this.#close(bytes, at, end);
    return at;
  }

  /** Reads whole blocks. Leaves `needed` above what is left, or `#damage` set and `needed` 0. */
  #blocks(bytes: Uint8Array, start: number, end: number, last: boolean, before: number): number {
    let at = start;
    while (end - at >= EMPTY_BLOCK) {
      let little = this.#little;
      const type = u32(bytes, at, little);
      if (type === SECTION_HEADER) {
        const mark = sectionIsLittle(bytes, at);
        if (mark === undefined)
          return this.#damaged('a section without a mark of its byte order', type, at, at, before);
        little = mark;
      }
      const length = u32(bytes, at + 4, little);
      if (!isPlausible(length, LARGEST_BLOCK)) {
        if (type === SECTION_HEADER) this.#startSection(little, before + at, Number.NaN);
        return this.#damaged(`a block that claims to have ${length} bytes`, type, at, at + 4, before);
      }
      const next = at + length;
      if (next > end) {
        this.needed = length;
        return at;
      }
      const closing = u32(bytes, next - 4, little);
      let agrees = true;
      if (closing !== length) {
        if (end - next < EMPTY_BLOCK && !last) {
          this.needed = length + EMPTY_BLOCK;
          return at;
        }
        const message = `a block that has ${length} bytes by its beginning and ${closing} by its end`;
        // What tells that the beginning is right is another block behind it.
        agrees = end - next < EMPTY_BLOCK || this.#beginsBlock(bytes, next);
        if (agrees) this.#output.problem(message);
        else this.#damage = new Damage(message, this.#output.nextNumber, before + at);
      }
      const read = this.#block(type, bytes, at, next, little, before);
      if (!agrees) {
        this.needed = 0;
        return read;
      }
      at = next;
    }
    this.needed = EMPTY_BLOCK;
    return at;
  }

  /** Returns the offset behind what it read of the block. */
  #block(type: number, bytes: Uint8Array, at: number, end: number, little: boolean, before: number): number {
    const smallest = SMALLEST[type] ?? EMPTY_BLOCK;
    if (end - at < smallest) {
      this.#output.problem(`a block of type ${type} with ${end - at} bytes, of at least ${smallest}`);
      if (isPacket(type)) this.#output.pass();
      return at + 8;
    }
    switch (type) {
      case ENHANCED_PACKET:
        return this.#packet(bytes, at, end, u32(bytes, at + 8, little));
      case OBSOLETE_PACKET:
        return this.#packet(bytes, at, end, u16(bytes, at + 8, little));
      case SIMPLE_PACKET:
        return this.#simplePacket(bytes, at, end);
      case INTERFACE_DESCRIPTION:
        this.#addInterface(readInterface(bytes, at, end, little));
        return at + 16;
      case SECTION_HEADER:
        this.#readSection(bytes, at, end, little, before);
        return at + 24;
    }
    return at + 8;
  }

  #readSection(bytes: Uint8Array, at: number, end: number, little: boolean, before: number): void {
    this.#checkSectionEnd(before + at);
    const major = u16(bytes, at + 12, little);
    if (major !== 1) {
      this.#output.problem(`pcapng of the unknown version ${major}.${u16(bytes, at + 14, little)}`);
    }
    const [high, low] = little ? [at + 20, at + 16] : [at + 16, at + 20];
    const length = u32(bytes, high, little) * 2 ** 32 + u32(bytes, low, little);
    // -1, that is 2^64 - 1, which rounds: not known when the header was written.
    this.#startSection(little, before + end, length >= 2 ** 63 ? Number.NaN : before + end + length);
  }

  #startSection(little: boolean, start: number, end: number): void {
    this.#little = little;
    this.#interfaces = [];
    this.#sectionStart = start;
    this.#sectionEnd = end;
  }

  #checkSectionEnd(position: number): void {
    if (Number.isNaN(this.#sectionEnd) || this.#sectionEnd === position) return;
    const said = this.#sectionEnd - this.#sectionStart;
    this.#output.problem(`a section that says it has ${said} bytes and has ${position - this.#sectionStart}`);
  }

  #addInterface(described: PcapngInterface): void {
    if (this.#interfaces.length >= MOST_INTERFACES) {
      this.#output.problem(`more than ${MOST_INTERFACES} interfaces`);
      return;
    }
    this.#interfaces.push(described);
    this.#output.addInterface(described.linkType, described.snaplen);
  }

  #packet(bytes: Uint8Array, at: number, end: number, iface: number): number {
    const little = this.#little;
    const output = this.#output;
    const record = output.record;
    const data = at + 28;
    const captured = u32(bytes, at + 20, little);
    if (captured > end - 4 - data) {
      return this.#noPacket(`a packet that claims to have ${captured} bytes in a block of ${end - at}`, data);
    }
    const described = this.#interfaces[iface];
    const options = data + ((captured + 3) & ~3);
    if (described === undefined)
      return this.#noPacket(`a packet of interface ${iface}, which is not described`, options);
    let original = u32(bytes, at + 24, little);
    if (original < captured) {
      output.problem(`a packet with ${captured} bytes captured of ${original}`);
      original = captured;
    }
    const ticks = u32(bytes, at + 12, little) * 4_294_967_296 + u32(bytes, at + 16, little);
    record.linkType = described.linkType;
    record.time = ticks / described.unit + described.offset;
    record.originalLength = original;
    record.start = data;
    record.end = data + captured;
    record.iface = described.name;
    record.direction = options < end - 4 ? this.#direction(bytes, options, end - 4) : undefined;
    output.emit();
    return options;
  }

  #simplePacket(bytes: Uint8Array, at: number, end: number): number {
    const record = this.#output.record;
    const data = at + 12;
    const described = this.#interfaces[0];
    if (described === undefined) return this.#noPacket('a packet without a described interface', data);
    const original = u32(bytes, at + 8, this.#little);
    const captured = described.snaplen === 0 ? original : Math.min(original, described.snaplen);
    if (captured > end - 4 - data) {
      return this.#noPacket(`a packet that claims to have ${captured} bytes in a block of ${end - at}`, data);
    }
    record.linkType = described.linkType;
    record.time = Number.NaN;
    record.originalLength = original;
    record.start = data;
    record.end = data + captured;
    record.iface = described.name;
    record.direction = undefined;
    this.#output.emit();
    return data + ((captured + 3) & ~3);
  }

  #noPacket(problem: string, read: number): number {
    this.#output.problem(problem);
    this.#output.pass();
    return read;
  }

  #direction(bytes: Uint8Array, options: number, end: number): 'in' | 'out' | undefined {
    const little = this.#little;
    let option = options;
    for (let next = 0; ; option = next) {
      next = behindOption(bytes, option, end, little);
      if (next < 0) return undefined;
      if (u16(bytes, option, little) !== PACKET_FLAGS || u16(bytes, option + 2, little) !== 4) continue;
      const direction = u32(bytes, option + OPTION_HEADER, little) & 3;
      return direction === 1 ? 'in' : direction === 2 ? 'out' : undefined;
    }
  }

  #damaged(what: string, type: number, at: number, searchFrom: number, before: number): number {
    this.#damage = new Damage(what, this.#output.nextNumber, before + at);
    if (isPacket(type)) this.#output.pass();
    this.needed = 0;
    return Math.max(searchFrom, at + 1);
  }

  /** Whether a block that is well known and of a sane size begins there. Reads 12 bytes. */
  #beginsBlock(bytes: Uint8Array, at: number): boolean {
    const type = u32(bytes, at, this.#little);
    if (type === SECTION_HEADER) {
      const little = sectionIsLittle(bytes, at);
      return little !== undefined && isPlausible(u32(bytes, at + 4, little), LARGEST_FOUND);
    }
    if (type === 0 || (type > LAST_USUAL_BLOCK && !CUSTOM_BLOCKS.includes(type))) return false;
    return isPlausible(u32(bytes, at + 4, this.#little), LARGEST_FOUND);
  }

  #search(bytes: Uint8Array, start: number, end: number, last: boolean, before: number): number {
    let at = start;
    for (; end - at >= EMPTY_BLOCK; at++) {
      if (!this.#beginsBlock(bytes, at)) continue;
      const section = u32(bytes, at, true) === SECTION_HEADER;
      const little = section ? sectionIsLittle(bytes, at) === true : this.#little;
      const length = u32(bytes, at + 4, little);
      if (at + length > end) {
        if (last) continue;
        this.needed = length;
        return at;
      }
      if (u32(bytes, at + length - 4, little) !== length) continue;
      this.#damage!.passed(this.#output, before + at);
      this.#damage = undefined;
      break;
    }
    this.needed = EMPTY_BLOCK;
    return at;
  }

  #close(bytes: Uint8Array, at: number, end: number): void {
    if (this.#damage !== undefined) this.#damage.lost(this.#output);
    else if (at < end) {
      const packet = end - at >= 4 && isPacket(u32(bytes, at, this.#little));
      this.#output.problem(`the file is cut ${packet ? 'in' : 'before'} packet ${this.#output.nextNumber}`);
    } else this.#checkSectionEnd(this.#position);
  }
}
