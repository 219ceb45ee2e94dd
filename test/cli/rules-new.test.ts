import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, podnet, ROOT } from './podnet.js';

let work: string;
let rules: string;

beforeAll(() => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-new-'));
  rules = path.join(work, 'rules');
  cpSync(path.join(ROOT, 'rules'), rules, { recursive: true });
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

const create = (id: string, ...more: string[]) =>
  podnet(['rules', 'new', id, '--rules', rules, '--cases', path.join(work, 'cases'), ...more]);

test('begins a cause and its two cases, and the lint asks for what is to be written', () => {
  const { status, stdout } = create('fan-too-loud', '--category', 'unreachable');
  expect(status).toBe(0);
  expect(stdout).toContain('fan-too-loud/near-miss/expected.yaml');
  const lint = podnet(['rules', 'lint', rules]);
  expect(lint.status).toBe(1);
  for (const key of ['en', 'breaks', 'evidence', 'fix', 'verify', 'references'])
    expect(lint.stdout).toMatch(new RegExp(`fan-too-loud\\.yaml:\\d+:\\d+: "${key}" has no value`));
  expect(lint.stdout.split('\n').filter((line) => /^error/.test(line) && !line.includes('has no value'))).toEqual([]);
  rmSync(path.join(rules, 'causes/unreachable/fan-too-loud.yaml'));
});

test('what is no fault has no steps to fill in', () => {
  expect(create('lamp-is-green', '--category', 'not-a-fault').status).toBe(0);
  const file = path.join(rules, 'causes/not-a-fault/lamp-is-green.yaml');
  expect(readFileSync(file, 'utf8')).toContain('fix: []');
  rmSync(file);
});

test.each([
  ['an id that is none', ['Fan_Loud', '--category', 'unreachable'], 'is no id'],
  ['an id that is taken', ['ip-forward-disabled', '--category', 'unreachable'], 'is there already'],
  ['a category that is none', ['fan', '--category', 'unreachabel'], 'unreachable?'],
  ['no category', ['fan'], '--category <category> is missing'],
])('%s is status 2, and nothing is written', (_, [id = '', ...more], message) => {
  const { status, stderr } = create(id, ...more);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
  expect(podnet(['rules', 'lint', rules]).stdout).toContain('0 errors');
});
