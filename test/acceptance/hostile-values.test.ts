import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { shellQuote } from '../../src/engine/shell-quote.js';
import { ROOT } from '../cli/podnet.js';
import { type Answer, answerTo, causesOf, schemaErrors } from './answer.js';
import { FAULTS, type Files, filesOf, recordingOf } from './bundle-files.js';
import { shellWords } from './shell-words.js';

/** Names as strangers might give them. `/` cannot be part of a folder's name, and NUL of none. */
const NAMES: readonly [string, string][] = [
  ['a command substitution', 'n$(reboot)2'],
  ['backquotes', 'n`reboot`2'],
  ['a closing quote', "n'; reboot #"],
  ['a double quote', 'n"; reboot "2'],
  ['separators', 'n2; reboot & reboot | reboot'],
  ['an option', '--all'],
  ['a variable', 'n\u0024{IFS}reboot'],
  ['a redirection', 'n>reboot<2'],
  ['globs', 'n*?[a]~'],
  ['a backslash', 'n\\'],
  ['a line break', 'n\nreboot\n2'],
  ['a carriage return', 'n2\rreboot'],
  ['colours', 'n\u001b[31m\u001b[2J2'],
  ['an OSC sequence', 'n\u001b]0;reboot\u0007\u001b]8;;http://evil.example/\u001b\\2'],
  ['a C1 control', 'n\u009b31m2'],
  ['a bidi override', 'n\u202egpj.toober\u2066'],
  ['zero width', 'n\u200b\u200d\ufeff2'],
  ['HTML', 'n<script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['a Markdown link', '[n2](http://evil.example/)'],
  ['a Markdown image', '![n2](http://evil.example/x.png)'],
  ['a fence', 'n```\n# Owned\n```sh\nreboot'],
  ['a table and a heading', '| n2 |\n# Owned'],
  ['a mention', '@everyone #1 https://evil.example www.evil.example'],
  ['an entity', '&lt;script&gt;&#60;script&#62;'],
  ['a template', '{node}{{end}}{addresses.nic}%s%n'],
  ['a prototype', '__proto__'],
  ['an astral character', 'n😀\u{e0041}2'],
  ['half a surrogate pair', 'n\ud83d2'],
  ['Chinese', '节点二'],
];

/** Nothing that a terminal obeys, JSON's line ends aside. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

/** Text outside of code: neither fences nor spans, nor what is escaped. */
function proseOf(markdown: string): string {
  return markdown
    .replace(/^( *)(`{3,})[a-z]*\n[\s\S]*?\n\1\2$/gm, '')
    .replace(/(?<![\\`])(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
    .replace(/\\[!-/:-@[-`{-~]/g, '');
}

function holds(answer: Answer): void {
  const { told, text, json, markdown } = answer;
  expect(schemaErrors(told)).toBeUndefined();
  for (const output of [text, json, markdown]) expect(OBEYED.exec(output)?.[0]).toBeUndefined();
  const prose = proseOf(markdown);
  expect(prose).not.toMatch(/<(?!https:\/\/)/);
  expect(prose).not.toMatch(/\]\(|!\[|^# Owned/m);
  expect(prose).not.toMatch(/https?:\/\/evil|www\.evil|@everyone/);
  for (const run of commandsOf(answer)) {
    const { open, expansions } = shellWords(run);
    expect(open, run).toBe(false);
    for (const expansion of expansions) expect(expansion, run).not.toMatch(/^\S{0,3}\(?(?:reboot|IFS)/);
    expect(spawnSync('sh', ['-n'], { input: run }).status, run).toBe(0);
  }
}

function commandsOf({ told }: Answer): string[] {
  return told.diagnoses.flatMap(({ fix, persist, verify, prevent }) =>
    [...fix, ...persist, ...verify, ...prevent].flatMap(({ run, undo }) =>
      [run, undo].filter((command) => command !== undefined),
    ),
  );
}

/** JSON with every text that is a name exchanged. */
function renamed(value: unknown, from: string, to: string): unknown {
  if (value === from) return to;
  if (Array.isArray(value)) return value.map((item) => renamed(item, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, from, to)]));
}

/** A bundle in which a node, a pod or a namespace has another name: folders, objects and texts. */
function withName(files: Files, from: string, to: string): Files {
  const result: Files = new Map();
  for (const [name, bytes] of files) {
    const parts = name.split('/').map((part) => (part === from ? to : part));
    const content = name.startsWith('cluster/')
      ? JSON.stringify(renamed(JSON.parse(bytes.toString()), from, to), null, 1)
      : bytes;
    result.set(parts.join('/'), Buffer.from(content));
  }
  return result;
}

describe('a node by the name of', () => {
  let files: Files;
  beforeAll(async () => {
    files = await filesOf(recordingOf('node-ip-conflict'));
  });

  test.each(NAMES)('%s', async (_, name) => {
    const answer = await answerTo(withName(files, 'n3', name));
    holds(answer);
    expect(causesOf(answer.diagnosis)[0]).toBe('node-ip-conflict');
    const named = commandsOf(answer).filter((run) => run.startsWith('ip -4 addr show') && run.includes('get node'));
    expect(named).not.toEqual([]);
    for (const run of named) {
      const { words } = shellWords(run);
      // ip -4 addr show dev NIC ; kubectl get node NAME -o wide
      expect(words.length, run).toBe(13);
      expect(words[10]).not.toMatch(/^-/);
    }
  });
});

describe('a pod by the name of', () => {
  let files: Files;
  beforeAll(async () => {
    files = await filesOf(recordingOf('app-listens-on-loopback'));
  });

  test.each(NAMES)('%s', async (_, name) => {
    const pod = [...files.keys()].find((file) => file.startsWith('pods/default/api-'))!.split('/')[2]!;
    const answer = await answerTo(withName(withName(files, pod, name), 'default', name));
    holds(answer);
    expect(causesOf(answer.diagnosis)[0]).toBe('app-listens-on-loopback');
  });
});

describe('an interface by the name of', () => {
  // At most 15 bytes, without white space and slashes: the rest the kernel takes (dev_valid_name).
  const names = [
    '$(reboot)',
    '`reboot`',
    "a';reboot;'",
    '";reboot;"',
    '-h',
    '\u001b[31m',
    '\u202eabc',
    '<script>',
    '[a](b)',
    '&&reboot',
    '{node}',
  ];

  test.each(names)('%j', async (name) => {
    const files = await filesOf(recordingOf('node-ip-conflict'));
    const answer = await answerTo(
      new Map(
        [...files].map(([file, bytes]) => [file, Buffer.from(bytes.toString().replaceAll(/\beth0\b/g, () => name))]),
      ),
    );
    holds(answer);
  });
});

describe('what strangers write', () => {
  const EVIL = NAMES.map(([, name]) => name).join(' ');

  test('in a complaint, in changes and in attempts is shown and never obeyed', async () => {
    const facts = JSON.stringify({
      version: 1,
      complaint: EVIL,
      cluster: { cni: EVIL, podCIDR: EVIL },
      incident: { from: EVIL },
      changes: NAMES.map(([, what]) => ({ at: '2024-05-01T10:00:00Z', what, on: `node/${what}` })),
      reachability: NAMES.map(([, name]) => ({
        from: { kind: 'pod', name, node: name },
        to: { kind: 'pod', name, pod: name, namespace: name, ip: '10.244.2.7' },
        proto: 'icmp',
        ok: false,
        error: 'timeout',
      })),
      answers: { [EVIL]: 'yes' },
      facts: NAMES.map(([, value]) => ({ subject: `node/${value}`, name: value, value })),
    });
    const answer = await answerTo(new Map([['facts.json', Buffer.from(facts)]]));
    holds(answer);
    expect(answer.told.complaint).toBe(EVIL);
  });

  test.each(FAULTS)('in logs, comments and malformed lines of $name is shown and never obeyed', async (recording) => {
    const files = await filesOf(recording);
    const lines = `${NAMES.map(([, name]) => name).join('\n')}\n`;
    for (const [file, bytes] of files) {
      const text = bytes.toString();
      if (file.endsWith('.json')) continue;
      if (file.includes('iptables'))
        files.set(
          file,
          Buffer.from(text.replaceAll(/--comment "[^"]*"/g, () => `--comment "${EVIL.replaceAll('\n', ' ')}"`)),
        );
      else files.set(file, Buffer.from(text + lines));
    }
    files.set(
      'logs/coredns/evil.log',
      Buffer.from(
        NAMES.map(
          ([, name]) =>
            `[ERROR] plugin/errors: 2 ${name}. A: read udp 10.244.1.2:39582->203.0.113.53:53: i/o timeout\n`,
        ).join(''),
      ),
    );
    files.set(`logs/${EVIL.slice(0, 60).replaceAll('/', '')}/x.log`, Buffer.from(lines));
    holds(await answerTo(files));
    holds(await answerTo(files, 'zh'));
  });
});

describe('a value as a word of a shell', () => {
  test.each([...NAMES, ['nothing', ''], ['a space', ' ']])('%s is one word, and no option', (_, value) => {
    const { words, expansions, open } = shellWords(`kubectl cordon ${shellQuote(value)}`);
    expect(words).toHaveLength(3);
    expect(words[2]).not.toMatch(/^-/);
    expect({ expansions, open }).toEqual({ expansions: [], open: false });
  });

  // A value that is quoted as a word is none within quotes or a command substitution of the rule.
  test('stands in the rules only where a word may stand', () => {
    const misplaced: string[] = [];
    for (const file of readdirSync(path.join(ROOT, 'rules'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.yaml')) continue;
      for (const command of commandsIn(parse(readFileSync(path.join(ROOT, 'rules', file), 'utf8')))) {
        const filled = command.replaceAll(/(?<![${])\{[A-Za-z][\w.-]*\}(?!\})/g, () => "'a b'");
        if (/'a b'/.test(shellWords(filled).words.join('\n')) || shellWords(filled).open)
          misplaced.push(`${file}: ${command}`);
      }
    }
    expect(misplaced).toEqual([]);
  });
});

/** Every `run`, `undo` and `collect` of a rule. */
function commandsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    typeof item === 'string' ? (['run', 'undo'].includes(key) ? [item] : []) : commandsIn(item),
  );
}
