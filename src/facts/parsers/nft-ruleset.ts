import type { Records } from '../model.js';
import { wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

type NftRule = Records['nft-rule'];

/** Lines that one rule or set may run over, above which a lost brace is likelier than a long set. */
const LONGEST = 20_000;

const TABLE = /^(?:add )?table (ip|ip6|inet|arp|bridge|netdev) (\S+) \{/;
const CHAIN = /^chain (\S+) \{(.*)$/;
/** Blocks within a table that hold no rules: sets, maps, counters, quotas, flowtables, helpers, … */
const OTHER_BLOCK =
  /^(?:set|map|flowtable|counter|quota|limit|secmark|synproxy|ct (?:helper|timeout|expectation)) \S.*\{/;
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

/** Hook and policy of `type filter hook input priority filter; policy accept;`, with `device "eth0"` for netdev. */
function hookOf(line: string): { hook: string; policy?: string } | undefined {
  const words = wordsOf(line);
  if (words[0] !== 'type' || words[2] !== 'hook' || words[3] === undefined) return undefined;
  const policyAt = words.indexOf('policy');
  const policy = policyAt < 0 ? undefined : words[policyAt + 1];
  return policy === undefined ? { hook: words[3] } : { hook: words[3], policy: policy.replace(/;$/, '') };
}

/** The chain that is being read. */
interface OpenChain {
  name: string;
  line: number;
  hook?: string;
  policy?: string;
  /** Rules, held back until the chain ends because nft may print the policy after its hook on a line of its own. */
  rules: { text: string; line: number }[];
}

/**
 * `nft list ruleset`, `nft -a list table …`: records `nft-rule`, a rule's text with runs of blanks made one and without
 * its handle. A base chain without rules gives one record with an empty text, so that its hook and policy are known.
 * Sets and maps are passed over.
 */
export const nftRuleset: Parser = {
  id: 'nft-ruleset',
  provides: ['nft-rule'],
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
    let table: { family: string; name: string } | undefined;
    let chain: OpenChain | undefined;
    /** Braces of the set, map or other block being passed over. */
    let skipped = 0;
    /** A rule that runs over several lines: `tcp dport { 80,` … `443 } accept`. */
    let open: { parts: string[]; line: number; balance: number } | undefined;

    const close = (): void => {
      if (chain === undefined || table === undefined) return;
      const base: Omit<NftRule, 'text'> = { family: table.family, table: table.name, chain: chain.name };
      if (chain.hook !== undefined) base.hook = chain.hook;
      if (chain.policy !== undefined) base.policy = chain.policy;
      for (const { text, line } of chain.rules) sink.record('nft-rule', { ...base, text }, line);
      if (chain.hook !== undefined && chain.rules.length === 0)
        sink.record('nft-rule', { ...base, text: '' }, chain.line);
      chain = undefined;
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
        skipped = 0;
        table = { family: start[1]!, name: start[2]! };
        continue;
      }
      if (table === undefined) {
        problems.report(i + 1, 'not in an nft table', line);
        continue;
      }
      if (skipped > 0 && !CHAIN.test(line)) {
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
      if (chain === undefined) {
        if (OTHER_BLOCK.test(line)) skipped = Math.max(0, braceBalance(line));
        else if (line === '}') table = undefined;
        else if (!/^(?:flags|comment) /.test(line)) problems.report(i + 1, 'not a chain or set of an nft table', line);
        continue;
      }
      if (line === '}') {
        close();
        continue;
      }
      const base = hookOf(line);
      if (base !== undefined) {
        chain.hook = base.hook;
        if (base.policy !== undefined) chain.policy = base.policy;
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
    problems.finish();
  },
};
