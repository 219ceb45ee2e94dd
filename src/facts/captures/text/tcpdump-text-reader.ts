import { Packet } from '../packet.js';
import { LineStart, readLineStart } from './line-start.js';
import { PacketLines } from './packet-lines.js';

/** What is read of a line. */
const MAX_LINE = 4000;

/** Who takes what a reader of tcpdump's text finds. */
export interface TextSink {
  /** The packet is filled again for the next: copy what is kept. `line` is the line (from 1) on which it began. */
  packet(packet: Packet, line: number): void;
  problem(line: number, message: string): void;
}

/** What tcpdump says that it listens on. */
export interface Listening {
  iface: string;
  /** `EN10MB`, `LINUX_SLL2`, …, where said. */
  linkType?: string;
  /** From 1. */
  line: number;
}

const BANNER = /^tcpdump: |^listening on \S+, link-type/;
const LISTENING = /(?:^|: )listening on ([^\s,]{1,40})(?:, link-type (\w{1,40}))?/;
const READING = /^reading from (?:file|PCAP-NG|pcap)|^tcpdump: /;
const PROMPT = /^[^\n]{0,200}[$#>] ?(?:sudo )?tcpdump(?: |$)/;
const CAPTURED = /^(?:\^C)?(?:tcpdump: )?(\d{1,12}) packets? captured/;
const DROPPED = /^(?:\^C)?(?:tcpdump: )?(\d{1,12}) packets? dropped by kernel/;
const HEX = /^\s*0x[\da-f]{4,}:/;
const PACKET_WORD = /\b(?:IP6?|ARP),? /;

/** Whether the first lines of a text look like tcpdump's: its banner, or a packet with its time. */
export function looksLikeTcpdump(head: readonly string[]): boolean {
  const start = new LineStart();
  return (
    head.some((line) => BANNER.test(line)) ||
    head.some((line) => {
      const cut = line.slice(0, MAX_LINE);
      return PACKET_WORD.test(cut) && readLineStart(cut, start) && start.timed && start.family !== undefined;
    })
  );
}

/**
 * Reads tcpdump's text line by line, of any version and with any options for how to print, and gives each packet to the sink
 * once its last line was seen. Payload (`-A`, `-x`, `-v` of HTTP) is told from packets. Nothing in it makes it throw, and its
 * memory does not grow with the text.
 *
 * Packets keep what was printed: sequence numbers may be relative, and times since another packet (`-ttt`, `-ttttt`) are
 * not told.
 */
export class TcpdumpTextReader {
  readonly #sink: TextSink;
  readonly #lines = new PacketLines(new Packet());
  readonly #start = new LineStart();
  #line = 0;
  /** Line on which the packet at hand began; 0 where there is none. */
  #began = 0;
  #packets = 0;
  #listening: Listening | undefined;
  /** Of a second capture in the same text: its interface is not that of the first. */
  #iface: string | undefined;
  #said: { captured?: number; droppedByKernel?: number } = {};
  /** Whether packets have a time or a number in front. A line without is payload then, unless it stands right behind one. */
  #marked: boolean | undefined;
  /** Whether the line before was the packet's own, so that no payload can have begun. */
  #adjacent = true;
  /** tcpdump's banner or a packet was seen. */
  #isTcpdump = false;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  /** One line, in order; line ends do not belong to it. */
  read(text: string): void {
    this.#line += 1;
    let line = text.length > MAX_LINE ? text.slice(0, MAX_LINE) : text;
    if (line.endsWith('\r')) line = line.slice(0, -1);
    if (line === '' || line.trim() === '') return;
    const started = readLineStart(line, this.#start);
    const isIndented = line.charCodeAt(0) === 32 || line.charCodeAt(0) === 9;
    const isMarked = this.#start.timed || this.#start.marked;
    if (isMarked && this.#open(line)) return;
    const expected = this.#began > 0 && this.#lines.expectsMore;
    if (expected && this.#lines.next(line.trim())) {
      this.#adjacent = true;
      return;
    }
    const begins = started || (this.#start.family === 'other' && this.#marked === false && !expected);
    if (begins && !isMarked && !isIndented && this.#openUnmarked()) return;
    if (isIndented) {
      if (this.#began > 0 && !HEX.test(line)) this.#lines.next(line.trim());
    } else this.#readOther(line);
    this.#adjacent = false;
  }

  /** Ends the text: gives the last packet. */
  end(): void {
    this.#flush();
  }

  /** What tcpdump said first that it listens on. */
  get listening(): Listening | undefined {
    return this.#listening;
  }

  /** The counts that tcpdump prints when it ends; of several captures in one text their sums. */
  get said(): { captured?: number; droppedByKernel?: number } {
    return this.#said;
  }

  /** Packets that were given so far. */
  get packets(): number {
    return this.#packets;
  }

  /** A line with a time or a number in front. False where it is another program's. */
  #open(line: string): boolean {
    const start = this.#start;
    if (start.family === undefined) {
      // tcpdump 3 and OpenBSD's print no `IP`: addresses tell.
      if (!/^[\w:*-][\w.:*-]{2,260} > [\w:*-][\w.:*-]{2,260}:(?: |$)/.test(start.rest)) return false;
      start.family = 'ip';
    }
    if (start.family === 'other' && !this.#isTcpdump) return false;
    this.#flush();
    if (!this.#lines.open(start) || !this.#isPlausible) {
      if (this.#isTcpdump) this.#sink.problem(this.#line, `not a packet of tcpdump: ${line.slice(0, 80)}`);
      this.#adjacent = false;
      return true;
    }
    this.#begin(true);
    return true;
  }

  #openUnmarked(): boolean {
    if (this.#marked === true && !this.#adjacent) return false;
    this.#flush();
    if (!this.#lines.open(this.#start) || !this.#isPlausible) return false;
    this.#begin(this.#marked ?? false);
    return true;
  }

  /** Prose may begin with `IP` as well, and `IP masquerading > routing: …` has no more than names. */
  get #isPlausible(): boolean {
    if (this.#isTcpdump) return true;
    const { depth, layers } = this.#lines.packet;
    const first = layers[0]!;
    const hasAddress = typeof first.src === 'number' || typeof first.dst === 'number' || first.family === 6;
    return depth > 0 && (hasAddress || first.kind !== 'other' || first.protocol >= 0);
  }

  #begin(marked: boolean): void {
    this.#marked = marked;
    this.#adjacent = true;
    this.#began = this.#line;
    this.#isTcpdump = true;
  }

  #flush(): void {
    if (this.#began === 0) return;
    const { packet } = this.#lines;
    this.#lines.close();
    const line = this.#began;
    this.#began = 0;
    this.#packets += 1;
    packet.number = this.#packets;
    packet.iface ??= this.#iface;
    this.#sink.packet(packet, line);
  }

  /** Banners, counts and prompts. */
  #readOther(line: string): void {
    const first = line.charCodeAt(0);
    if (first === 94 || (first >= 48 && first <= 57) || first === 116) this.#readCounts(line);
    const isPrompt = line.includes('tcpdump') && PROMPT.test(line);
    const listening = line.includes('listening on ') ? LISTENING.exec(line) : null;
    if (!isPrompt && listening === null && !READING.test(line)) return;
    // Another run may print in another way.
    this.#flush();
    this.#marked = undefined;
    this.#isTcpdump ||= !isPrompt;
    if (listening === null) return;
    const iface = listening[1]!;
    if (this.#listening === undefined) {
      this.#listening = { iface, line: this.#line };
      if (listening[2] !== undefined) this.#listening.linkType = listening[2];
    } else this.#iface = iface === 'any' || iface === this.#listening.iface ? undefined : iface;
  }

  #readCounts(line: string): void {
    const captured = CAPTURED.exec(line);
    if (captured !== null) this.#said.captured = (this.#said.captured ?? 0) + Number(captured[1]);
    const dropped = DROPPED.exec(line);
    if (dropped !== null) this.#said.droppedByKernel = (this.#said.droppedByKernel ?? 0) + Number(dropped[1]);
  }
}
