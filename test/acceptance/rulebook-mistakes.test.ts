import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, EXAMPLE, podnet, ROOT } from '../cli/podnet.js';

const EVIDENCE = 'evidence/kernel.yaml';
const CAUSE = 'causes/service/bridge-nf-call-disabled.yaml';

let work: string;

beforeAll(() => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-test-'));
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

/** The rules that podnet comes with, with one text in one file exchanged for another. */
function rulesWith(name: string, file: string, from: string | RegExp, to: string): string {
  const folder = path.join(work, name.replaceAll(/\W+/g, '-'));
  cpSync(path.join(ROOT, 'rules'), folder, { recursive: true });
  const before = readFileSync(path.join(folder, file), 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has no ${from}`);
  writeFileSync(path.join(folder, file), after);
  return folder;
}

describe('rules with a mistake do not load, and file, line and column are named:', () => {
  test.each<[string, string, string | RegExp, string, RegExp]>([
    [
      'an unknown key of an evidence',
      EVIDENCE,
      /\n {2}elsewhere:/,
      '\n  elsewere: rare\n  elsewhere:',
      /elsewere.*did you mean.*elsewhere/,
    ],
    ['an unknown key of a cause', CAUSE, /\nprior:/, '\npriority: high\nprior:', /priority/],
    ['an unknown operator', EVIDENCE, 'operator: equal,', 'operator: equals,', /equals.*did you mean.*equal/],
    [
      'an unknown evidence',
      CAUSE,
      'id: bridge-nf-call-iptables-off',
      'id: bridge-nf-call-iptable-off',
      /bridge-nf-call-iptable-off.*did you mean/,
    ],
    [
      'an unknown fact',
      EVIDENCE,
      'fact: sysctl.net.bridge.bridge-nf-call-iptables,',
      'fact: sysctl.net.bridge.bridge-nf-calls,',
      /bridge-nf-calls/,
    ],
    ['an unknown word of frequency', EVIDENCE, /elsewhere: \w+/, 'elsewhere: seldom', /seldom/],
    ['a number where a word belongs', EVIDENCE, /elsewhere: \w+/, 'elsewhere: 0.3', /0\.3/],
    ['an unknown word of a cause', CAUSE, /prior: \w+/, 'prior: usual', /usual/],
    ['an empty group', EVIDENCE, /when: \{all: \[\{.*\}\]\}|when: \{fact.*\}|when: .*/, 'when: {any: []}', /any|empty/],
    [
      'all beside any',
      EVIDENCE,
      /when: .*/,
      'when: {all: [{fact: os, operator: equal, value: x}], any: [{fact: os, operator: equal, value: y}]}',
      /all|any/,
    ],
    [
      'a truth compared with a text',
      EVIDENCE,
      /(fact: forwarding\.off, operator: equal, value: )true/,
      '$1"yes"',
      /yes|boolean/,
    ],
    ['a leg that is none', CAUSE, 'pod>clusterip@same-node', 'pod>clusterp@same-node', /clusterp/],
    ['a placeholder that nothing fills', CAUSE, /run: "?sysctl -w/, 'run: "echo {nod}; sysctl -w', /nod/],
    ['YAML that is none', CAUSE, /\nscope: /, '\nscope: [', /./],
    ['a duplicate key', CAUSE, /\nscope: (\w+)/, '\nscope: $1\nscope: $1', /duplicate key/],
  ])('%s', (name, file, from, to, message) => {
    const folder = rulesWith(name, file, from, to);
    const placed = new RegExp(`${path.basename(file).replace('.', '\\.')}:\\d+:\\d+: `);
    const { status, stdout, stderr } = podnet(['diagnose', '--rules', folder, EXAMPLE]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(placed);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    const lint = podnet(['rules', 'lint', folder]);
    expect(lint.status).not.toBe(0);
    expect(lint.stdout).toMatch(placed);
    expect(lint.stdout).toMatch(message);
  });

  test.each<[string, string, string]>([
    ['a cause that stands twice', CAUSE, 'causes/service/another.yaml'],
    ['evidence that stands twice', EVIDENCE, 'evidence/another.yaml'],
  ])('%s', (name, file, copy) => {
    const folder = rulesWith(name, file, /$/, '\n');
    cpSync(path.join(folder, file), path.join(folder, copy));
    const { status, stderr } = podnet(['diagnose', '--rules', folder, EXAMPLE]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/\.yaml:\d+:\d+: /);
    expect(podnet(['rules', 'lint', folder]).stdout).toMatch(/\.yaml:\d+:\d+: /);
  });

  test('a folder without rules, or with rules that nothing refers to', () => {
    const folder = path.join(work, 'few');
    cpSync(path.join(ROOT, 'rules/causes'), path.join(folder, 'causes'), { recursive: true });
    for (const dir of [folder, path.join(ROOT, 'test/acceptance'), '/nonexistent']) {
      const { status, stdout, stderr } = podnet(['diagnose', '--rules', dir, EXAMPLE]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/\S/);
    }
  });
});
