import { dottedPathOf, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

/** One CPU: at least nine words of eight hexadecimal digits. */
const LINE = /^(?:[0-9a-f]{8}\s+){8,20}[0-9a-f]{8}\s*$/i;

/**
 * `cat /proc/net/softnet_stat`: `softnet.dropped`, packets that found the backlog of their CPU full, and
 * `softnet.squeezed`, how often a CPU's budget ended with packets left: both summed over the CPUs since boot.
 */
export const softnetStat: Parser = {
  id: 'softnet-stat',
  provides: ['softnet.dropped', 'softnet.squeezed'],
  reads: (command) => dottedPathOf(command) === 'proc.net.softnet_stat',
  recognises: (head) => head.length > 0 && head.every((line) => line.trim() === '' || LINE.test(line)),
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    let dropped = 0;
    let squeezed = 0;
    let first = 0;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!;
      if (line.trim() === '') continue;
      if (line.length > 400 || !LINE.test(line)) {
        problems.report(i + 1, 'not the statistics of a CPU', line);
        continue;
      }
      const words = wordsOf(line);
      first ||= i + 1;
      dropped += Number.parseInt(words[1]!, 16);
      squeezed += Number.parseInt(words[2]!, 16);
    }
    problems.finish();
    if (first === 0) return;
    sink.fact('softnet.dropped', dropped, first);
    sink.fact('softnet.squeezed', squeezed, first);
  },
};
