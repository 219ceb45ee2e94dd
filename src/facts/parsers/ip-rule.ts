import type { PolicyRule } from '../model.js';
import { wholeNumber, wordsOf } from './command-words.js';
import { ipCommand, listsIp } from './ip-command.js';
import { LineProblems } from './line-problems.js';
import { familyOf } from './network-prefix.js';
import type { Parser } from './parser.js';

const ACTIONS = new Set(['unreachable', 'blackhole', 'prohibit', 'nop', 'masquerade']);
/** Words that take one more and that no fact needs. */
const SKIPPED_KEYS = new Set(['proto', 'protocol', 'realms', 'map-to']);
/** Selectors of which the record tells only that they are there. */
const CONDITIONS = new Set(['ipproto', 'sport', 'dport', 'uidrange', 'tos', 'dsfield', 'tun_id', 'suppress_ifgroup']);

/** Reads the words after `PRIORITY:`; undefined where they are no rule. */
function ruleOf(priority: number, words: readonly string[], asked: 4 | 6 | undefined): PolicyRule | undefined {
  const rule: PolicyRule = { family: asked ?? 4, priority, from: 'all', action: '' };
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!;
    const value = words[i + 1];
    if (word === 'not') rule.invert = true;
    else if (ACTIONS.has(word)) rule.action ||= word;
    else if (word === 'l3mdev') {
      rule.action ||= 'lookup';
      rule.table ??= 'l3mdev';
    } else if (value === undefined) continue;
    else {
      if (word === 'from') rule.from = value;
      else if (word === 'to') rule.to = value;
      else if (word === 'iif') rule.iif = value;
      else if (word === 'oif') rule.oif = value;
      else if (word === 'fwmark') rule.fwmark = value;
      else if (word === 'lookup' || word === 'table') {
        rule.action = 'lookup';
        rule.table = value === '[l3mdev-table]' ? 'l3mdev' : value;
      } else if (word === 'goto') rule.action = `goto ${value}`;
      else if (word === 'suppress_prefixlength' && wholeNumber(value) !== undefined)
        rule.suppressPrefixLength = wholeNumber(value)!;
      else if (CONDITIONS.has(word)) rule.conditions = [...(rule.conditions ?? []), `${word} ${value}`];
      else if (!SKIPPED_KEYS.has(word)) continue;
      i += 1;
    }
  }
  if (rule.action === '') return undefined;
  if (asked === undefined && (familyOf(rule.from) === 6 || familyOf(rule.to ?? '') === 6)) rule.family = 6;
  return rule;
}

/** `ip rule`, `ip -6 rule`: records `rule`. */
export const ipRule: Parser = {
  id: 'ip-rule',
  provides: ['rule'],
  reads: (command) => listsIp(command, 'rule'),
  recognises: (head) =>
    head.some((line) => /^\d+:\s+(?:not )?from \S+ (?:.* )?(?:lookup|table|unreachable|blackhole|prohibit)/.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const asked = ipCommand(input.command)?.family;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      const words = wordsOf(line);
      if (words.length === 0) continue;
      const priority = words[0]!.endsWith(':') ? wholeNumber(words[0]!.slice(0, -1)) : undefined;
      const rule = priority === undefined ? undefined : ruleOf(priority, words.slice(1), asked);
      if (rule === undefined) problems.report(i + 1, 'not a policy rule', line);
      else sink.record('rule', rule, i + 1);
    }
    problems.finish();
  },
};
