import { dottedPathOf } from './command-words.js';
import { readIni } from './ini-sections.js';
import { LineProblems } from './line-problems.js';
import type { NicDraft } from './nic-config.js';
import { configuredAddress, recordNicConfig } from './nic-config.js';
import type { Parser } from './parser.js';

const PATH = /(?:^|\.)NetworkManager\.system-connections\./;

/** A connection profile of NetworkManager (nm-settings-keyfile(5)): records `nic-config`. */
export const nmKeyfile: Parser = {
  id: 'nm-keyfile',
  provides: ['nic-config'],
  reads: (command) => PATH.test(dottedPathOf(command) ?? ''),
  recognises: (head) =>
    head.some((line) => line.trim() === '[connection]') && head.some((line) => /^(?:uuid|type)=/.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const { entries, malformed } = readIni(input.lines);
    for (const line of malformed) problems.report(line, 'not a line of a keyfile', input.lines[line - 1]!);
    problems.finish();
    const draft: NicDraft = { addresses: [], line: 1 };
    for (const { section, key, value, line } of entries) {
      if (section === 'connection' && key === 'interface-name' && value !== '') draft.dev = value;
      if (section !== 'ipv4') continue;
      if (key === 'method') {
        draft.dhcp4 = value === 'auto';
        draft.line = line;
      }
      const address = /^address(?:es)?\d{0,3}$/.test(key) ? configuredAddress(value) : undefined;
      if (address !== undefined) draft.addresses.push(address);
    }
    recordNicConfig(draft, input.file, sink);
  },
};
