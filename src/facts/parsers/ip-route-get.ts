import { isIP } from 'node:net';
import { wordsOf } from './command-words.js';
import { ipCommand } from './ip-command.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

const TYPES = new Set(['local', 'broadcast', 'multicast', 'unreachable', 'prohibit', 'blackhole', 'anycast']);

/**
 * `ip route get DST`: what the kernel decides for one destination. Makes the scalar `route-get.DST`, a string of the
 * form `[TYPE] [via NEXT-HOP] dev DEVICE [src ADDRESS]`, or the kernel's answer where there is no route.
 */
export const ipRouteGet: Parser = {
  id: 'ip-route-get',
  provides: [],
  reads(command) {
    const ip = ipCommand(command);
    return ip?.object === 'route' && ip.verb === 'get' && ip.json === undefined;
  },
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const asked = ipCommand(input.command)?.selectors.find((word) => isIP(word) !== 0);
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.trim() === '' || /^\s/.test(line)) continue;
      const refused = /^RTNETLINK answers: (.+)$/.exec(line);
      if (refused !== null && asked !== undefined) {
        sink.fact(`route-get.${asked}`, refused[1]!.trim(), i + 1);
        continue;
      }
      const words = wordsOf(line);
      const typed = TYPES.has(words[0]!);
      const dst = words[typed ? 1 : 0];
      if (dst === undefined || isIP(dst) === 0) {
        problems.report(i + 1, 'not a route to a destination', line);
        continue;
      }
      const told: string[] = typed ? [words[0]!] : [];
      for (let w = typed ? 2 : 1; w + 1 < words.length; w += 1) {
        if (words[w] !== 'via' && words[w] !== 'dev' && words[w] !== 'src') continue;
        told.push(words[w]!, words[w + 1]!);
        w += 1;
      }
      sink.fact(`route-get.${dst}`, told.join(' '), i + 1);
    }
    problems.finish();
  },
};
