import { dottedPathOf } from './command-words.js';
import { readIni } from './ini-sections.js';
import { LineProblems } from './line-problems.js';
import type { NicDraft } from './nic-config.js';
import { configuredAddress, recordNicConfig } from './nic-config.js';
import type { Command, Parser } from './parser.js';

/** The interface by the file's name: /etc/sysconfig/network-scripts/ifcfg-eth0 (Red Hat), /etc/sysconfig/network/ (SUSE). */
function deviceOfFile(command: Command): string | undefined {
  const path = dottedPathOf(command) ?? command.program;
  return /(?:^|[./])ifcfg-([\w.@:-]{1,40})$/.exec(path)?.[1];
}

/** An ifcfg-* file of Red Hat's and SUSE's network scripts: records `nic-config`. */
export const ifcfg: Parser = {
  id: 'ifcfg',
  provides: ['nic-config'],
  reads: (command) => deviceOfFile(command) !== undefined,
  recognises: (head) =>
    head.some((line) => /^BOOTPROTO=/.test(line)) &&
    head.some((line) => /^(?:DEVICE|NAME|ONBOOT|IPADDR\d?)=/.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const { entries, malformed } = readIni(input.lines);
    for (const line of malformed) problems.report(line, 'not a line of ifcfg', input.lines[line - 1]!);
    problems.finish();
    const draft: NicDraft = { addresses: [], line: entries[0]?.line ?? 1 };
    const values = new Map(entries.map(({ key, value }) => [key, value]));
    const device = values.get('DEVICE') ?? deviceOfFile(input.command);
    if (device !== undefined && device !== 'lo') draft.dev = device.split(':')[0]!;
    const proto = values.get('BOOTPROTO')?.toLowerCase();
    if (proto !== undefined && proto !== '') draft.dhcp4 = /^(?:dhcp4?|dhcp\+autoip|bootp)$/.test(proto);
    for (const { key, value, line } of entries) {
      const number = /^IPADDR(_?\d{0,3})$/.exec(key)?.[1];
      const address = number === undefined ? undefined : configuredAddress(value);
      if (address === undefined) continue;
      const prefix = values.get(`PREFIX${number}`) ?? values.get(`PREFIXLEN${number}`);
      const whole = address.includes('/') || prefix === undefined || !/^\d{1,3}$/.test(prefix);
      draft.addresses.push(whole ? address : `${address}/${prefix}`);
      draft.line = line;
    }
    recordNicConfig(draft, input.file, sink);
  },
};
