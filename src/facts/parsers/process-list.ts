import { wordsOf } from './command-words.js';
import type { Parser } from './parser.js';

const MOST = 2000;
const HEADER = /^(?=.*\bPID\b).*\b(?:CMD|COMMAND)\s*$/;

/**
 * `ps aux`, `ps -ef`, `ps -e -o …,comm`: `processes`, the names of the programs that run, without path and without the kernel's own
 * threads. Arguments are not kept.
 */
export const processList: Parser = {
  id: 'process-list',
  provides: ['processes'],
  reads: ({ program }) => program === 'ps',
  recognises: (head) => HEADER.test(head[0] ?? ''),
  parse({ lines }, sink) {
    const header = lines.findIndex((line) => HEADER.test(line.slice(0, 500)));
    if (header < 0) {
      sink.unknown('processes', 'the list has no heading with PID and COMMAND');
      return;
    }
    const column = wordsOf(lines[header]!.slice(0, 500)).length - 1;
    const names = new Set<string>();
    for (let i = header + 1; i < lines.length && names.size < MOST; i += 1) {
      const words = wordsOf(lines[i]!.slice(0, 1000)).slice(column);
      // A tree (`ps axf`) draws its branches before the name.
      const program = words.find((word) => !/^[\\|_]+$/.test(word));
      if (program === undefined || program.startsWith('[')) continue;
      const name = program.replace(/:$/, '').replace(/^.*\//, '');
      if (name !== '') names.add(name.slice(0, 64));
    }
    sink.fact('processes', [...names].sort(), header + 1);
  },
};
