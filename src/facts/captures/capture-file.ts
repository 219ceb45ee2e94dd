import { u32 } from './byte-order.js';
import { CaptureOutput, type Splitter } from './capture-output.js';
import { Carry } from './carry.js';
import { PcapSplitter, pcapVariant } from './pcap.js';
import { PcapngSplitter, SECTION_HEADER, sectionIsLittle } from './pcapng.js';
import type { RecordSink } from './record.js';

/** Bytes that tell every format. */
const HEAD = 12;

function formatOf(head: Uint8Array): 'pcap' | 'pcapng' | undefined {
  if (pcapVariant(head) !== undefined) return 'pcap';
  if (head.length < 4 || u32(head, 0, true) !== SECTION_HEADER) return undefined;
  return head.length < HEAD || sectionIsLittle(head, 0) !== undefined ? 'pcapng' : undefined;
}

/** Whether a file with this beginning (12 bytes tell for sure) is a pcap or pcapng capture. */
export function isCaptureFile(head: Uint8Array): boolean {
  return formatOf(head) !== undefined;
}

/**
 * Reads a capture file of any size as its bytes come. Never throws for what is in the file: what is wrong with it goes to
 * the sink's `problem`, at most some twenty times, and the packets that are good are kept. Memory is bounded by the largest
 * record that is taken for one (16 MB), not by what length fields claim.
 */
export class CaptureFileReader {
  readonly #output: CaptureOutput;
  readonly #carry = new Carry();
  #splitter: Splitter | undefined;
  #format: 'pcap' | 'pcapng' | undefined;
  /** Whether the bytes are no capture, or were all read. */
  #done = false;

  constructor(sink: RecordSink) {
    this.#output = new CaptureOutput(sink);
  }

  /** Undefined until twelve bytes came, and where they are no capture. */
  get format(): 'pcap' | 'pcapng' | undefined {
    return this.#format;
  }

  /** LINKTYPE numbers of the file, in order of appearance, once each (also of interfaces without a packet). */
  get linkTypes(): readonly number[] {
    return this.#output.linkTypes;
  }

  /** Records that were handed over. */
  get packets(): number {
    return this.#output.packets;
  }

  /** pcap's or the interfaces' snaplen, the largest; 0 where it is unlimited or not known. */
  get snaplen(): number {
    return this.#output.snaplen;
  }

  /**
   * Bytes in any cut; calls the sink's `record` for each packet that is complete. The same CaptureRecord object is filled
   * again. The chunk may be reused by the caller after the call.
   */
  feed(chunk: Uint8Array): void {
    const carry = this.#carry;
    let at = 0;
    while (carry.length > 0 || this.#splitter === undefined) {
      if (this.#done) return;
      const needed = this.#splitter === undefined ? HEAD : this.#splitter.needed;
      const taken = Math.max(0, Math.min(needed - carry.length, chunk.length - at));
      carry.append(chunk, at, at + taken);
      at += taken;
      if (carry.length < needed) return;
      this.#splitter ??= this.#choose(carry.bytes.subarray(carry.start, carry.end));
      if (this.#splitter === undefined) return;
      carry.start = this.#splitter.split(carry.bytes, carry.start, carry.end, false);
      // What is left came with this chunk, and is read there.
      if (carry.length <= at) {
        at -= carry.length;
        carry.clear();
      }
    }
    if (this.#done || at === chunk.length) return;
    at = this.#splitter.split(chunk, at, chunk.length, false);
    carry.append(chunk, at, chunk.length);
  }

  /** What is left over is a cut file. */
  end(): void {
    if (this.#done) return;
    const carry = this.#carry;
    if (this.#splitter === undefined && carry.length === 0) this.#output.problem('the file is empty', 0);
    else this.#splitter ??= this.#choose(carry.bytes.subarray(carry.start, carry.end));
    this.#splitter?.split(carry.bytes, carry.start, carry.end, true);
    this.#done = true;
    this.#output.finish();
  }

  #choose(head: Uint8Array): Splitter | undefined {
    const format = formatOf(head);
    this.#format = format;
    if (format === 'pcapng') return new PcapngSplitter(this.#output);
    if (format === 'pcap') return new PcapSplitter(pcapVariant(head)!, this.#output);
    this.#output.problem('no pcap or pcapng file', 0);
    this.#carry.clear();
    this.#done = true;
    return undefined;
  }
}
