import type { Link } from '../model.js';
import { dottedPathOf, shortOptions, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';

/** Letters of the last column in iproute2's words (net-tools, interface.c). R is IFF_RUNNING: the lower layer is up. */
const FLAGS: Readonly<Record<string, string>> = {
  B: 'BROADCAST',
  L: 'LOOPBACK',
  O: 'NOARP',
  P: 'POINTOPOINT',
  R: 'LOWER_UP',
  U: 'UP',
};

/** Columns of /proc/net/dev after the colon (kernel, net/core/net-procfs.c). */
const PROC = { rxPackets: 1, rxErrors: 2, rxDropped: 3, txPackets: 9, txErrors: 10, txDropped: 11, count: 16 };

function reads(command: Command): boolean {
  const { program, args } = command;
  if (program === 'netstat') return shortOptions(args).has('i') || args.includes('--interfaces');
  if (program === 'ifconfig') return args.includes('-s');
  return dottedPathOf(command) === 'proc.net.dev';
}

function linkOf(names: readonly string[], words: readonly string[]): Link | undefined {
  const count = (name: string): number | undefined => {
    const at = names.indexOf(name);
    return at < 0 ? undefined : wholeNumber(words[at]);
  };
  const rx = { packets: count('RX-OK'), errors: count('RX-ERR'), dropped: count('RX-DRP') };
  const tx = { packets: count('TX-OK'), errors: count('TX-ERR'), dropped: count('TX-DRP') };
  if (rx.packets === undefined || rx.errors === undefined || rx.dropped === undefined) return undefined;
  if (tx.packets === undefined || tx.errors === undefined || tx.dropped === undefined) return undefined;
  const letters = words[names.indexOf('Flg')] ?? '';
  const link: Link = {
    name: words[0]!,
    flags: [...letters].flatMap((letter) => (Object.hasOwn(FLAGS, letter) ? [FLAGS[letter]!] : [])),
    rx: { packets: rx.packets, errors: rx.errors, dropped: rx.dropped },
    tx: { packets: tx.packets, errors: tx.errors, dropped: tx.dropped },
  };
  const mtu = count('MTU');
  if (mtu !== undefined) link.mtu = mtu;
  return link;
}

function procLinkOf(line: string): Link | undefined {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).trim();
  const values = wordsOf(line.slice(colon + 1)).map(wholeNumber);
  if (name === '' || /\s/.test(name) || values.length < PROC.count || values.includes(undefined)) return undefined;
  return {
    name,
    flags: [],
    rx: { packets: values[PROC.rxPackets]!, errors: values[PROC.rxErrors]!, dropped: values[PROC.rxDropped]! },
    tx: { packets: values[PROC.txPackets]!, errors: values[PROC.txErrors]!, dropped: values[PROC.txDropped]! },
  };
}

function parse(input: ParserInput, sink: FactSink): void {
  const problems = new LineProblems(sink);
  let names: string[] | undefined;
  for (let i = 0; i < input.lines.length; i += 1) {
    const line = input.lines[i]!;
    const words = wordsOf(line);
    if (words.length === 0 || line.startsWith('Kernel Interface table') || line.includes('|')) continue;
    if (words[0] === 'Iface') {
      names = words;
      continue;
    }
    // `eth0:1  1500  - no statistics available -`: an alias has none of its own.
    if (line.includes('no statistics available')) continue;
    const link = names === undefined ? procLinkOf(line) : linkOf(names, words);
    if (link === undefined) problems.report(i + 1, 'not a line of interface statistics', line);
    else sink.record('link', link, i + 1);
  }
  problems.finish();
}

/**
 * `netstat -i`, `ifconfig -s`, `cat /proc/net/dev`: records `link` with packets, errors and drops. Names may be cut
 * (old net-tools print 8 characters). Links of /proc/net/dev have no flags, because it tells none.
 */
export const netstatInterfaces: Parser = {
  id: 'netstat-interfaces',
  provides: ['link'],
  reads,
  recognises: (head) => head.some((line) => /^Iface\s+MTU\s.*RX-OK/.test(line) || /^Inter-\|\s+Receive/.test(line)),
  parse,
};
