import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, EXAMPLE, podnet } from './podnet.js';

let work: string;

beforeAll(() => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-test-'));
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

/** A folder with one case: the example, and what is expected of it. */
function caseFolder(name: string, expected: string, withBundle = true): string {
  const root = path.join(work, name);
  mkdirSync(path.join(root, 'some-cause', 'one'), { recursive: true });
  writeFileSync(path.join(root, 'some-cause', 'one', 'expected.yaml'), expected);
  if (withBundle) cpSync(EXAMPLE, path.join(root, 'some-cause', 'one', 'bundle'), { recursive: true });
  return root;
}

describe('rules list', () => {
  test('names each cause with its title, by category', () => {
    const { status, stdout } = podnet(['rules', 'list']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}bridge-nf-call-disabled {2,}\S/m);
    expect(podnet(['rules', 'list', '--lang', 'zh']).stdout).toMatch(/[\u4e00-\u9fff]/);
  });

  test('is a list in JSON', () => {
    const { stdout } = podnet(['rules', 'list', '--format', 'json']);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ id: 'bridge-nf-call-disabled', category: 'service' }),
    );
  });

  test('counts the cases that prove a cause and those that show it is not mistaken', () => {
    const root = caseFolder('counted', 'kind: hit\ncauses: [bridge-nf-call-disabled]\n');
    const second = path.join(root, 'some-cause', 'two');
    cpSync(path.join(root, 'some-cause', 'one'), second, { recursive: true });
    writeFileSync(path.join(second, 'expected.yaml'), 'kind: near-miss\nnotCauses: [bridge-nf-call-disabled]\n');
    const { stdout } = podnet(['rules', 'list', '--format', 'json', '--cases', root]);
    const causes = JSON.parse(stdout) as { id: string; cases: unknown }[];
    const cases = (id: string) => causes.find((cause) => cause.id === id)?.cases;
    expect(cases('bridge-nf-call-disabled')).toEqual({ hits: 1, nearMisses: 1 });
    expect(cases('ip-forward-disabled')).toEqual({ hits: 0, nearMisses: 0 });
    expect(podnet(['rules', 'list', '--cases', root]).stdout).toMatch(
      /^ {2}bridge-nf-call-disabled {2,}hits 1, near misses 1 {2}\S/m,
    );
  });

  test('counts the checkout’s own cases unless told otherwise', () => {
    const causes = JSON.parse(podnet(['rules', 'list', '--format', 'json']).stdout) as { cases: { hits: number } }[];
    expect(causes.every(({ cases }) => cases.hits >= 0)).toBe(true);
    expect(causes.some(({ cases }) => cases.hits > 0)).toBe(true);
  });

  test('titles are in the language that is asked for', () => {
    expect(podnet(['rules', 'list', '--format', 'json', '--lang', 'zh']).stdout).toMatch(/"title": ".*[\u4e00-\u9fff]/);
  });

  test('a folder of cases that is not there is status 2', () => {
    const { status, stderr } = podnet(['rules', 'list', '--cases', path.join(work, 'nowhere')]);
    expect(status).toBe(2);
    expect(stderr).toContain('no such folder of cases');
  });
});

describe('rules show', () => {
  test('tells why, by what, and how to fix it', () => {
    const { status, stdout } = podnet(['rules', 'show', 'bridge-nf-call-disabled']);
    expect(status).toBe(0);
    expect(stdout).toContain('Why it breaks');
    expect(stdout).toContain('pod>clusterip@same-node');
    expect(stdout).toContain('sysctl -w net.bridge.bridge-nf-call-iptables=1');
  });

  test('tells how a step is undone', () => {
    const { stdout } = podnet(['rules', 'show', 'bridge-nf-call-disabled']);
    expect(stdout).toMatch(/To undo:\n +sysctl -w net\.bridge\.bridge-nf-call-iptables=0/);
  });

  test('tells what a person is asked about it', () => {
    const { stdout } = podnet(['rules', 'show', 'bridge-nf-call-disabled']);
    expect(stdout).toMatch(/Asked about it\n +pod-address-works/);
    expect(stdout).toMatch(/Attempts that fail with it\n +\S+ +.*node-a/);
    const json = JSON.parse(podnet(['rules', 'show', '--format', 'json', 'bridge-nf-call-disabled']).stdout);
    expect(json.questions.answers).toContain('pod-address-works');
    expect(json.questions.works).toContain('ping-neighbour');
  });

  test('guesses what was meant', () => {
    const { status, stderr } = podnet(['rules', 'show', 'bridge-nf-call-disable']);
    expect(status).toBe(2);
    expect(stderr).toContain('did you mean bridge-nf-call-disabled?');
  });
});

