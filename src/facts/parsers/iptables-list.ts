import type { IptablesChain, IptablesRule } from '../model.js';
import { shortOptions, wordsOf } from './command-words.js';
import {
  emptyRule,
  familyOfCommand,
  isNetworkWord,
  negate,
  setInterface,
  setNetwork,
  setProtocol,
  setXmark,
  tableOfCommand,
} from './iptables-words.js';
import { LineProblems } from './line-problems.js';
import { packetCount } from './packet-count.js';
import type { Command, Parser, ParserInput } from './parser.js';
import { portNumber } from './service-port.js';

const PROGRAM = /^ip6?tables(?:-legacy|-nft)?$/;
/** `Chain INPUT (policy DROP 971 packets, 553K bytes)`, `Chain KUBE-FORWARD (1 references)`. */
const CHAIN = /^Chain (\S+) \((?:policy (\S+?)(?: (\S+) packets, \S+ bytes)?|-?\d+ references)\)/;
const TABLE = /^Table:? `?(filter|nat|mangle|raw|security)'?$/i;
const OPTION_COLUMN = new Set(['--', '-f', '!f']);
/** What iptables repeats of the protocol in front of its options. */
const PROTOCOL_WORDS = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'icmp', 'ipv6-icmp', 'icmpv6']);
/** Words by which a match begins that the rule's properties do not hold; each takes what follows, up to the next known one. */
const STARTS =
  /^(?:ctstate|state|multiport|mark|connmark|ADDRTYPE|to:\S*|reject-with|random|random-fully|\[goto\]|match-set|statistic|limit:|PHYSDEV|owner|recent:|!|(?:dpts?|spts?):\S+)$/;

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
    return row;
  }
  return undefined;
}

/** `!10.0.0.0/8` apart. */
function negation(text: string): [value: string, negated: boolean] {
  return text.startsWith('!') ? [text.slice(1), true] : [text, false];
}

/** `http` to `80` where the listing was made without `-n`. */
function numericPorts(text: string): string {
  return text
    .split(',')
    .map((part) =>
      part
        .split(':')
        .map((port) => String(portNumber(port) ?? port))
        .join(':'),
    )
    .join(',');
}

function setPorts(rule: IptablesRule, side: 'sport' | 'dport', text: string): void {
  const [ports, negated] = negation(text);
  rule[side] = numericPorts(ports);
  negate(rule, side, negated);
}

/**
 * Takes the comments out of the extensions. The first is the rule's; a comment may hold anything but its own end.
 */
function splitComment(words: readonly string[]): { comment?: string; words: string[] } {
  const rest: string[] = [];
  const comment: string[] = [];
  let open = false;
  let closed = false;
  for (const word of words) {
    if (!open && !closed && word === '/*') open = true;
    else if (open && word === '*/') {
      open = false;
      closed = true;
    } else if (open) comment.push(word);
    else rest.push(word);
  }
  return closed || open ? { comment: comment.join(' '), words: rest } : { words: rest };
}

/** Reads `tcp dpt:80 ctstate NEW mark match 0x4000/0x4000 to:10.0.0.1:80` into the rule. */
function readExtensions(rule: IptablesRule, words: readonly string[]): void {
  let negated = false;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!;
    const next = words[i + 1] ?? '';
    const wasNegated = negated;
    negated = false;
    if (word === rule.target && next !== 'match') {
      readTarget(rule, words.slice(i + 1));
      return;
    }
    if (word === '!') negated = true;
    else if (PROTOCOL_WORDS.has(word) && !/^!?(?:flags|option|type)/.test(next)) continue;
    else if (/^dpts?:/.test(word)) setPorts(rule, 'dport', word.slice(word.indexOf(':') + 1));
    else if (/^spts?:/.test(word)) setPorts(rule, 'sport', word.slice(word.indexOf(':') + 1));
    else if (word === 'multiport' && (next === 'dports' || next === 'sports') && words[i + 2] !== undefined) {
      const bang = words[i + 2] === '!';
      const ports = words[i + (bang ? 3 : 2)] ?? '';
      setPorts(rule, next === 'dports' ? 'dport' : 'sport', bang ? `!${ports}` : ports);
      i += bang ? 3 : 2;
    } else if ((word === 'ctstate' || word === 'state') && next !== '') {
      rule.ctstate = next.split(',');
      negate(rule, 'ctstate', wasNegated);
      i += 1;
    } else if ((word === 'mark' || word === 'MARK') && next === 'match') {
      const bang = words[i + 2] === '!';
      const [mark, glued] = negation(words[i + (bang ? 3 : 2)] ?? '');
      rule.mark = mark;
      negate(rule, 'mark', bang || glued);
      i += bang ? 3 : 2;
    } else if (word === 'ADDRTYPE' && next === 'match' && words[i + 2] === 'dst-type') {
      const [type, not] = negation(words[i + 3] ?? '');
      rule.dstType = type;
      negate(rule, 'dstType', not);
      i += 3;
    } else if (word.startsWith('to:')) rule.targetOptions['to-destination'] = word.slice(3);
    else if (word === 'reject-with') {
      rule.targetOptions['reject-with'] = next;
      i += 1;
    } else if (word === 'random' || word === 'random-fully') rule.targetOptions[word] = '';
    else if (word === '[goto]') rule.goto = true;
    else if ((word === 'redir' || word === 'masq') && next.startsWith('port')) {
      rule.targetOptions['to-ports'] = words[i + 2] ?? '';
      i += 2;
    } else if (word === 'statistic' && next === 'mode') {
      // `statistic mode random probability 0.5`, `statistic mode nth every 3 packet 2`: names and values by turns.
      let match = '-m statistic';
      while (/^(?:mode|probability|every|packet)$/.test(words[i + 1] ?? '') && words[i + 2] !== undefined) {
        match += ` --${words[i + 1]!} ${words[i + 2]!}`;
        i += 2;
      }
      rule.unknown.push(wasNegated ? `! ${match}` : match);
    } else if (word === 'match-set') {
      rule.unknown.push(`${wasNegated ? '! ' : ''}-m set --match-set ${next} ${words[i + 2] ?? ''}`.trim());
      i += 2;
    } else {
      // A match of another kind, up to where something known begins.
      const unknown = [...(wasNegated ? ['!'] : []), word];
      while (i + 1 < words.length && words[i + 1] !== rule.target && !STARTS.test(words[i + 1]!)) {
        i += 1;
        unknown.push(words[i]!);
      }
      rule.unknown.push(unknown.join(' '));
    }
  }
}

/** The target's own words, after its name: `MARK or 0x4000`, `LOG flags 0 level 4 prefix "x"`, `TCPMSS clamp to PMTU`. */
function readTarget(rule: IptablesRule, words: string[]): void {
  if (rule.target === 'MARK') {
    const xmark = setXmark(words[0] ?? '', words[1] ?? '');
    if (xmark !== undefined) {
      rule.targetOptions['set-xmark'] = xmark;
      return;
    }
  }
  if (rule.target === 'TCPMSS' && words[0] === 'clamp') rule.targetOptions['clamp-mss-to-pmtu'] = '';
  else if (rule.target === 'TCPMSS' && words[0] === 'set') rule.targetOptions['set-mss'] = words[1] ?? '';
  else if (rule.target === 'CT' && words[0] === 'notrack') rule.targetOptions.notrack = '';
  else rule.targetOptions.options = words.join(' ');
}

/**
 * `iptables -nvL`, `iptables -L`, with `--line-numbers` or without: records `iptables-chain` and `iptables-rule` in the
 * words of iptables-save. Counters are rounded where the command was given no `-x`. SNAT's and DNAT's `to:` are told
 * apart by the target.
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
      const { comment, words } = splitComment(row.rest);
      if (comment !== undefined) rule.comment = comment;
      readExtensions(rule, words);
      if (rule.target === 'SNAT' && rule.targetOptions['to-destination'] !== undefined) {
        rule.targetOptions['to-source'] = rule.targetOptions['to-destination'];
        delete rule.targetOptions['to-destination'];
      }
      sink.record('iptables-rule', rule, i + 1);
    }
    problems.finish();
  },
};
