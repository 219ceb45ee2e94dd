import { isIP } from 'node:net';
import type { Route } from '../model.js';
import { shortOptions, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import { familyOf, networkPrefix } from './network-prefix.js';
import type { Command, Parser } from './parser.js';

/** Columns of net-tools' and BusyBox's tables: `route` has a metric, `netstat -r` has MSS and Window in its place. */
const COLUMNS = /^Destination\s+(?:Gateway\s+Genmask\s+Flags|Next Hop\s+Flags?)\b/;
const TITLE = /^(?:Kernel IP(?:v6)? routing table|内核 ?IP(?:v6)? ?路由表|Routing tables)/;
const CHINESE_COLUMNS = /^目标\s+网关\s+子网掩码\s+标志/;

function reads({ program, args }: Command): boolean {
  if (program === 'route') return !args.some((arg) => /^(?:add|del|get|change|flush)$/.test(arg));
  return program === 'netstat' && (shortOptions(args).has('r') || args.includes('--route'));
}

/** A host name in the gateway's place (`_gateway`, without `-n`) says that there is one, not which. */
function gatewayOf(word: string): string | undefined {
  const bare = word.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 && bare !== '0.0.0.0' && bare !== '::' ? bare : undefined;
}

function ipv4Route(words: readonly string[], hasMetric: boolean): Route | undefined {
  const [destination, gateway, mask, flags] = words;
  const dev = words[7];
  if (destination === undefined || gateway === undefined || mask === undefined || flags === undefined) return undefined;
  if (!/^[U!][A-Z!]*$/.test(flags)) return undefined;
  const rejects = flags.includes('!');
  if (dev === undefined && !rejects) return undefined;
  const dst = networkPrefix(`${destination === 'default' ? '0.0.0.0' : destination}/${mask === '-' ? '32' : mask}`);
  if (dst === undefined) return undefined;
  const route: Route = { family: 4, type: rejects ? 'unreachable' : 'unicast', dst, table: 'main', flags: [] };
  if (!rejects) {
    const via = flags.includes('G') ? gatewayOf(gateway) : undefined;
    if (via !== undefined) route.via = via;
    route.dev = dev!;
  }
  const metric = hasMetric ? wholeNumber(words[4]) : undefined;
  if (metric !== undefined && metric > 0) route.metric = metric;
  return route;
}

function ipv6Route(words: readonly string[]): Route | 'not a route of its own' | undefined {
  const [destination, nextHop, flags, metricText] = words;
  const dev = words[6];
  if (destination === undefined || nextHop === undefined || flags === undefined || dev === undefined) return undefined;
  const text = destination.replace(/^\[(.*)\]/, '$1');
  const dst = networkPrefix(text === 'default' ? '::/0' : text);
  if (dst === undefined || familyOf(dst) !== 6 || !/^[U!][A-Za-z!0-9]*$/.test(flags)) return undefined;
  // The local table's entries stand among the others, marked by the flag `n` and the loopback.
  if (/^Un/.test(flags) || dst === 'ff00::/8') return 'not a route of its own';
  const rejects = flags.includes('!');
  if (rejects && dst === '::/0') return 'not a route of its own';
  const route: Route = { family: 6, type: rejects ? 'unreachable' : 'unicast', dst, table: 'main', flags: [] };
  const via = flags.includes('G') ? gatewayOf(nextHop) : undefined;
  if (via !== undefined) route.via = via;
  if (!rejects) route.dev = dev;
  const metric = wholeNumber(metricText);
  if (metric !== undefined && metric > 0) route.metric = metric;
  return route;
}

/** `route -n`, `netstat -rn`, net-tools' and BusyBox's, IPv4 and IPv6: records `route`, of the main table. */
export const netstatRoutes: Parser = {
  id: 'netstat-routes',
  provides: ['route'],
  reads,
  recognises: (head) => head.some((line) => COLUMNS.test(line) || CHINESE_COLUMNS.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    let family: 4 | 6 | undefined;
    let hasMetric = input.command.program === 'route';
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.trim() === '' || TITLE.test(line)) continue;
      if (COLUMNS.test(line) || CHINESE_COLUMNS.test(line)) {
        family = /Next Hop/.test(line) ? 6 : 4;
        hasMetric = /Metric|跃点/.test(line);
        continue;
      }
      const words = wordsOf(line);
      const six = family === 6 || (family === undefined && words[0]!.includes(':'));
      const route = six ? ipv6Route(words) : ipv4Route(words, hasMetric);
      if (route === undefined) problems.report(i + 1, 'not a route', line);
      else if (typeof route !== 'string') sink.record('route', route, i + 1);
    }
    problems.finish();
  },
};
