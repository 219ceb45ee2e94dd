import type { IptablesChain } from '../model.js';
import { shortOptions, wordsOf } from './command-words.js';
import { negation, readExtensions, takeComments } from './iptables-list-extensions.js';
import {
  emptyRule,
  familyOfCommand,
  isNetworkWord,
  setInterface,
  setNetwork,
  setProtocol,
  tableOfCommand,
} from './iptables-words.js';
import { LineProblems } from './line-problems.js';
import { packetCount } from './packet-count.js';
import type { Command, Parser, ParserInput } from './parser.js';

const PROGRAM = /^ip6?tables(?:-legacy|-nft)?$/;
/** `Chain INPUT (policy DROP 971 packets, 553K bytes)`, `Chain KUBE-FORWARD (1 references)`. */
const CHAIN = /^Chain (\S+) \((?:policy (\S+?)(?: (\S+) packets, \S+ bytes)?|-?\d+ references)\)/;
const TABLE = /^Table:? `?(filter|nat|mangle|raw|security)'?$/i;
const OPTION_COLUMN = new Set(['--', '-f', '!f']);

function reads({ program, args }: Command): boolean {
  return PROGRAM.test(program) && (shortOptions(args).has('L') || args.includes('--list'));
}

/** The chains that a listing has tell its table, where the command does not. */
function tableOfChains(input: ParserInput): string {
  const chains = new Set<string>();
  for (const line of input.lines) {
    const name = CHAIN.exec(line)?.[1];
    if (name !== undefined) chains.add(name);
  }
  if (!chains.has('PREROUTING') && !chains.has('POSTROUTING')) return 'filter';
  if (chains.has('FORWARD')) return 'mangle';
  return chains.has('POSTROUTING') ? 'nat' : 'raw';
}

/** Which columns the heading above a chain's rules has. */
interface Columns {
  /** `num`, of `--line-numbers`. */
  numbered: boolean;
  /** `pkts bytes` and `in out`, of `-v`. */
  verbose: boolean;
}

/** The columns before the extensions. */
interface Row {
  packets?: number;
  target?: string;
  proto: string;
  in: string;
  out: string;
  src: string;
  dst: string;
  /** `-f`, `! -f`: which fragments. */
  fragments?: string;
  rest: string[];
}

/**
 * Splits a line into its columns. The target is blank where a rule has none; ip6tables before 1.8.9 also leaves the `opt`
 * column blank: where the addresses stand tells which of them are there.
 */
function rowOf(line: string, columns: Columns): Row | undefined {
  const words = wordsOf(line);
  let at = columns.numbered ? 1 : 0;
  let packets: number | undefined;
  if (columns.verbose) {
    packets = packetCount(words[at]);
    if (packets === undefined || packetCount(words[at + 1]) === undefined) return undefined;
    at += 2;
  }
  const interfaces = columns.verbose ? 2 : 0;
  for (const [hasTarget, hasOptions] of [
    [true, true],
    [false, true],
    [true, false],
    [false, false],
  ] as const) {
    const proto = at + (hasTarget ? 1 : 0);
    const options = proto + 1;
    const src = options + (hasOptions ? 1 : 0) + interfaces;
    if (hasOptions && !OPTION_COLUMN.has(words[options] ?? '')) continue;
    if (!hasOptions && !(isNetworkWord(words[src] ?? '') && isNetworkWord(words[src + 1] ?? ''))) continue;
    if (words[src + 1] === undefined) return undefined;
    const row: Row = {
      proto: words[proto]!,
      in: columns.verbose ? words[src - 2]! : '*',
      out: columns.verbose ? words[src - 1]! : '*',
      src: words[src]!,
      dst: words[src + 1]!,
      rest: words.slice(src + 2),
    };
    if (packets !== undefined) row.packets = packets;
    if (hasTarget) row.target = words[at]!;
    if (hasOptions && words[options] !== '--') row.fragments = words[options] === '-f' ? '-f' : '! -f';
    return row;
  }
  return undefined;
}

/**
 * `iptables -nvL`, `iptables -L`, with `--line-numbers` or without: records `iptables-chain` and `iptables-rule` in the
 * words of iptables-save. Counters are rounded where the command was given no `-x`. What `to:` means the
 * target tells.
 */
export const iptablesList: Parser = {
  id: 'iptables-list',
  provides: ['iptables-chain', 'iptables-rule'],
  reads,
  recognises: (head) => head.some((line) => CHAIN.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const family = input.lines.some((line) => /\s::\/0\s/.test(line)) ? 6 : familyOfCommand(input.command);
    let table = tableOfCommand(input.command) ?? (input.command.program === '' ? tableOfChains(input) : 'filter');
    let chain: string | undefined;
    let columns: Columns = { numbered: false, verbose: true };
    let index = 0;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!.trim();
      if (line === '' || line.startsWith('# Warning:')) continue;
      const tableLine = TABLE.exec(line);
      if (tableLine !== null) {
        table = tableLine[1]!.toLowerCase();
        continue;
      }
      const start = CHAIN.exec(line);
      if (start !== null) {
        chain = start[1]!;
        index = 0;
        const value: IptablesChain = { table, chain, family };
        if (start[2] !== undefined) value.policy = start[2];
        const packets = packetCount(start[3]);
        if (packets !== undefined) value.packets = packets;
        sink.record('iptables-chain', value, i + 1);
        continue;
      }
      if (/^(?:num\s+)?(?:pkts\s+bytes\s+)?target\s+prot\s+opt\b/.test(line)) {
        columns = { numbered: line.startsWith('num'), verbose: /\bpkts\b/.test(line) };
        continue;
      }
      const row = chain === undefined ? undefined : rowOf(line, columns);
      if (chain === undefined || row === undefined) {
        if (chain !== undefined) index += 1;
        problems.report(i + 1, 'not a rule of a chain', line);
        continue;
      }
      index += 1;
      const rule = emptyRule(table, chain, family, index, line);
      if (row.packets !== undefined) rule.packets = row.packets;
      if (row.target !== undefined) rule.target = row.target;
      setProtocol(rule, ...negation(row.proto));
      setInterface(rule, 'in', ...negation(row.in));
      setInterface(rule, 'out', ...negation(row.out));
      setNetwork(rule, 'src', ...negation(row.src));
      setNetwork(rule, 'dst', ...negation(row.dst));
      if (row.fragments !== undefined) rule.unknown.push(row.fragments);
      readExtensions(rule, takeComments(rule, row.rest));
      sink.record('iptables-rule', rule, i + 1);
    }
    problems.finish();
  },
};
