import { isIP } from 'node:net';
import type { FdbEntry } from '../model.js';
import { wordsOf } from './command-words.js';
import { selector } from './ip-command.js';
import { LineProblems } from './line-problems.js';
import type { Command, Parser } from './parser.js';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
/** Words that take one more and that no fact needs (iproute2, bridge/fdb.c). */
const SKIPPED_KEYS = new Set([
  'vlan',
  'port',
  'vni',
  'src_vni',
  'via',
  'used',
  'nhid',
  'link-netnsid',
  'link-netns',
  'state',
  'activity_notify',
  'inactive',
]);

function reads({ program, args }: Command): boolean {
  if (program !== 'bridge') return false;
  const words = args.filter((arg) => !arg.startsWith('-'));
  return words[0] === 'fdb' && (words[1] === undefined || 'show'.startsWith(words[1]) || 'list'.startsWith(words[1]));
}

function entryOf(words: readonly string[], device: string | undefined): FdbEntry | undefined {
  if (!MAC.test(words[0]!)) return undefined;
  const entry: FdbEntry = { mac: words[0]!.toLowerCase(), dev: device ?? '', flags: [] };
  for (let i = 1; i < words.length; i += 1) {
    const word = words[i]!;
    const value = words[i + 1];
    if (word === 'dev' && value !== undefined) entry.dev = value;
    else if (word === 'dst' && value !== undefined) {
      if (isIP(value) !== 0) entry.dst = value;
    } else if (word === 'master' && value !== undefined) entry.master = value;
    else if (!SKIPPED_KEYS.has(word)) {
      entry.flags.push(word);
      continue;
    }
    i += 1;
  }
  return entry.dev === '' ? undefined : entry;
}

/** `bridge fdb`: records `fdb`. Flags are the words that stand alone: `self`, `permanent`, `static`, `extern_learn`, … */
export const bridgeFdb: Parser = {
  id: 'bridge-fdb',
  provides: ['fdb'],
  reads,
  recognises: (head) => head.some((line) => /^[0-9a-f]{2}(?::[0-9a-f]{2}){5} dev \S+ /i.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    // `bridge fdb show dev X` leaves `dev X` out.
    const device = selector(input.command, 'dev') ?? selector(input.command, 'brport');
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      const words = wordsOf(line);
      if (words.length === 0) continue;
      const entry = entryOf(words, device);
      if (entry === undefined) problems.report(i + 1, 'not a forwarding entry', line);
      else sink.record('fdb', entry, i + 1);
    }
    problems.finish();
  },
};
