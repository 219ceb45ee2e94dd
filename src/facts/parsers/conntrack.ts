import { isIP } from 'node:net';
import type { ConntrackEntry } from '../model.js';
import { dottedPathOf, shortOptions, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';

/** `conntrack v1.4.6 (conntrack-tools): 533 flow entries have been shown.` */
const SHOWN = /^conntrack v\S+ \(conntrack-tools\): (\d{1,12}) flow entr(?:y|ies) ha(?:s|ve) been shown/;
/** How an entry starts, `conntrack -L`'s or /proc/net/nf_conntrack's with its `ipv4     2` in front. */
const ENTRY = /^(?:ipv[46]\s+\d{1,3}\s+)?[a-z][\w-]{0,15}\s+\d{1,3}\s/;
/** Per-CPU counters whose sum is a fact; others have no use as a total. */
const SUMMED = new Set([
  'drop',
  'insert_failed',
  'early_drop',
  'invalid',
  'error',
  'search_restart',
  'clash_resolve',
  'chaintoolong',
]);
/** Words of a command that lists the whole table. */
const WHOLE_TABLE = new Set(['-L', '--dump', 'conntrack', '-o', 'extended', 'id', 'ktimestamp', 'extended,id']);

/** One direction of an entry while it is read. */
interface Tuple {
  src?: string;
  dst?: string;
  sport?: number;
  dport?: number;
}

function entryOf(line: string): ConntrackEntry | undefined {
  const words = wordsOf(line);
  let i = words[0] === 'ipv4' || words[0] === 'ipv6' ? 2 : 0;
  const proto = words[i];
  if (proto === undefined || wholeNumber(words[i + 1]) === undefined) return undefined;
  i += 2;
  // The timeout is missing from entries of hardware-offloaded flows.
  if (wholeNumber(words[i]) !== undefined) i += 1;
  const original: Tuple = {};
  const reply: Tuple = {};
  const flags: string[] = [];
  let state: string | undefined;
  let mark: number | undefined;
  let tuple = original;
  for (; i < words.length; i += 1) {
    const word = words[i]!;
    if (word.startsWith('[') && word.endsWith(']')) {
      flags.push(word.slice(1, -1));
      continue;
    }
    const equals = word.indexOf('=');
    if (equals < 0) {
      if (/^[A-Z][A-Z0-9_]+$/.test(word)) state ??= word;
      continue;
    }
    const value = word.slice(equals + 1);
    switch (word.slice(0, equals)) {
      case 'src':
        if (original.src !== undefined) tuple = reply;
        if (isIP(value) !== 0) tuple.src ??= value;
        break;
      case 'dst':
        if (isIP(value) !== 0) tuple.dst ??= value;
        break;
      case 'sport':
        setPort(tuple, 'sport', value);
        break;
      case 'dport':
        setPort(tuple, 'dport', value);
        break;
      case 'mark':
        mark = wholeNumber(value);
        break;
    }
  }
  if (original.src === undefined || original.dst === undefined || reply.src === undefined || reply.dst === undefined)
    return undefined;
  const entry: ConntrackEntry = {
    proto,
    src: original.src,
    dst: original.dst,
    replySrc: reply.src,
    replyDst: reply.dst,
    flags,
  };
  if (state !== undefined) entry.state = state;
  if (original.sport !== undefined) entry.sport = original.sport;
  if (original.dport !== undefined) entry.dport = original.dport;
  if (reply.sport !== undefined) entry.replySport = reply.sport;
  if (reply.dport !== undefined) entry.replyDport = reply.dport;
  if (mark !== undefined) entry.mark = mark;
  return entry;
}

function setPort(tuple: Tuple, side: 'sport' | 'dport', text: string): void {
  const port = wholeNumber(text);
  if (port !== undefined && port >= 0 && port <= 65_535) tuple[side] ??= port;
}

function readTable(input: ParserInput, sink: FactSink, problems: LineProblems): void {
  const { program, args } = input.command;
  const whole = program === 'conntrack' && args.every((arg) => WHOLE_TABLE.has(arg));
  /** The first part of an entry that the summary on standard error cut in two. */
  let cut = '';
  for (let i = 0; i < input.lines.length; i += 1) {
    let line = cut + input.lines[i]!;
    cut = '';
    const summaryAt = line.indexOf('conntrack v');
    const shown = summaryAt < 0 ? null : SHOWN.exec(line.slice(summaryAt));
    if (shown !== null) {
      // A filtered listing says how many matched, not how many there are.
      if (whole) sink.fact('conntrack.count', Number(shown[1]), i + 1);
      cut = line.slice(0, summaryAt);
      line = '';
    }
    if (line.trim() === '') continue;
    const entry = entryOf(line);
    if (entry === undefined) problems.report(i + 1, 'not a connection', line);
    else sink.record('conntrack', entry, i + 1);
  }
  if (cut.trim() !== '') {
    const entry = entryOf(cut);
    if (entry === undefined) problems.report(input.lines.length, 'not a connection', cut);
    else sink.record('conntrack', entry, input.lines.length);
  }
}

/** `cpu=0 found=0 … drop=0`, one line a CPU; or, from old versions, `drop   0` a line. */
function readStatistics(input: ParserInput, sink: FactSink, problems: LineProblems): void {
  const sums = new Map<string, { sum: number; line: number }>();
  const add = (name: string, value: number | undefined, line: number): void => {
    if (value === undefined || !SUMMED.has(name)) return;
    const known = sums.get(name);
    // The line given is that of the first CPU that counted anything.
    if (known === undefined) sums.set(name, { sum: value, line });
    else {
      if (known.sum === 0 && value > 0) known.line = line;
      known.sum += value;
    }
  };
  for (let i = 0; i < input.lines.length; i += 1) {
    const line = input.lines[i]!;
    const words = wordsOf(line);
    if (words.length === 0) continue;
    if (words.some((word) => /^[a-z_]+=\d+$/.test(word))) {
      for (const word of words) {
        const equals = word.indexOf('=');
        if (equals > 0) add(word.slice(0, equals), wholeNumber(word.slice(equals + 1)), i + 1);
      }
    } else if (words.length === 2 && wholeNumber(words[1]) !== undefined) add(words[0]!, wholeNumber(words[1]), i + 1);
    else problems.report(i + 1, 'not connection tracking statistics', line);
  }
  for (const [name, { sum, line }] of sums) sink.fact(`conntrack.${name}`, sum, line);
}

function readCount(input: ParserInput, sink: FactSink, problems: LineProblems): void {
  for (let i = 0; i < input.lines.length; i += 1) {
    const line = input.lines[i]!.trim();
    if (line === '') continue;
    const count = wholeNumber(line);
    if (count === undefined || count < 0) problems.report(i + 1, 'not a count', line);
    else sink.fact('conntrack.count', count, i + 1);
  }
}

function isListing({ program, args }: Command): boolean {
  if (program !== 'conntrack') return false;
  return (
    args.some((arg) => arg === '-L' || arg === '--dump' || arg === '-G' || arg === '--get') && !args.includes('expect')
  );
}

/**
 * `conntrack -L` and `/proc/net/nf_conntrack`: records `conntrack`; `-C` makes `conntrack.count`; `-S` makes
 * `conntrack.drop`, `.insert_failed`, `.early_drop`, `.invalid` and others, each the sum over the CPUs.
 */
export const conntrack: Parser = {
  id: 'conntrack',
  provides: ['conntrack', 'conntrack.*'],
  reads(command) {
    const path = dottedPathOf(command);
    if (path === 'proc.net.nf_conntrack' || path === 'proc.net.ip_conntrack') return true;
    if (command.program !== 'conntrack') return false;
    const letters = shortOptions(command.args);
    return (
      isListing(command) ||
      letters.has('S') ||
      letters.has('C') ||
      command.args.some((arg) => arg === '--stats' || arg === '--count')
    );
  },
  recognises: (head) =>
    head.some(
      (line) =>
        (ENTRY.test(line) && line.includes(' src=') && line.includes(' dst=')) ||
        SHOWN.test(line) ||
        /^cpu=0\s+(?:found|searched)=\d/.test(line),
    ),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const { program, args } = input.command;
    const letters = shortOptions(args);
    const asksStatistics = program === 'conntrack' && (letters.has('S') || args.includes('--stats'));
    const asksCount = program === 'conntrack' && (letters.has('C') || args.includes('--count'));
    if (asksStatistics || input.lines.some((line) => /^cpu=\d+\s/.test(line))) readStatistics(input, sink, problems);
    else if (asksCount) readCount(input, sink, problems);
    else readTable(input, sink, problems);
    problems.finish();
  },
};
