import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from './podnet.js';

let checkout: string;

/** A checkout with nothing in it but what set-up looks at; its build only says that it ran. */
beforeEach(() => {
  checkout = mkdtempSync(path.join(tmpdir(), 'podnet-setup-'));
  for (const folder of ['src', 'rules', 'node_modules', 'dist/bin']) {
    mkdirSync(path.join(checkout, folder), { recursive: true });
  }
  cpSync(path.join(ROOT, 'scripts/setup.mjs'), path.join(checkout, 'scripts/setup.mjs'));
  cpSync(path.join(ROOT, 'podnet'), path.join(checkout, 'podnet'));
  manifest('>=20.19', 'exit 0');
  touch('package-lock.json', 0);
  touch('node_modules/.package-lock.json', 1);
  touch('src/main.ts', 2);
  touch('dist/bin/podnet.js', 3);
  touch('dist/rulebook.json', 3);
  for (const folder of ['src', 'rules']) utimesSync(path.join(checkout, folder), 2, 2);
});

afterEach(() => rmSync(checkout, { recursive: true }));

function manifest(engine: string, build: string): void {
  const content = { name: 'checkout', version: '0.0.0', engines: { node: engine }, scripts: { build } };
  writeFileSync(path.join(checkout, 'package.json'), JSON.stringify(content));
}

/** An empty file that was changed at a time: seconds, small. */
function touch(name: string, time: number): void {
  writeFileSync(path.join(checkout, name), '');
  utimesSync(path.join(checkout, name), time, time);
}

function setUp(env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['podnet'], {
    cwd: checkout,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { status, stdout, stderr };
}

test('is silent when nothing is to do', () => {
  expect(setUp()).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('builds where a source is newer than the build, and says so on standard error', () => {
  manifest('>=20.19', 'echo built');
  touch('rules/facts.yaml', 4);
  const { status, stdout, stderr } = setUp();
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(stderr).toMatch(/^podnet: building\n[\s\S]*built\n/);
});

test('a build that fails is no answer: status 70, and what shows why', () => {
  manifest('>=20.19', 'exit 1');
  touch('src/main.ts', 4);
  const { status, stderr } = setUp();
  expect(status).toBe(70);
  expect(stderr).toContain('set-up failed: `npm run --silent build`');
});

test("does not install through a link: the folder behind it is another checkout's", () => {
  touch('package-lock.json', 2);
  renameSync(path.join(checkout, 'node_modules'), path.join(checkout, 'other'));
  symlinkSync('other', path.join(checkout, 'node_modules'));
  expect(setUp()).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('a Node.js that is too old is told which is needed', () => {
  manifest('>=999.1', 'exit 0');
  const { status, stderr } = setUp();
  expect(status).toBe(70);
  expect(stderr).toContain('needs Node.js 999.1 or later');
});

test('npm that is missing is named', () => {
  touch('src/main.ts', 4);
  const { status, stderr } = setUp({ PATH: checkout });
  expect(status).toBe(70);
  expect(stderr).toContain('npm is needed');
});

test('a build that is broken is status 70', () => {
  writeFileSync(path.join(checkout, 'dist/bin/podnet.js'), 'throw new Error("torn");');
  utimesSync(path.join(checkout, 'dist/bin/podnet.js'), 3, 3);
  expect(setUp()).toMatchObject({ status: 70, stderr: 'podnet: cannot start: torn\n' });
});
