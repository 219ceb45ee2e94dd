import { kindOf } from '../model.js';
import { dottedPathOf } from './command-words.js';
import { readIni } from './ini-sections.js';
import type { Parser } from './parser.js';

/** /etc/os-release (os-release(5)): `os`, its pretty name. A pod's own is its image's, which no fault depends on. */
export const osRelease: Parser = {
  id: 'os-release',
  provides: ['os'],
  reads: (command) => /^(?:etc|usr\.lib)\.os-release$/.test(dottedPathOf(command) ?? ''),
  recognises: (head) => head.some((line) => /^PRETTY_NAME=/.test(line)) && head.some((line) => /^ID=/.test(line)),
  parse({ lines, subject }, sink) {
    if (kindOf(subject) === 'pod') return;
    const { entries } = readIni(lines);
    const name = entries.find(({ key }) => key === 'PRETTY_NAME') ?? entries.find(({ key }) => key === 'NAME');
    if (name !== undefined && name.value !== '') sink.fact('os', name.value, name.line);
  },
};
