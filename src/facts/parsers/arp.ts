import { isIP } from 'node:net';
import type { Neighbour } from '../model.js';
import { dottedPathOf, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';

const MAC = /^[\da-f]{2}(?::[\da-f]{2}){5}$/i;
const TABLE = /^Address\s+HWtype\s+HWaddress/;
const PROC = /^IP address\s+HW type\s+Flags\s+HW address/;
/** BSD style, and BusyBox's only one: `? (10.0.0.1) at 52:54:00:12:34:56 [ether] PERM on eth0`. */
const BSD =
  /^\S{1,254} \(([\d.]{7,15})\) at (<incomplete>|\(incomplete\)|[\da-f:]{11,17})(?: \[\w{1,10}\])?( PERM)?.{0,40}? on (\S{1,40})/i;
/** Flags of /proc/net/arp (linux/if_arp.h). */
const ATF_COM = 2;
const ATF_PERM = 4;

/**
 * `arp` tells that an entry is complete, not when it was last confirmed: STALE, which claims the least of the words of
 * `ip neigh`.
 */
const COMPLETE = 'STALE';

function bsdEntry(line: string): Neighbour | undefined {
  const match = BSD.exec(line);
  if (match === null) return undefined;
  const [, ip, mac, permanent, dev] = match as unknown as [string, string, string, string | undefined, string];
  if (!MAC.test(mac)) return { ip, dev, state: 'INCOMPLETE' };
  return { ip, dev, mac: mac.toLowerCase(), state: permanent === undefined ? COMPLETE : 'PERMANENT' };
}

function procEntry(words: readonly string[]): Neighbour | undefined {
  const [ip, , flagText, mac] = words;
  const dev = words[5];
  if (ip === undefined || flagText === undefined || mac === undefined || dev === undefined) return undefined;
  if (!/^0x[\da-f]{1,8}$/i.test(flagText) || !MAC.test(mac)) return undefined;
  const flags = Number(flagText);
  if ((flags & ATF_COM) === 0) return { ip, dev, state: 'INCOMPLETE' };
  return { ip, dev, mac: mac.toLowerCase(), state: (flags & ATF_PERM) === 0 ? COMPLETE : 'PERMANENT' };
}

function tableEntry(words: readonly string[]): Neighbour | undefined {
  const ip = words[0]!;
  const dev = words[words.length - 1]!;
  if (words.length < 3) return undefined;
  if (words.includes('(incomplete)') || words.includes('<incomplete>')) return { ip, dev, state: 'INCOMPLETE' };
  const at = words.findIndex((word) => MAC.test(word));
  const flags = words[at + 1];
  if (at < 0 || flags === undefined || at + 1 === words.length - 1 || !/^[CMP]+$/.test(flags)) return undefined;
  // Published entries (P) are those that the node answers for.
  if (flags.includes('P')) return undefined;
  return { ip, dev, mac: words[at]!.toLowerCase(), state: flags.includes('M') ? 'PERMANENT' : COMPLETE };
}

/** `arp -n`, `arp -an`, `cat /proc/net/arp`: records `neighbour`, IPv4 only, with states in `ip neigh`'s words. */
export const arp: Parser = {
  id: 'arp',
  provides: ['neighbour'],
  reads: (command) => command.program === 'arp' || dottedPathOf(command) === 'proc.net.arp',
  recognises: (head) => head.some((line) => TABLE.test(line) || PROC.test(line) || BSD.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    let proc = dottedPathOf(input.command) === 'proc.net.arp';
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!.slice(0, 1000).trim();
      if (line === '' || TABLE.test(line) || /^Entries: \d+\s/.test(line)) continue;
      if (PROC.test(line)) {
        proc = true;
        continue;
      }
      const words = wordsOf(line);
      // `10.0.0.1 (10.0.0.1) -- no entry`.
      if (/ -- no entry/.test(line)) continue;
      const entry = bsdEntry(line) ?? (proc ? procEntry(words) : tableEntry(words));
      if (entry === undefined) problems.report(i + 1, 'not an ARP entry', line);
      // Without `-n` a name may stand in the address' place: whose it is, is not known here.
      else if (isIP(entry.ip) !== 0) sink.record('neighbour', entry, i + 1);
    }
    problems.finish();
  },
};
