import { isIP } from 'node:net';
import type { Route } from '../model.js';
import { wholeNumber, wordsOf } from './command-words.js';
import { ipCommand, listsIp, selector } from './ip-command.js';
import { LineProblems } from './line-problems.js';
import { familyOf, networkPrefix } from './network-prefix.js';
import type { Parser, ParserInput } from './parser.js';

const TYPES = new Set([
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
  'nat',
  'anycast',
]);
/** Words that stand alone (iproute2, lib/utils and ip/iproute.c, print_rt_flags). */
const FLAGS = new Set([
  'dead',
  'onlink',
  'pervasive',
  'offload',
  'offload_failed',
  'trap',
  'notify',
  'linkdown',
  'unresolved',
  'rt_offload',
  'rt_trap',
]);
/** Words that take one more and that no fact needs. */
const SKIPPED_KEYS = new Set(
  (
    'advmss congctl cwnd dsfield error expires features from hoplimit initcwnd initrwnd mtu nhid pref preference quickack ' +
    'realm realms reordering rto_min rtt rttvar ssthresh tos ttl-propagate uid weight window'
  ).split(' '),
);

interface Start {
  type: string;
  dst: string;
  rest: string[];
}

/** The type and destination that a line starts with; `default` has no family of its own. */
function routeStart(words: string[]): Start | undefined {
  const typed = TYPES.has(words[0] ?? '');
  const type = typed ? words[0]! : 'unicast';
  const text = words[typed ? 1 : 0];
  if (text === undefined) return undefined;
  const dst = text === 'default' ? text : networkPrefix(text);
  return dst === undefined ? undefined : { type, dst, rest: words.slice(typed ? 2 : 1) };
}

/** Puts what the words say into a route; returns the family that they tell, where they do. */
function readWords(route: Route, words: readonly string[]): 4 | 6 | undefined {
  let family: 4 | 6 | undefined;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!;
    const value = words[i + 1];
    if (FLAGS.has(word)) {
      route.flags.push(word);
      continue;
    }
    if (value === undefined) break;
    if (word === 'via') {
      // `via inet6 fe80::1`: an IPv4 route over an IPv6 next hop.
      const foreign = value === 'inet6' || value === 'inet';
      const via = foreign ? words[i + 2] : value;
      if (via !== undefined && isIP(via) !== 0) route.via = via;
      if (foreign) i += 1;
      else if (isIP(value) !== 0) family ??= familyOf(value);
    } else if (word === 'dev') route.dev = value;
    else if (word === 'src') {
      route.src = value;
      if (isIP(value) !== 0) family ??= familyOf(value);
    } else if (word === 'proto') route.proto = value;
    else if (word === 'scope') route.scope = value;
    else if (word === 'table') route.table = value;
    else if (word === 'metric') {
      const metric = wholeNumber(value);
      if (metric !== undefined) route.metric = metric;
    } else if (word === 'mtu' && value === 'lock') i += 1;
    else if (word === 'pref') family ??= 6;
    else if (!SKIPPED_KEYS.has(word)) continue;
    i += 1;
  }
  return family;
}

/** Adds `nexthop via 10.0.0.1 dev eth0 weight 1` to its route; the family of a default route may show only here. */
function addNexthop(route: Route, words: readonly string[]): void {
  const hop: NonNullable<Route['nexthops']>[number] = {};
  for (let i = 1; i < words.length; i += 1) {
    if (FLAGS.has(words[i]!)) {
      hop.flags = [...(hop.flags ?? []), words[i]!];
      continue;
    }
    const value = words[i + 1];
    if (value === undefined) break;
    if (words[i] === 'via') {
      const foreign = value === 'inet6' || value === 'inet';
      const via = foreign ? words[i + 2] : value;
      if (via === undefined || isIP(via) === 0) continue;
      hop.via = via;
      if (!foreign && familyOf(via) === 6 && route.dst === '0.0.0.0/0') {
        route.dst = '::/0';
        route.family = 6;
      }
    } else if (words[i] === 'dev') hop.dev = value;
    else if (words[i] === 'weight') {
      const weight = wholeNumber(value);
      if (weight !== undefined) hop.weight = weight;
    }
  }
  route.nexthops ??= [];
  route.nexthops.push(hop);
}

/** The table that the command asked for; lines of `table all` name their own, and `main` where they do not. */
function tableOf({ command }: ParserInput): string {
  const table = selector(command, 'table');
  return table === undefined || table === 'all' || table === '0' || table === 'cache' ? 'main' : table;
}

const LINE =
  /^(?:(?:unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole) )?(?:default|[0-9a-f:.]+(?:\/\d{1,3})?) +(?:via \S+ +)?(?:dev \S+|proto \S+ *$)/;

/** `ip route`, `ip -6 route`, `ip route show table all`: records `route`. `ip route get` is another parser's. */
export const ipRoute: Parser = {
  id: 'ip-route',
  provides: ['route'],
  reads: (command) => listsIp(command, 'route'),
  recognises: (head) =>
    head.length > 0 &&
    head.some((line) => /^default (?:via|dev) /.test(line)) &&
    head.every((line) => line.trim() === '' || /^\s+nexthop /.test(line) || LINE.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const table = tableOf(input);
    const asked = ipCommand(input.command)?.family;
    const dev = selector(input.command, 'dev');
    let family: 4 | 6 = asked ?? 4;
    // Held back until its next hops, on lines of their own, are read.
    let pending: { route: Route; line: number } | undefined;
    const record = (): void => {
      if (pending !== undefined) sink.record('route', pending.route, pending.line);
      pending = undefined;
    };
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      for (const piece of line.split('\\')) {
        const words = wordsOf(piece);
        if (words.length === 0 || words[0] === 'cache') continue;
        if (words[0] === 'nexthop') {
          if (pending === undefined) problems.report(i + 1, 'a next hop without its route', line);
          else addNexthop(pending.route, words);
          continue;
        }
        record();
        const start = routeStart(words);
        if (start === undefined) {
          problems.report(i + 1, 'not a route', line);
          continue;
        }
        const route: Route = { family, type: start.type, dst: start.dst, table, flags: [] };
        const told = readWords(route, start.rest);
        // Where nothing tells (`default dev tun0`), the listing is of the family of the line before.
        family = asked ?? (start.dst === 'default' ? (told ?? family) : familyOf(start.dst));
        route.family = family;
        if (route.dst === 'default') route.dst = family === 4 ? '0.0.0.0/0' : '::/0';
        // `ip route show dev eth0` leaves out what it was asked for.
        if (dev !== undefined) route.dev ??= dev;
        pending = { route, line: i + 1 };
      }
    }
    record();
    problems.finish();
  },
};
