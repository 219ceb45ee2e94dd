import type { Parser } from './parser.js';

/** `Linux HOST 5.15.0-91-generic #101-Ubuntu SMP …` of `uname -a`; `uname -r` prints the release alone. */
const ALL = /^Linux \S{1,254} (\d{1,3}\.\d{1,4}[\w.+~-]{0,100}) #/;
const RELEASE = /^\d{1,3}\.\d{1,4}[\w.+~-]{0,100}$/;
const PROC_VERSION = /^Linux version (\d{1,3}\.\d{1,4}[\w.+~-]{0,100}) /;

/** `uname -a`, `uname -r`, `cat /proc/version`: `kernel`, its release. */
export const uname: Parser = {
  id: 'uname',
  provides: ['kernel'],
  reads: ({ program, args }) =>
    program === 'uname' || (program === 'cat' && args.some((arg) => /^[./]proc[./]version$/.test(arg))),
  recognises: (head) => ALL.test(head[0] ?? ''),
  parse({ lines }, sink) {
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500).trim();
      const release = (ALL.exec(line) ?? PROC_VERSION.exec(line))?.[1] ?? RELEASE.exec(line)?.[0];
      if (release === undefined) continue;
      sink.fact('kernel', release, i + 1);
      return;
    }
    sink.unknown('kernel', 'the output of uname names no kernel release');
  },
};
