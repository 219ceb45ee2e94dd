import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build, podnet, ROOT } from './cli/podnet.js';

/** The example of docs/authors.md: files in its fenced blocks, put into a copy of the rules and run. */

let work: string;

interface Block {
  /** `yaml`, `diff`, `text`. */
  language: string;
  append: boolean;
  file: string;
  body: string;
}

/** Fenced blocks that name a file behind their language; `>>` appends to it. */
function blocksOf(guide: string): Block[] {
  return [...guide.matchAll(/^```(\w+) (>> )?(\S+\/\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', append, file = '', body = '']) => ({ language, append: append !== undefined, file, body }),
  );
}

/** A text with the `+` lines of a diff put in behind its first lines, which must stand together somewhere. */
function patched(text: string, diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const context = lines
    .filter((line) => line.startsWith(' '))
    .map((line) => `${line.slice(1)}\n`)
    .join('');
  const added = lines
    .filter((line) => line.startsWith('+'))
    .map((line) => `${line.slice(1)}\n`)
    .join('');
  if (!text.includes(context)) throw new Error(`docs/authors.md changes what is not there:\n${context}`);
  return text.replace(context, () => context + added);
}

beforeAll(() => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-authors-'));
  cpSync(path.join(ROOT, 'rules'), path.join(work, 'rules'), { recursive: true });
  for (const { language, append, file, body } of blocksOf(readFileSync(path.join(ROOT, 'docs/authors.md'), 'utf8'))) {
    const full = path.join(work, file);
    mkdirSync(path.dirname(full), { recursive: true });
    const before = append || language === 'diff' ? readFileSync(full, 'utf8') : '';
    writeFileSync(full, language === 'diff' ? patched(before, body) : before + body);
  }
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

it('loads without a mistake, and without a warning of its own', () => {
  const { status, stdout } = podnet(['rules', 'lint', path.join(work, 'rules')]);
  expect(stdout).toContain('0 errors');
  expect(stdout.split('\n').filter((line) => line.includes('fail2ban'))).toEqual([]);
  expect(status).toBe(0);
});

it('wins its hit and loses its near miss', () => {
  const cases = path.join(work, 'test/cases');
  const { status, stdout } = podnet(['rules', 'test', '--rules', path.join(work, 'rules'), cases]);
  expect(stdout).toContain('2 passed, 0 failed');
  expect(status).toBe(0);
});

it('has its pages in the handbook', () => {
  const folder = path.join(work, 'handbook');
  podnet(['rules', 'docs', '--rules', path.join(work, 'rules'), folder]);
  const page = readFileSync(path.join(folder, 'en/unreachable/fail2ban-bans-peer.md'), 'utf8');
  expect(page).toContain('fail2ban-client unban PEER_NODE');
  expect(page).toContain('alert: Fail2banBansPeer');
});
