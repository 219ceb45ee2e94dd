import { dottedPathOf, shortOptions, wholeNumber, wordsOf } from './command-words.js';
import { IP_COUNTERS, TCP_EXT_COUNTERS, UDP_COUNTERS } from './hidden-zeros.js';
import { LineProblems } from './line-problems.js';
import type { FactSink, Parser, ParserInput } from './parser.js';

/** `TcpExtListenDrops   12   0.0`: name, value, rate. */
const LINE = /^([A-Z][A-Za-z0-9]+)\s+(-?\d{1,20})(?:\s+-?[\d.]+)?$/;

/** `/proc/net/snmp` and `/proc/net/netstat`: a line of names, then a line of values, both headed by the section. */
function readTables(input: ParserInput, sink: FactSink, problems: LineProblems): void {
  let names: string[] | undefined;
  for (let i = 0; i < input.lines.length; i += 1) {
    const words = wordsOf(input.lines[i]!);
    if (words.length === 0) continue;
    if (!words[0]!.endsWith(':')) problems.report(i + 1, 'not a line of counters', input.lines[i]!);
    else if (names === undefined || names[0] !== words[0]) {
      if (words.length > 1 && wholeNumber(words[1]) !== undefined)
        problems.report(i + 1, 'values without their names', input.lines[i]!);
      else names = words;
    } else {
      const section = words[0]!.slice(0, -1);
      const count = Math.min(names.length, words.length);
      for (let w = 1; w < count; w += 1) {
        const value = wholeNumber(words[w]);
        if (value !== undefined) sink.fact(`counter.${section}${names[w]!}`, value, i + 1);
      }
      names = undefined;
    }
  }
}

function readList(input: ParserInput, sink: FactSink, problems: LineProblems): void {
  const seen = new Set<string>();
  let header = 0;
  for (let i = 0; i < input.lines.length; i += 1) {
    const line = input.lines[i]!.trim();
    if (line === '') continue;
    if (line.startsWith('#')) {
      header ||= i + 1;
      continue;
    }
    const match = LINE.exec(line);
    const value = wholeNumber(match?.[2]);
    if (match === null || value === undefined) {
      problems.report(i + 1, 'not a counter', line);
      continue;
    }
    seen.add(match[1]!);
    sink.fact(`counter.${match[1]!}`, value, i + 1);
  }
  // IpExt comes last: where it is there, the listing was not cut. A list of named counters proves nothing of others.
  const { args } = input.command;
  const whole = header > 0 && seen.has('IpExtInOctets') && seen.has('IpInReceives');
  if (!whole || args.some((arg) => !arg.startsWith('-'))) return;
  for (const name of [...IP_COUNTERS, ...UDP_COUNTERS, ...TCP_EXT_COUNTERS]) {
    if (!seen.has(name)) sink.fact(`counter.${name}`, 0, header);
  }
}

/** `nstat -a`, `cat /proc/net/snmp`, `cat /proc/net/netstat`: makes `counter.NAME`. */
export const nstat: Parser = {
  id: 'nstat',
  provides: ['counter.*'],
  reads(command) {
    // Without -a, nstat prints what grew since it last ran, which is no total.
    if (command.program === 'nstat') return shortOptions(command.args).has('a') && !shortOptions(command.args).has('j');
    const path = dottedPathOf(command);
    return path === 'proc.net.snmp' || path === 'proc.net.netstat';
  },
  recognises: (head) =>
    (/^#/.test(head[0] ?? '') && head.slice(1).some((line) => /^IpInReceives\s+\d+\s+[\d.]+$/.test(line.trim()))) ||
    head.some((line) => line.startsWith('Ip: Forwarding DefaultTTL') || line.startsWith('TcpExt: SyncookiesSent ')),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const tables = input.lines.some((line) => /^(?:Ip|TcpExt): [A-Z]/.test(line));
    if (tables) readTables(input, sink, problems);
    else readList(input, sink, problems);
    problems.finish();
  },
};
