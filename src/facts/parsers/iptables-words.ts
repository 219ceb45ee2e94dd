import { isIP } from 'node:net';
import type { IptablesRule } from '../model.js';
import { optionValue } from './command-words.js';
import { networkPrefix } from './network-prefix.js';
import type { Command } from './parser.js';

/** The kernel's tables of iptables. */
export const TABLES: ReadonlySet<string> = new Set(['filter', 'nat', 'mangle', 'raw', 'security']);

/** `-t nat` of a command; undefined where it names none. */
export function tableOfCommand({ args }: Command): string | undefined {
  return optionValue(args, 't', 'table');
}

/** 6 for ip6tables and its relatives. */
export function familyOfCommand({ program }: Command): 4 | 6 {
  return program.startsWith('ip6tables') ? 6 : 4;
}

/** Numbers of /etc/protocols that `iptables -n` prints since 1.8.9 and packet filters name. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '2': 'igmp',
  '4': 'ipencap',
  '6': 'tcp',
  '17': 'udp',
  '41': 'ipv6',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  '89': 'ospf',
  '94': 'ipip',
  '112': 'vrrp',
  '132': 'sctp',
  '136': 'udplite',
};

/** A protocol by the name that iptables-save gives it; undefined for any (`all`, `0`). */
export function protocolName(text: string): string | undefined {
  const word = text.toLowerCase();
  if (word === 'all' || word === '0') return undefined;
  if (word === 'icmpv6') return 'ipv6-icmp';
  return Object.hasOwn(PROTOCOLS, word) ? PROTOCOLS[word]! : word;
}

/** The rule's properties that `not` may name. */
export type Negatable = 'src' | 'dst' | 'in' | 'out' | 'proto' | 'dport' | 'sport' | 'mark' | 'ctstate' | 'dstType';

export function negate(rule: IptablesRule, name: Negatable, negated: boolean): void {
  if (negated && !rule.not.includes(name)) rule.not.push(name);
}

/**
 * Sets `src` or `dst` as CIDR; `0.0.0.0/0`, `::/0` and `anywhere` are no condition. What is no single network (a host's
 * name, `iptables -L` without `-n`) makes the rule one that may or may not match.
 */
export function setNetwork(rule: IptablesRule, side: 'src' | 'dst', text: string, negated: boolean): void {
  if (text === 'anywhere' || text === 'default') return;
  const prefix = networkPrefix(text);
  if (prefix === undefined) rule.unknown.push(`${negated ? '! ' : ''}${side === 'src' ? '-s' : '-d'} ${text}`);
  else if (!prefix.endsWith('/0') || negated) {
    rule[side] = prefix;
    negate(rule, side, negated);
  }
}

export function setProtocol(rule: IptablesRule, text: string, negated: boolean): void {
  const name = protocolName(text);
  if (name === undefined) return;
  rule.proto = name;
  negate(rule, 'proto', negated);
}

/** A rule may bear several comments; they stand in one, in their order. */
export function addComment(rule: IptablesRule, text: string): void {
  rule.comment = rule.comment === undefined ? text : `${rule.comment} ${text}`;
}

/** Sets `in` or `out`; `*`, `+` and `any` are no condition. */
export function setInterface(rule: IptablesRule, side: 'in' | 'out', text: string, negated: boolean): void {
  if (text === '*' || text === '+' || text === 'any') return;
  rule[side] = text;
  negate(rule, side, negated);
}

/**
 * The one form of MARK's options that iptables-save prints: `--set-xmark VALUE/MASK` zeroes the mask's bits and xors the
 * value in. Undefined where the operands are no numbers.
 */
export function setXmark(operation: string, operand: string): string | undefined {
  const [value = '', mask] = operand.split('/');
  const number = markNumber(value);
  const maskNumber = mask === undefined ? 0xffffffff : markNumber(mask);
  if (number === undefined || maskNumber === undefined) return undefined;
  const hex = (bits: number): string => `0x${(bits >>> 0).toString(16)}`;
  switch (operation) {
    case 'or':
      return `${hex(number)}/${hex(number)}`;
    case 'xor':
      return `${hex(number)}/0x0`;
    case 'and':
      return `0x0/${hex(~number)}`;
    case 'set':
      // --set-mark ors the mask with the value's bits (extensions/libxt_MARK.c).
      return `${hex(number)}/${hex(mask === undefined ? 0xffffffff : maskNumber | number)}`;
    case 'xset':
      return `${hex(number)}/${hex(maskNumber)}`;
    default:
      return undefined;
  }
}

function markNumber(text: string): number | undefined {
  if (!/^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return undefined;
  const value = Number(text);
  return value <= 0xffffffff ? value : undefined;
}

/** Whether a word of `iptables -L` can stand in its source or destination column. */
export function isNetworkWord(word: string): boolean {
  const bare = word.startsWith('!') ? word.slice(1) : word;
  return bare === 'anywhere' || isIP(bare.split('/')[0]!) !== 0;
}

/** A rule that says nothing yet. */
export function emptyRule(table: string, chain: string, family: 4 | 6, index: number, text: string): IptablesRule {
  return { table, chain, family, index, targetOptions: {}, not: [], unknown: [], text };
}
