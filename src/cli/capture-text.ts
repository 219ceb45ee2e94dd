import { TextDecoder } from 'node:util';
import { withoutEscapes } from '../facts/bundle/terminal-escapes.js';
import { CaptureAnalyses, type InterfaceSummary } from '../facts/captures/analyses.js';
import { packetsNamedIn } from '../facts/captures/named-packets.js';
import type { Packet } from '../facts/captures/packet.js';
import { TcpdumpTextReader, type TextSink } from '../facts/captures/text/tcpdump-text-reader.js';

/** Lines with something wrong that are told each; the rest are counted. */
const MOST_PROBLEMS = 20;
/** What of a line is kept while its end has not come. Characters. */
const LONGEST_LINE = 64 * 1024;

/** What tcpdump's text shows; as CaptureReading, with lines in place of packets. */
export interface TextReading {
  format: 'text';
  linkTypes: string[];
  packets: number;
  decoded: number;
  problems: { line?: number; message: string }[];
  interfaces: InterfaceSummary[];
  /** Interface on which tcpdump says that it listens; undefined where it says nothing. */
  listeningOn?: string;
}

/** Reads tcpdump's text as its bytes come, in UTF-8 or UTF-16 (by its mark): memory grows by four bytes a packet. */
export class CaptureTextStream implements TextSink {
  readonly #reader = new TcpdumpTextReader(this);
  readonly #analyses = new CaptureAnalyses('text');
  readonly #decoder: TextDecoder;
  readonly #problems: TextReading['problems'] = [];
  #wrong = 0;
  #rest = '';
  /** Line of each packet, by its number less one. */
  #lineOf = new Uint32Array(1024);
  #packets = 0;

  /** `head`: its first bytes, which come again by `feed`. */
  constructor(head: Uint8Array) {
    this.#decoder = new TextDecoder(textEncodingOf(head));
  }

  feed(chunk: Uint8Array): void {
    this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#read(line);
    if (this.#rest.length > LONGEST_LINE) this.#rest = this.#rest.slice(0, LONGEST_LINE);
  }

  #read(line: string): void {
    const hasEscapes = line.includes('\u001b') || line.includes('\b');
    this.#reader.read(hasEscapes ? withoutEscapes([line])[0]! : line);
  }

  packet(packet: Packet, line: number): void {
    if (this.#packets === this.#lineOf.length) {
      const longer = new Uint32Array(this.#packets * 2);
      longer.set(this.#lineOf);
      this.#lineOf = longer;
    }
    this.#lineOf[this.#packets] = line;
    this.#packets += 1;
    this.#analyses.take(packet);
  }

  problem(line: number, message: string): void {
    this.#wrong += 1;
    if (this.#wrong <= MOST_PROBLEMS) this.#problems.push({ line, message });
  }

  end(): TextReading {
    this.#take(this.#decoder.decode());
    if (this.#rest !== '') this.#read(this.#rest);
    this.#reader.end();
    const { listening, said } = this.#reader;
    const linkTypes = listening?.linkType === undefined ? [] : [listening.linkType];
    const interfaces = this.#analyses.summaries(linkTypes);
    for (const { summary } of interfaces) {
      const numbers: Record<number, number> = {};
      for (const number of packetsNamedIn(summary)) numbers[number] = this.#lineOf[number - 1]!;
      summary.lines = numbers;
      if (listening !== undefined) summary.listened = true;
    }
    if (this.#wrong > MOST_PROBLEMS) {
      this.#problems.push({ message: `${this.#wrong - MOST_PROBLEMS} more lines that are no packet` });
    }
    const dropped = said.droppedByKernel ?? 0;
    if (dropped > 0) this.#problems.push({ message: `tcpdump lost ${dropped} packets itself (dropped by kernel)` });
    const reading: TextReading = {
      format: 'text',
      linkTypes,
      packets: this.#packets,
      decoded: interfaces.reduce((sum, { summary }) => sum + summary.decoded, 0),
      problems: this.#problems,
      interfaces,
    };
    if (listening !== undefined) reading.listeningOn = listening.iface;
    return reading;
  }
}

/** UTF-16 where its mark says so (what PowerShell writes), else UTF-8. */
export function textEncodingOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
}
