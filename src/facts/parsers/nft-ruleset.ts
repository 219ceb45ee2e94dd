import type { Records } from '../model.js';
import { shortOptions } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { NftChainHead } from './nft-chain-head.js';
import { nftChainHead } from './nft-chain-head.js';
import { nftSet } from './nft-set-block.js';
import type { Parser } from './parser.js';

type NftRule = Records['nft-rule'];

/** Lines that one rule or set may run over, above which a lost brace is likelier than a long set. */
const LONGEST = 20_000;

const TABLE = /^(?:add )?table (ip|ip6|inet|arp|bridge|netdev) (\S+) \{/;
const CHAIN = /^chain (\S+) \{(.*)$/;
const SET = /^(set|map) (\S+) \{(.*)$/;
/** Blocks within a table that hold neither rules nor elements: counters, quotas, flowtables, helpers, … */
const OTHER_BLOCK = /^(?:flowtable|counter|quota|limit|secmark|synproxy|ct (?:helper|timeout|expectation)) \S.*\{/;
/** Opening less closing braces outside of quotes. */
function braceBalance(line: string): number {
  let balance = 0;
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i];
    if (char === '\\' && quoted) i += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === '{') balance += 1;
    else if (!quoted && char === '}') balance -= 1;
  }
  return balance;
}

/** The set or map that is being read. */
interface OpenSet {
  kind: 'set' | 'map';
  name: string;
  line: number;
  parts: string[];
  /** Braces open, its own included. */
  balance: number;
}

/** The chain that is being read. */
interface OpenChain {
  name: string;
  line: number;
  head?: NftChainHead;
  policy?: string;
  /** Rules, held back until the chain ends because nft may print the policy after its hook on a line of its own. */
  rules: { text: string; line: number }[];
}

/**
 * `nft list ruleset`, `nft -a list table …`: records `nft-rule`, a rule's text with runs of blanks made one and without
 * its handle. A base chain without rules gives one record with an empty text, so that its hook and policy are known.
 * Records `nft-chain` are all chains, so that an empty one is told from one that is not in the output, and `nft-set` the
 * named sets and maps.
 */
export const nftRuleset: Parser = {
  id: 'nft-ruleset',
  provides: ['nft-rule', 'nft-chain', 'nft-set'],
  reads: ({ program, args }) => {
    const words = args.filter((arg) => !arg.startsWith('-'));
    return (
      program === 'nft' &&
      words[0] === 'list' &&
      ['ruleset', 'table', 'chain'].includes(words[1] ?? '') &&
      !args.includes('-j')
    );
  },
  recognises: (head) => head.some((line) => TABLE.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const withElements = !shortOptions(input.command.args).has('t') && !input.command.args.includes('--terse');
    let table: { family: string; name: string; dormant?: boolean } | undefined;
    let chain: OpenChain | undefined;
    let set: OpenSet | undefined;
    /** Braces of the other block being passed over. */
    let skipped = 0;
    /** A rule that runs over several lines: `tcp dport { 80,` … `443 } accept`. */
    let open: { parts: string[]; line: number; balance: number } | undefined;

    const close = (): void => {
      if (chain === undefined || table === undefined) return;
      const { name, line, head } = chain;
      const place = { family: table.family, table: table.name };
      const policy = chain.policy ?? head?.policy;
      const base: Omit<NftRule, 'text'> = { ...place, chain: name };
      if (head !== undefined) base.hook = head.hook;
      if (policy !== undefined) base.policy = policy;
      const told = policy === undefined ? {} : { policy };
      const dormant = table.dormant === true ? { dormant: true as const } : {};
      sink.record('nft-chain', { ...place, name, ...head, ...told, ...dormant }, line);
      for (const rule of chain.rules) sink.record('nft-rule', { ...base, text: rule.text }, rule.line);
      if (head !== undefined && chain.rules.length === 0) sink.record('nft-rule', { ...base, text: '' }, line);
      chain = undefined;
    };

    const closeSet = (): void => {
      if (set === undefined || table === undefined) return;
      const place = { family: table.family, table: table.name, name: set.name, kind: set.kind };
      sink.record('nft-set', nftSet(place, set.parts.join('\n'), withElements), set.line);
      set = undefined;
    };

    for (let i = 0; i < input.lines.length; i += 1) {
      // A handle (`nft -a`) is a comment at the line's end.
      const line = input.lines[i]!.trim().replace(/ # handle \d+$/, '');
      if (line === '' || line.startsWith('#')) continue;
      const start = TABLE.exec(line);
      if (start !== null) {
        // A table never stands inside another: where braces were lost, everything starts anew.
        if (open !== undefined) problems.report(open.line, 'an nft rule that does not end', open.parts[0]!);
        open = undefined;
        close();
        closeSet();
        skipped = 0;
        table = { family: start[1]!, name: start[2]! };
        continue;
      }
      if (table === undefined) {
        problems.report(i + 1, 'not in an nft table', line);
        continue;
      }
      if (set !== undefined && !CHAIN.test(line) && !SET.test(line)) {
        set.balance += braceBalance(line);
        if (set.balance > 0) set.parts.push(line);
        else {
          set.parts.push(line.replace(/\}$/, ''));
          closeSet();
        }
        continue;
      }
      closeSet();
      if (skipped > 0 && !CHAIN.test(line) && !SET.test(line)) {
        skipped = Math.max(0, skipped + braceBalance(line));
        continue;
      }
      skipped = 0;
      // nft breaks lines after a comma of a set alone; anything else was a lost brace, which costs that line only.
      if (open !== undefined && !/[,{]$/.test(open.parts.at(-1)!)) {
        problems.report(open.line, 'not an nft rule', open.parts[0]!);
        open = undefined;
      }
      if (open !== undefined) {
        open.parts.push(line);
        open.balance += braceBalance(line);
        if (open.balance <= 0) {
          chain?.rules.push({ text: open.parts.join(' ').replace(/\s+/g, ' '), line: open.line });
          open = undefined;
        } else if (open.parts.length > LONGEST) {
          problems.report(open.line, 'an nft rule that does not end', open.parts[0]!);
          open = undefined;
        }
        continue;
      }
      const chainStart = CHAIN.exec(line);
      if (chainStart !== null) {
        close();
        chain = { name: chainStart[1]!, line: i + 1, rules: [] };
        if (chainStart[2]!.trim() === '}') close();
        continue;
      }
      const setStart = SET.exec(line);
      if (setStart !== null) {
        close();
        const [, kind, name, rest] = setStart;
        set = { kind: kind as OpenSet['kind'], name: name!, line: i + 1, parts: [], balance: braceBalance(line) };
        set.parts.push(set.balance > 0 ? rest! : rest!.replace(/\}\s*$/, ''));
        if (set.balance <= 0) closeSet();
        continue;
      }
      if (chain === undefined) {
        if (OTHER_BLOCK.test(line)) skipped = Math.max(0, braceBalance(line));
        else if (line === '}') table = undefined;
        else if (/^flags .*\bdormant\b/.test(line)) table.dormant = true;
        else if (!/^(?:flags|comment) /.test(line)) problems.report(i + 1, 'not a chain or set of an nft table', line);
        continue;
      }
      if (line === '}') {
        close();
        continue;
      }
      const head = nftChainHead(line, table.family);
      if (head !== undefined) {
        chain.head = head;
        continue;
      }
      const policy = /^policy (accept|drop);?$/.exec(line);
      if (policy !== null) {
        chain.policy = policy[1]!;
        continue;
      }
      // The chain's own comment, not a rule.
      if (/^comment "[^"]*"$/.test(line)) continue;
      const balance = braceBalance(line);
      if (balance > 0) open = { parts: [line], line: i + 1, balance };
      else if (balance < 0) problems.report(i + 1, 'not an nft rule', line);
      else chain.rules.push({ text: line.replace(/\s+/g, ' '), line: i + 1 });
    }
    if (open !== undefined) problems.report(open.line, 'an nft rule that does not end', open.parts[0]!);
    close();
    closeSet();
    problems.finish();
  },
};