describe('rules lint', () => {
  test('the rules that podnet comes with have no mistakes', () => {
    const { status, stdout } = podnet(['rules', 'lint']);
    expect(stdout).toContain('0 errors');
    expect(status).toBe(0);
  });

  test('a mistake is named with file, line and column', () => {
    const folder = path.join(work, 'rules');
    cpSync('rules', folder, { recursive: true });
    writeFileSync(path.join(folder, 'evidence', 'mistaken.yaml'), '- id: mistaken\n  subject: nod\n');
    const { status, stdout } = podnet(['rules', 'lint', folder]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^error .*mistaken\.yaml:\d+:\d+: /m);
    expect(podnet(['diagnose', '--rules', folder, EXAMPLE])).toMatchObject({ status: 2, stdout: '' });
  });

  test('a folder that is not there is status 2', () => {
    expect(podnet(['rules', 'lint', path.join(work, 'nowhere')]).status).toBe(2);
  });
});

describe('rules test', () => {
  test('a case that holds is ok', () => {
    const root = caseFolder('good', 'kind: hit\ncauses: [bridge-nf-call-disabled]\n');
    const { status, stdout } = podnet(['rules', 'test', root]);
    expect(stdout).toMatch(/^some-cause\/one +bridge-nf-call-disabled +1 .* ok$/m);
    expect(stdout).toMatch(/^1 passed, 0 failed$/m);
    expect(status).toBe(0);
  });

  test('a case that does not is FAIL and status 1', () => {
    const root = caseFolder('bad', 'kind: near-miss\nnotCauses: [bridge-nf-call-disabled]\n');
    const { status, stdout } = podnet(['rules', 'test', root]);
    expect(stdout).toContain('FAIL bridge-nf-call-disabled must not win');
    expect(status).toBe(1);
    expect(JSON.parse(podnet(['rules', 'test', '--format', 'json', root]).stdout)).toMatchObject({
      version: 1,
      results: [{ name: 'some-cause/one', ok: false }],
      summary: { failed: 1 },
      confusion: [{ taken: 'bridge-nf-call-disabled', mistaken: ['some-cause/one'] }],
    });
  });

  test('a hit that is listed as lost fails the run once it is won', () => {
    const root = caseFolder('won', 'kind: hit\ncauses: [bridge-nf-call-disabled]\nlost: the sysctl is not there\n');
    const { status, stdout } = podnet(['rules', 'test', '--quiet', root]);
    expect(stdout).toContain('FAIL listed as lost, and won');
    expect(status).toBe(1);
  });

  test('with --quiet what holds is only counted', () => {
    const root = caseFolder('quiet', 'kind: hit\ncauses: [bridge-nf-call-disabled]\n');
    const { stdout } = podnet(['rules', 'test', '-q', root]);
    expect(stdout).not.toContain('some-cause/one');
    expect(stdout).toMatch(/^1 passed, 0 failed$/m);
  });

  test('with words moved and without the proof it is told how many cases hold', () => {
    const root = caseFolder('changed', 'kind: hit\ncauses: [bridge-nf-call-disabled]\n');
    const args = ['rules', 'test', '--moved', '20', '--seeds', '2', '--without-proof', '--format', 'json', root];
    const { status, stdout } = podnet(args);
    expect(JSON.parse(stdout)).toMatchObject({
      robustness: { moved: 0.2, cases: 1, seeds: [{ seed: 1 }, { seed: 2 }] },
      withoutProof: { counted: 1, among: 1, asked: 1, cases: [{ cause: 'bridge-nf-call-disabled', asked: true }] },
    });
    expect(status).toBe(0);
  });

  test.each([
    [['--moved', '0'], '--moved takes a whole number from 1 to 100, not 0'],
    [['--seeds', '3'], '--seeds goes with --moved'],
  ])('%j is status 2', (args, message) => {
    const { status, stderr } = podnet(['rules', 'test', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  test.each([
    ['no cases', () => work.concat('/nowhere'), /nowhere/],
    ['a mistake in expected.yaml', () => caseFolder('mistaken', 'kind: hitt\n'), /kind must be one of/],
    ['YAML that is none', () => caseFolder('broken', 'kind: [\n'), /expected\.yaml/],
    ['no bundle', () => caseFolder('bare', 'kind: healthy\n', false), /no bundle beside it/],
  ])('%s is status 2', (_, folder, message) => {
    const { status, stderr } = podnet(['rules', 'test', folder()]);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('a folder without cases is status 2', () => {
    mkdirSync(path.join(work, 'none'), { recursive: true });
    expect(podnet(['rules', 'test', path.join(work, 'none')])).toMatchObject({ status: 2, stdout: '' });
  });
});
