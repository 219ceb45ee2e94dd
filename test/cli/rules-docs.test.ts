import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, podnet } from './podnet.js';

let work: string;

beforeAll(() => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-docs-'));
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

test('writes a page for each cause in both languages, and then has nothing to write', () => {
  const folder = path.join(work, 'written');
  expect(podnet(['rules', 'docs', folder]).status).toBe(0);
  expect(readFileSync(path.join(folder, 'zh/service/bridge-nf-call-disabled.md'), 'utf8')).toMatch(/^# 网桥/m);
  expect(podnet(['rules', 'docs', '--check', folder])).toMatchObject({ status: 0 });
  expect(podnet(['rules', 'docs', folder]).stdout).toContain(' 0 written, 0 removed');
});

test('--check names the pages that differ, writes nothing and has status 1', () => {
  const folder = path.join(work, 'checked');
  podnet(['rules', 'docs', folder]);
  const page = path.join(folder, 'en/service/bridge-nf-call-disabled.md');
  const changed = `${readFileSync(page, 'utf8')}more\n`;
  writeFileSync(page, changed);
  rmSync(path.join(folder, 'en/README.md'));
  const { status, stdout } = podnet(['rules', 'docs', '--check', folder]);
  expect(status).toBe(1);
  expect(stdout).toContain('en/README.md: missing');
  expect(stdout).toContain('bridge-nf-call-disabled.md: differs from the rules');
  expect(readFileSync(page, 'utf8')).toBe(changed);
});

test('a page whose cause is gone is removed, and what others wrote stays', () => {
  const folder = path.join(work, 'stale');
  podnet(['rules', 'docs', folder]);
  const mark = readFileSync(path.join(folder, 'en/README.md'), 'utf8').split('\n', 1)[0];
  mkdirSync(path.join(folder, 'en/gone'));
  writeFileSync(path.join(folder, 'en/gone/old-cause.md'), `${mark}\n\n# Old\n`);
  writeFileSync(path.join(folder, 'en/notes.md'), '# Mine\n');
  expect(podnet(['rules', 'docs', '--check', folder]).stdout).toContain('en/gone/old-cause.md: its cause is gone');
  expect(podnet(['rules', 'docs', folder]).stdout).toContain('1 removed');
  expect(existsSync(path.join(folder, 'en/gone'))).toBe(false);
  expect(existsSync(path.join(folder, 'en/notes.md'))).toBe(true);
});

test('a file of somebody else in the place of a page is not written over', () => {
  const folder = path.join(work, 'foreign');
  mkdirSync(path.join(folder, 'en'), { recursive: true });
  writeFileSync(path.join(folder, 'en/README.md'), '# Mine\n');
  const { status, stderr } = podnet(['rules', 'docs', folder]);
  expect(status).toBe(2);
  expect(stderr).toContain('en/README.md: is no page that podnet wrote');
  expect(readFileSync(path.join(folder, 'en/README.md'), 'utf8')).toBe('# Mine\n');
  expect(existsSync(path.join(folder, 'zh'))).toBe(false);
});
