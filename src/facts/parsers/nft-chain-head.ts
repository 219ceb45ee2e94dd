import { wholeNumber, wordsOf } from './command-words.js';

/** What a base chain's first line tells. */
export interface NftChainHead {
  type: string;
  hook: string;
  priority?: number;
  policy?: string;
  devices?: string[];
}

/** Named priorities (nft, src/rule.c: std_prios and bridge_std_prios); netdev, arp and ingress know `filter` alone. */
const PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['raw', -300],
  ['mangle', -150],
  ['dstnat', -100],
  ['filter', 0],
  ['security', 50],
  ['srcnat', 100],
]);
const BRIDGE_PRIORITIES: ReadonlyMap<string, number> = new Map([
  ['dstnat', -300],
  ['filter', -200],
  ['out', 100],
  ['srcnat', 300],
]);

/** Devices that one chain may list; more is no chain of a kernel. */
const MOST_DEVICES = 1024;

/** `filter`, `filter + 10`, `-300`; undefined where it is none of the family's. */
function priorityOf(words: readonly string[], family: string): number | undefined {
  const plain = wholeNumber(words[0]);
  if (plain !== undefined) return words.length === 1 ? plain : undefined;
  const base = (family === 'bridge' ? BRIDGE_PRIORITIES : PRIORITIES).get(words[0] ?? '');
  if (base === undefined || words.length === 1) return base;
  const offset = wholeNumber(words[2]);
  if (offset === undefined || words.length !== 3) return undefined;
  if (words[1] === '+') return base + offset;
  return words[1] === '-' ? base - offset : undefined;
}

/**
 * `type filter hook input priority filter + 10; policy accept;`, with `device "eth0"` or `devices = { "eth0", "eth1" }` for
 * netdev. Undefined where the line is no such head.
 *
 * @param family of the table: bridge's priorities bear names of their own.
 */
export function nftChainHead(line: string, family: string): NftChainHead | undefined {
  const words = wordsOf(line.replaceAll(';', ' ; '));
  const [first, type, third, hook] = words;
  if (first !== 'type' || third !== 'hook' || type === undefined || hook === undefined) return undefined;
  const head: NftChainHead = { type, hook };
  const priorityAt = words.indexOf('priority');
  if (priorityAt >= 0) {
    let end = words.indexOf(';', priorityAt);
    if (end < 0) end = words.length;
    const priority = priorityOf(words.slice(priorityAt + 1, end), family);
    if (priority !== undefined) head.priority = priority;
  }
  const policyAt = words.indexOf('policy');
  const policy = policyAt < 0 ? undefined : words[policyAt + 1];
  if (policy !== undefined && policy !== ';') head.policy = policy;
  const deviceAt = words.findIndex((word) => word === 'device' || word === 'devices');
  if (deviceAt >= 0) {
    const stop = words.indexOf('priority', deviceAt);
    const listed = words.slice(deviceAt + 1, stop < 0 ? words.length : stop).join(' ');
    const devices = [...listed.matchAll(/"([^"]{1,20})"/g)].slice(0, MOST_DEVICES).map((match) => match[1]!);
    if (devices.length > 0) head.devices = devices;
  }
  return head;
}
