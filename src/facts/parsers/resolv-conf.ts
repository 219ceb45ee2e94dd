import { isIP } from 'node:net';
import { dottedPathOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Command, Parser } from './parser.js';

const PROGRAMS = new Set(['resolv.conf', 'resolv-conf', 'etc/resolv.conf', '/etc/resolv.conf']);
/** glibc reads no more search domains than the file has room for; what comes after is not a resolv.conf. */
const MAX_WORDS = 256;

/** `/etc/resolv.conf` (resolv.conf(5)): of several `search` and `domain` lines the last counts, options add up. */
export const resolvConf: Parser = {
  id: 'resolv-conf',
  provides: ['resolv-conf'],
  reads: (command: Command) => PROGRAMS.has(command.program) || dottedPathOf(command) === 'etc.resolv.conf',
  recognises: (head) => head.some((line) => /^nameserver\s+[\dA-Fa-f.:]{2,45}\s*$/.test(line)),
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    const nameservers: string[] = [];
    let search: string[] = [];
    const options: string[] = [];
    let first: number | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 4000).trim();
      if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
      const [keyword, ...words] = line.split(/\s+/, MAX_WORDS);
      const comment = words.findIndex((word) => word.startsWith('#') || word.startsWith(';'));
      const values = comment < 0 ? words : words.slice(0, comment);
      if (keyword === 'nameserver' && values[0] !== undefined && isIP(values[0]) !== 0) {
        if (nameservers.length < MAX_WORDS && !nameservers.includes(values[0])) nameservers.push(values[0]);
      } else if (keyword === 'search' || keyword === 'domain') search = values;
      else if (keyword === 'options') {
        for (const value of values) if (options.length < MAX_WORDS && !options.includes(value)) options.push(value);
      } else if (keyword !== 'sortlist' && keyword !== 'lookup') {
        problems.report(i + 1, 'not a line of resolv.conf', line);
        continue;
      }
      first ??= i + 1;
    }
    problems.finish();
    if (first !== undefined) sink.record('resolv-conf', { nameservers, search, options }, first);
    else sink.unknown('resolv-conf', 'resolv.conf names neither a nameserver nor a search list');
  },
};
