import { dottedPathOf, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

/**
 * `cat /proc/net/netfilter/nfnetlink_queue`: `nfqueue.numbers`, the queues to which a program listens, and `nfqueue.dropped`,
 * packets that were lost because it did not keep up. A row is: queue, port, waiting, copy mode, copy range, dropped by the
 * queue, dropped on the way to the program, last id, 1.
 */
export const nfnetlinkQueue: Parser = {
  id: 'nfnetlink-queue',
  provides: ['nfqueue.*'],
  emptyIsOutput: true,
  reads: (command) => dottedPathOf(command) === 'proc.net.netfilter.nfnetlink_queue',
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    const queues: string[] = [];
    let dropped = 0;
    for (let i = 0; i < lines.length && queues.length < 1000; i += 1) {
      const words = wordsOf(lines[i]!.slice(0, 300));
      if (words.length === 0) continue;
      const numbers = words.map((word) => wholeNumber(word));
      if (numbers.length < 8 || numbers.some((number) => number === undefined)) {
        problems.report(i + 1, 'not a queue of netfilter', lines[i]!);
        continue;
      }
      queues.push(words[0]!);
      dropped += numbers[5]! + numbers[6]!;
    }
    problems.finish();
    sink.fact('nfqueue.numbers', queues, 1);
    sink.fact('nfqueue.dropped', dropped, 1);
  },
};
