import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-status.js';
import { build, podnet, ROOT } from './podnet.js';

const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

/** What the README tells the reader to type; the tests themselves are what is running. */
const COMMANDS = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap((match) => match[1]!.trim().split('\n'))
  .filter((command) => command !== 'npm test');

/** A diagnosis of a fault is status 1, of answers as well, and so are a capture and a walk that show one. */
const expectedStatus = (command: string): number =>
  / (?:diagnose|capture|walk|--answers) /.test(command) ? EXIT.diagnosed : EXIT.healthy;

function run(command: string, cwd: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, npm_config_prefer_offline: 'true' },
  });
  return { status, output: stdout + stderr };
}

let scratch: string;

beforeAll(() => {
  build();
  scratch = mkdtempSync(path.join(tmpdir(), 'podnet-readme-'));
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true }));

test('names the two commands', () => {
  expect(README).toContain('\nnpm test\n');
  expect(COMMANDS[0]).toMatch(/^\.\/podnet diagnose examples\//);
});

test.each(COMMANDS)('`%s` works', (command) => {
  const { status, output } = run(command, ROOT);
  expect(status, output).toBe(expectedStatus(command));
});

test('shows what podnet really answers', () => {
  const { status, output } = run('node scripts/readme.mjs --check', ROOT);
  expect(status, output).toBe(0);
});

test('lists every exit status', () => {
  const listed = [...README.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
  expect(listed).toEqual(Object.values(EXIT));
});

test('its sample of facts.yaml is understood', () => {
  const sample = /^```yaml\n([\s\S]*?)^```$/m.exec(README)![1]!;
  const file = path.join(scratch, 'facts.yaml');
  writeFileSync(file, sample);
  const { stdout } = podnet(['diagnose', file]);
  expect(stdout).toContain('Files recognised: 1');
  expect(stdout).not.toContain('Problems with the input');
  expect(stdout).toContain('flows 2');
});

test('every file that it links to is there', () => {
  for (const match of README.matchAll(/\]\(([^):]+)\)/g)) expect(existsSync(path.join(ROOT, match[1]!))).toBe(true);
});

// Installs and builds from nothing, which takes its time and a registry: asked for by PODNET_REQUIRE=all.
describe.skipIf(process.env.PODNET_REQUIRE !== 'all')('straight after git clone', () => {
  test('every command works, in the order of the README', { timeout: 300_000 }, () => {
    const list = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(list.status, list.stderr).toBe(0);
    const clone = path.join(scratch, 'clone');
    for (const file of list.stdout.split('\0')) {
      // A tracked file may have been deleted.
      if (file !== '' && existsSync(path.join(ROOT, file))) cpSync(path.join(ROOT, file), path.join(clone, file));
    }
    for (const command of COMMANDS) {
      const { status, output } = run(command, clone);
      expect(status, `${command}\n${output}`).toBe(expectedStatus(command));
    }
  });
});
