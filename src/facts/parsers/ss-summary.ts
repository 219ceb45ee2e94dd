import { shortOptions } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

/** `TCP:   172 (estab 24, closed 130, orphaned 0, timewait 128)`; old ones write `timewait 128/0), ports 0`. */
const TCP = /^TCP: +(\d{1,9}) \(([^)]{1,200})\)/;
const COUNT = /^(\w{2,12}) (\d{1,9})(?:\/\d{1,9})?$/;
/** The rest of the summary: `Total: 204`, and the table of sockets by transport. */
const OTHER = /^(?:Total: |Transport\s|(?:\*|RAW|UDP|TCP|INET|FRAG|SCTP|MPTCP)\s+[\d-])/;

/** `ss -s`: how many TCP sockets there are, `sockets.tcp`, and in which state: `sockets.tcp.estab`, `.timewait`, … */
export const ssSummary: Parser = {
  id: 'ss-summary',
  provides: ['sockets.*'],
  reads: ({ program, args }) => program === 'ss' && (shortOptions(args).has('s') || args.includes('--summary')),
  recognises: (head) => head.some((line) => TCP.test(line)),
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.trim();
      if (line === '') continue;
      const tcp = TCP.exec(line);
      if (tcp === null) {
        if (!OTHER.test(line)) problems.report(i + 1, 'not a line of a socket summary', line);
        continue;
      }
      sink.fact('sockets.tcp', Number(tcp[1]), i + 1);
      for (const part of tcp[2]!.split(', ')) {
        const count = COUNT.exec(part);
        if (count !== null) sink.fact(`sockets.tcp.${count[1]}`, Number(count[2]), i + 1);
      }
    }
    problems.finish();
  },
};
