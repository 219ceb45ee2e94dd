import { dottedPathOf } from './command-words.js';
import type { NicDraft } from './nic-config.js';
import { configuredAddress, recordNicConfig } from './nic-config.js';
import type { Parser } from './parser.js';

/** The kinds of devices that have addresses (netplan.readthedocs.io, YAML reference). */
const KINDS = new Set(['ethernets', 'bonds', 'bridges', 'vlans', 'wifis', 'dummy-devices']);
const KEY = /^( *)(["']?)([\w.@:-]{1,60})\2:(?:\s+(.{1,1000}))?$/;
const ITEM = /^( *)- (.{1,200})$/;

function unquoted(text: string): string {
  return text
    .replace(/\s+#.*$/, '')
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2');
}

/** A device's settings while they are read, and how deep its name stands. */
interface Device extends NicDraft {
  indent: number;
}

/**
 * A file of /etc/netplan, or `netplan get`: records `nic-config` for each device. Netplan nests maps by indentation and no
 * deeper than this reader looks (kind, device, setting), so it goes line by line: a general YAML parser takes memory
 * without bound for hostile nesting.
 */
export const netplan: Parser = {
  id: 'netplan',
  provides: ['nic-config'],
  reads: (command) =>
    (command.program === 'netplan' && command.args[0] === 'get') ||
    /^etc\.netplan\..+\.ya?ml$/.test(dottedPathOf(command) ?? ''),
  recognises: (head) =>
    head.some((line) => /^network:\s*$/.test(line)) &&
    head.some((line) => /^\s+(?:ethernets|bonds|bridges|vlans|renderer):/.test(line)),
  parse({ lines, file }, sink) {
    let kindIndent: number | undefined;
    let device: Device | undefined;
    /** Where the list of addresses began, while its items are read. */
    let addresses: number | undefined;
    const finish = (): void => {
      if (device !== undefined) recordNicConfig(device, file, sink);
      device = undefined;
      addresses = undefined;
    };
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 1200).trimEnd();
      if (line.trim() === '' || line.trim().startsWith('#')) continue;
      const item = ITEM.exec(line);
      if (item !== null) {
        // `- 10.0.0.5/24`, or with options: `- "10.0.0.5/24": {lifetime: 0}`.
        const isAddress = addresses !== undefined && item[1]!.length >= addresses;
        const address = isAddress ? configuredAddress(item[2]!.replace(/^["']/, '')) : undefined;
        if (address !== undefined) device?.addresses.push(address);
        continue;
      }
      const key = KEY.exec(line);
      if (key === null) {
        if (line.includes('\t')) sink.problem(i + 1, 'not a line of netplan: tabs do not indent YAML');
        continue;
      }
      const indent = key[1]!.length;
      const name = key[3]!;
      const value = unquoted(key[4] ?? '');
      if (addresses !== undefined && indent <= addresses) addresses = undefined;
      if (KINDS.has(name) && (kindIndent === undefined || indent <= kindIndent)) {
        finish();
        kindIndent = indent;
      } else if (kindIndent === undefined || indent <= kindIndent) {
        finish();
        if (kindIndent !== undefined && indent < kindIndent) kindIndent = undefined;
      } else if (device === undefined || indent <= device.indent) {
        finish();
        device = { dev: name, addresses: [], line: i + 1, indent };
      } else if (name === 'set-name' && value !== '') device.dev = value;
      else if (name === 'dhcp4' && /^(?:true|false|yes|no|on|off)$/i.test(value)) {
        device.dhcp4 = /^(?:true|yes|on)$/i.test(value);
      } else if (name === 'addresses' && addresses === undefined && !value.startsWith('[')) addresses = indent;
      else if (name === 'addresses' && value.startsWith('[')) {
        for (const one of value.replace(/[[\]]/g, '').split(',')) {
          const address = configuredAddress(unquoted(one));
          if (address !== undefined) device.addresses.push(address);
        }
      }
    }
    finish();
  },
};
