import { isIP } from 'node:net';
import type { Neighbour } from '../model.js';
import { wordsOf } from './command-words.js';
import { listsIp, selector } from './ip-command.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

/** NUD states as `ip neigh` prints them (iproute2, ip/ipneigh.c). */
const STATES = new Set(['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'NOARP', 'PERMANENT', 'NONE']);
const LINE = /^[0-9a-f:.]+ dev \S+ +(?:lladdr [0-9a-f:.]+ |.*\b(?:FAILED|INCOMPLETE)\b)/;

/** `10.0.0.5 dev eth0 lladdr 52:54:00:12:34:56 REACHABLE`; `ip neigh show dev eth0` leaves `dev eth0` out. */
function neighbourOf(words: readonly string[], device: string | undefined): Neighbour | undefined {
  const neighbour: Neighbour = { ip: words[0]!, dev: device ?? '', state: '' };
  for (let i = 1; i < words.length; i += 1) {
    const word = words[i]!;
    const value = words[i + 1];
    if (STATES.has(word)) neighbour.state = word;
    else if (value === undefined) continue;
    else if (word === 'dev') {
      neighbour.dev = value;
      i += 1;
    } else if (word === 'lladdr') {
      neighbour.mac = value.toLowerCase();
      i += 1;
    }
  }
  return isIP(neighbour.ip) !== 0 && neighbour.dev !== '' && neighbour.state !== '' ? neighbour : undefined;
}

/** `ip neigh`, iproute2's and BusyBox's: records `neighbour`. */
export const ipNeigh: Parser = {
  id: 'ip-neigh',
  provides: ['neighbour'],
  reads: (command) => listsIp(command, 'neighbour'),
  recognises: (head) => head.some((line) => LINE.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const device = selector(input.command, 'dev');
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      const words = wordsOf(line);
      // Proxy entries have no state: they say whom the node answers for, not whom it knows.
      if (words.length === 0 || words.includes('proxy')) continue;
      const neighbour = neighbourOf(words, device);
      if (neighbour === undefined) problems.report(i + 1, 'not a neighbour', line);
      else sink.record('neighbour', neighbour, i + 1);
    }
    problems.finish();
  },
};
