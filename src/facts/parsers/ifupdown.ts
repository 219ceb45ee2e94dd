import { dottedPathOf, wordsOf } from './command-words.js';
import type { NicDraft } from './nic-config.js';
import { configuredAddress, recordNicConfig } from './nic-config.js';
import type { Parser } from './parser.js';

const PATH = /^etc\.network\.interfaces(?:\.d\..+)?$/;
const STANZA = /^iface\s+(\S{1,40})\s+inet\s+(dhcp|static|manual)\b/;

/** /etc/network/interfaces of Debian's ifupdown (interfaces(5)): records `nic-config`, one for each device. */
export const ifupdown: Parser = {
  id: 'ifupdown',
  provides: ['nic-config'],
  reads: (command) => PATH.test(dottedPathOf(command) ?? ''),
  recognises: (head) => head.some((line) => STANZA.test(line)),
  parse({ lines, file }, sink) {
    const drafts = new Map<string, NicDraft>();
    let current: NicDraft | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500).trim();
      const stanza = STANZA.exec(line);
      if (stanza !== null) {
        // Several stanzas of one device add up; `eth0:1` is an alias of eth0.
        const dev = stanza[1]!.split(':')[0]!;
        current = drafts.get(dev) ?? { dev, addresses: [], line: i + 1 };
        if (stanza[2] === 'dhcp') current.dhcp4 = true;
        else if (stanza[2] === 'static') current.dhcp4 ??= false;
        if (dev !== 'lo') drafts.set(dev, current);
        continue;
      }
      if (/^(?:iface|auto|allow-|mapping|source)/.test(line)) current = undefined;
      const words = wordsOf(line);
      const address = words[0] === 'address' ? configuredAddress(words[1] ?? '') : undefined;
      if (address !== undefined && current !== undefined) current.addresses.push(address);
    }
    for (const draft of drafts.values()) recordNicConfig(draft, file, sink);
  },
};
