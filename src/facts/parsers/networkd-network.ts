import { dottedPathOf } from './command-words.js';
import { readIni } from './ini-sections.js';
import { LineProblems } from './line-problems.js';
import type { NicDraft } from './nic-config.js';
import { configuredAddress, recordNicConfig } from './nic-config.js';
import type { Parser } from './parser.js';

const PATH = /(?:^|\.)systemd\.network\..+\.network$/;

/** A .network file of systemd-networkd (systemd.network(5)): records `nic-config` where it matches one name. */
export const networkdNetwork: Parser = {
  id: 'networkd-network',
  provides: ['nic-config'],
  reads: (command) => PATH.test(dottedPathOf(command) ?? ''),
  recognises: (head) =>
    head.some((line) => line.trim() === '[Match]') && head.some((line) => line.trim() === '[Network]'),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const { entries, malformed } = readIni(input.lines);
    for (const line of malformed) problems.report(line, 'not a line of a .network file', input.lines[line - 1]!);
    problems.finish();
    const draft: NicDraft = { addresses: [], line: 1 };
    for (const { section, key, value, line } of entries) {
      // A pattern (`en*`) names no interface.
      if (section === 'Match' && key === 'Name' && /^[\w.:@-]{1,40}$/.test(value)) draft.dev = value;
      if (section === 'Network' && key === 'DHCP') {
        draft.dhcp4 = /^(?:yes|true|1|on|ipv4|both)$/i.test(value);
        draft.line = line;
      }
      const isAddress = key === 'Address' && (section === 'Network' || section === 'Address');
      const address = isAddress ? configuredAddress(value) : undefined;
      if (address !== undefined) draft.addresses.push(address);
    }
    recordNicConfig(draft, input.file, sink);
  },
};
