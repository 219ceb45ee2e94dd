import { wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

const HEADER = /^bridge name\s+bridge id\s/;
/** `cni0		8000.0a580af40001	no		veth1`; the last column is empty for a bridge without ports. */
const BRIDGE = /^(\S{1,40})\s+[\da-f]{4}\.[\da-f]{12}\s+(?:no|yes)(?:\s+(\S{1,40}))?\s*$/;

/** `brctl show`: records `bridge-port`, each with its bridge as master. It tells neither state nor hairpin mode. */
export const brctl: Parser = {
  id: 'brctl',
  provides: ['bridge-port'],
  reads: ({ program, args }) => program === 'brctl' && (args[0] === undefined || args[0] === 'show'),
  recognises: (head) => head.some((line) => HEADER.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    let master: string | undefined;
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.trim() === '' || HEADER.test(line)) continue;
      const bridge = BRIDGE.exec(line);
      const words = wordsOf(line);
      let port: string | undefined;
      if (bridge !== null) {
        master = bridge[1]!;
        port = bridge[2];
      } else if (/^\s/.test(line) && words.length === 1) {
        port = words[0];
      } else {
        // Ports that follow are of a bridge whose line is lost; kernels without a bridge of that name say so in prose.
        master = undefined;
        problems.report(i + 1, 'not a bridge', line);
        continue;
      }
      if (port !== undefined && master !== undefined) sink.record('bridge-port', { dev: port, master }, i + 1);
    }
    problems.finish();
  },
};
