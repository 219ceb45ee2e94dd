import { dottedPathOf, wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

const NAME = /^Xfrm[A-Z][A-Za-z]{2,40}$/;

/** `cat /proc/net/xfrm_stat`: `counter.XfrmIn…` and `counter.XfrmOut…`, why IPsec dropped packets since boot. */
export const xfrmStat: Parser = {
  id: 'xfrm-stat',
  provides: ['counter.Xfrm*'],
  reads: (command) => dottedPathOf(command) === 'proc.net.xfrm_stat',
  recognises: (head) => /^XfrmInError\s+\d+\s*$/.test(head[0] ?? ''),
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    for (let i = 0; i < lines.length; i += 1) {
      const [name, count] = wordsOf(lines[i]!.slice(0, 200));
      if (name === undefined) continue;
      const value = wholeNumber(count);
      if (NAME.test(name) && value !== undefined) sink.fact(`counter.${name}`, value, i + 1);
      else problems.report(i + 1, 'not a counter of IPsec', lines[i]!);
    }
    problems.finish();
  },
};
