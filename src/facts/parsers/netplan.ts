import { parseDocument } from 'yaml';
import { dottedPathOf } from './command-words.js';
import { isObject, objectOf } from './json-shape.js';
import type { NicDraft } from './nic-config.js';
import { configuredAddress, recordNicConfig } from './nic-config.js';
import type { Parser } from './parser.js';

const MAX_TEXT = 256 * 1024;
/** The kinds of devices that have addresses (netplan.readthedocs.io, YAML reference). */
const KINDS = ['ethernets', 'bonds', 'bridges', 'vlans', 'wifis', 'dummy-devices'];

/** A file of /etc/netplan, or `netplan get`: records `nic-config` for each device. */
export const netplan: Parser = {
  id: 'netplan',
  provides: ['nic-config'],
  reads: (command) =>
    (command.program === 'netplan' && command.args[0] === 'get') ||
    /^etc\.netplan\..+\.ya?ml$/.test(dottedPathOf(command) ?? ''),
  recognises: (head) =>
    head.some((line) => /^network:\s*$/.test(line)) &&
    head.some((line) => /^\s+(?:ethernets|bonds|bridges|vlans|renderer):/.test(line)),
  parse(input, sink) {
    if (input.text.length > MAX_TEXT) {
      sink.problem(1, 'longer than any configuration of netplan: not read');
      return;
    }
    let value: unknown;
    try {
      const document = parseDocument(input.text, { logLevel: 'silent', uniqueKeys: false });
      for (const error of document.errors.slice(0, 5))
        sink.problem(error.linePos?.[0].line ?? 1, `not YAML: ${error.message.split('\n', 1)[0]}`);
      value = document.toJS({ maxAliasCount: 100 });
    } catch {
      sink.problem(1, 'YAML that cannot be read: too deep, or built of aliases');
      return;
    }
    const network = objectOf(objectOf(value).network);
    for (const kind of KINDS) {
      for (const [name, settings] of Object.entries(objectOf(network[kind]))) {
        if (!isObject(settings)) continue;
        const set = typeof settings['set-name'] === 'string' ? settings['set-name'] : name;
        const draft: NicDraft = { dev: set, addresses: [], line: lineOf(input.lines, name) };
        if (typeof settings.dhcp4 === 'boolean') draft.dhcp4 = settings.dhcp4;
        else if (settings.dhcp4 === 'yes' || settings.dhcp4 === 'no') draft.dhcp4 = settings.dhcp4 === 'yes';
        for (const one of Array.isArray(settings.addresses) ? settings.addresses : []) {
          // `- 10.0.0.5/24`, or with options: `- 10.0.0.5/24: {lifetime: 0}`.
          const text = typeof one === 'string' ? one : Object.keys(objectOf(one))[0];
          const address = text === undefined ? undefined : configuredAddress(text);
          if (address !== undefined) draft.addresses.push(address);
        }
        recordNicConfig(draft, input.file, sink);
      }
    }
  },
};

/** The line that opens a device's settings. */
function lineOf(lines: readonly string[], name: string): number {
  const at = lines.findIndex((line) => line.trim().replace(/["']/g, '').startsWith(`${name}:`));
  return at < 0 ? 1 : at + 1;
}
