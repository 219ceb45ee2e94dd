import { CaptureAnalyses } from '../captures/analyses.js';
import { packetsNamedIn } from '../captures/named-packets.js';
import type { Packet } from '../captures/packet.js';
import { looksLikeTcpdump, TcpdumpTextReader, type TextSink } from '../captures/text/tcpdump-text-reader.js';
import type { Subject } from '../model.js';
import { kindOf, nodeSubject, partsOf, subjectOf } from '../model.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';

/**
 * tcpdump's text: what it shows, one `capture` record an interface. A capture of nothing is known to be one where tcpdump
 * said that it listens, or where the file stands among the captures.
 */
export const tcpdumpText: Parser = {
  id: 'tcpdump-text',
  provides: ['capture'],
  emptyIsOutput: true,
  reads: ({ program }: Command) => program === 'tcpdump' || program === 'tcpdump-text',
  recognises: looksLikeTcpdump,
  parse(input, sink) {
    const capture = new CaptureText(input, sink);
    for (const line of input.lines) capture.read(line);
    capture.finish();
  },
};

class CaptureText implements TextSink {
  readonly #input: ParserInput;
  readonly #sink: FactSink;
  readonly #reader = new TcpdumpTextReader(this);
  readonly #analyses = new CaptureAnalyses('text');
  /** Line of each packet, by its number less one. */
  readonly #lineOf: number[] = [];

  constructor(input: ParserInput, sink: FactSink) {
    this.#input = input;
    this.#sink = sink;
  }

  read(line: string): void {
    this.#reader.read(line);
  }

  packet(packet: Packet, line: number): void {
    this.#lineOf.push(line);
    this.#analyses.take(packet);
  }

  problem(line: number, message: string): void {
    this.#sink.problem(line, message);
  }

  finish(): void {
    this.#reader.end();
    const { listening, packets } = this.#reader;
    const { subject: from, lines } = this.#input;
    const isEmpty = packets === 0;
    // Without its banner a text in which no packet stands may be anything.
    if (
      isEmpty &&
      listening === undefined &&
      !(kindOf(from) === 'capture' && lines.every((line) => line.trim() === ''))
    ) {
      return;
    }
    const linkTypes = listening?.linkType === undefined ? [] : [listening.linkType];
    for (const { iface, summary } of this.#analyses.summaries(linkTypes)) {
      const numbers: Record<number, number> = {};
      for (const number of packetsNamedIn(summary)) numbers[number] = this.#lineOf[number - 1]!;
      summary.lines = numbers;
      if (listening !== undefined) summary.listened = true;
      const line = this.#lineOf[0] ?? listening?.line ?? 1;
      this.#sink.record('capture', summary, line, { subject: this.#subjectOf(iface) });
    }
  }

  /** The interface that a packet names, else the one that tcpdump said or was told. */
  #subjectOf(iface: string | undefined): Subject {
    const { subject } = this.#input;
    const kind = kindOf(subject);
    const [node, named] = partsOf(subject);
    if (node === undefined || (kind !== 'capture' && kind !== 'node')) return subject;
    const known = named === 'any' ? undefined : named;
    const device = known ?? iface ?? this.#reader.listening?.iface ?? interfaceArgument(this.#input.command.args);
    if (device === undefined || device === 'any') return kind === 'capture' ? subject : nodeSubject(node);
    return subjectOf('capture', node, device);
  }
}

function interfaceArgument(args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i += 1) {
    const option = /^-[a-zA-Z]*i(.*)$/.exec(args[i]!);
    if (option === null || args[i]!.startsWith('--')) continue;
    const name = option[1] === '' ? args[i + 1] : option[1];
    if (name !== undefined && /^[\w.@-]{1,20}$/.test(name)) return name;
  }
  return undefined;
}
