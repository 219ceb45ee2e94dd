import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { DIAGNOSIS_SCHEMA } from '../../src/report/schema.js';
import { displayWidth } from '../../src/report/wrap.js';
import { build, EXAMPLE, main, podnet } from './podnet.js';

let empty: string;

beforeAll(() => {
  build();
  empty = mkdtempSync(path.join(tmpdir(), 'podnet-test-'));
}, 120_000);

afterAll(() => rmSync(empty, { recursive: true }));

describe('the example', () => {
  test('is diagnosed: the verdict first, status 1, nothing on standard error', () => {
    const { status, stdout, stderr } = podnet(['diagnose', EXAMPLE]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout.split('\n').slice(0, 3).join(' ')).toContain('bridge-nf-call-iptables');
    expect(stdout).toContain('bridge-nf-call-disabled on node/n2');
    expect(stdout).toContain('sysctl -w net.bridge.bridge-nf-call-iptables=1');
    expect(stdout).toMatch(/nodes\/n2\/sysctl_-a:\d+/);
    expect(stdout).not.toContain('\u001b');
  });

  test('is diagnosed as JSON, in English wherever it is run', () => {
    const { status, stdout } = podnet(['diagnose', '--format', 'json', EXAMPLE], { env: { PODNET_LANG: 'zh' } });
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    const validate = new Ajv2020.Ajv2020({ allowUnionTypes: true }).compile(DIAGNOSIS_SCHEMA);
    expect(validate(diagnosis), JSON.stringify(validate.errors)).toBe(true);
    expect(status).toBe(1);
    expect(diagnosis.lang).toBe('en');
    expect(diagnosis.diagnoses[0]).toMatchObject({ cause: 'bridge-nf-call-disabled', subjects: ['node/n2'] });
  });

  test('is diagnosed as Markdown', () => {
    const { status, stdout } = podnet(['diagnose', '--format', 'markdown', EXAMPLE]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^# \S/);
    expect(stdout).toContain('```sh');
  });

  test('is diagnosed in Chinese, by option or by environment', () => {
    const { stdout } = podnet(['diagnose', '--lang', 'zh', EXAMPLE]);
    expect(stdout).toContain('根因');
    expect(podnet(['diagnose', EXAMPLE], { env: { PODNET_LANG: 'zh_CN' } }).stdout).toBe(stdout);
    expect(podnet(['diagnose', EXAMPLE], { env: { PODNET_LANG: '', LC_ALL: 'zh_CN.UTF-8' } }).stdout).toBe(stdout);
  });

  test.each(['en', 'zh'])('holds on 80 columns in %s, commands aside', (lang) => {
    const { stdout } = podnet(['diagnose', '--lang', lang, EXAMPLE]);
    // Commands stand eight columns in, references behind a dash.
    const wide = stdout.split('\n').filter((line) => displayWidth(line) > 80 && !/^( {8}\S|\s+- https?:)/.test(line));
    expect(wide).toEqual([]);
  });

  test('gets the same answer to the byte each time', () => {
    const once = podnet(['diagnose', '--format', 'json', EXAMPLE]).stdout;
    expect(podnet(['diagnose', '--format', 'json', EXAMPLE]).stdout).toBe(once);
  });

  test('shows as many causes as are asked for', () => {
    const json = podnet(['diagnose', '--format', 'json', '--top', '1', EXAMPLE]).stdout;
    expect((JSON.parse(json) as Diagnosis).diagnoses).toHaveLength(1);
  });

  test('needs no terminal to be read to its end', () => {
    const { stdout, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" "$1" diagnose "$2" | head -n 1', process.execPath, main, EXAMPLE],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('');
  });
});

describe('too little', () => {
  test('an empty folder is never healthy', () => {
    const { status, stdout } = podnet(['diagnose', empty]);
    expect(status).toBe(4);
    expect(stdout).not.toMatch(/healthy/i);
  });

  test('a text that says nothing is read from standard input, and is too little', () => {
    const { status, stdout } = podnet(['diagnose', '-'], { stdin: 'hello\n' });
    expect(status).toBe(4);
    expect(stdout).toContain('Files not recognised: 1');
  });
});

describe('usage', () => {
  test.each<[string, string[], RegExp]>([
    ['no bundle', ['diagnose'], /<bundle> is missing/],
    ['a bundle that is not there', ['diagnose', 'no-such-bundle'], /no-such-bundle: no such file/],
    ['an unknown option', ['diagnose', '--formt', 'json', 'x'], /unknown option --formt; did you mean --format\?/],
    ['an unknown command', ['diagnos', 'x'], /unknown command diagnos; did you mean diagnose\?/],
    ['an unknown format', ['diagnose', '--format', 'xml', 'x'], /--format takes text, json, markdown, not xml/],
    ['an unknown language', ['diagnose', '--lang', 'fr', 'x'], /--lang takes en, zh, not fr/],
    ['an option without its value', ['diagnose', 'x', '--top'], /--top <n> needs a value/],
    ['no causes at all', ['diagnose', '--top', '0', 'x'], /--top takes a whole number from 1, not 0/],
    ['rules that are not there', ['diagnose', '--rules', 'no-such-rules', 'x'], /no-such-rules/],
  ])('%s is status 2, with what to do, and no answer', (_, args, message) => {
    const { status, stdout, stderr } = podnet(args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('is told in Chinese too', () => {
    const { status, stderr } = podnet(['diagnose', '--formt', 'x'], { env: { PODNET_LANG: 'zh' } });
    expect(status).toBe(2);
    expect(stderr).toContain('未知选项 --formt');
    expect(stderr).not.toContain('unknown');
  });

  test('a hostile name of a file reaches no terminal', () => {
    const { stderr } = podnet(['diagnose', 'a\u001b[31m\u202eb']);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('trouble', () => {
  test('an error of podnet itself is one line and status 70', () => {
    const broken = { NODE_OPTIONS: '--import data:text/javascript,Intl.Segmenter=undefined' };
    const { status, stdout, stderr } = podnet(['diagnose', EXAMPLE], { env: broken });
    expect(status).toBe(70);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^podnet: internal error: .*report.*\n$/);
    const debug = podnet(['diagnose', EXAMPLE], { env: { ...broken, PODNET_DEBUG: '1' } });
    expect(debug.stderr).toMatch(/^\s+at /m);
  });

  test('an interrupt is status 130', async () => {
    const child = spawn(process.execPath, [main, 'diagnose', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
    // By then it waits for standard input.
    setTimeout(() => child.kill('SIGINT'), 1000);
    const status = await new Promise((resolve) => child.on('exit', resolve));
    child.stdin.destroy();
    expect(status).toBe(130);
  });

  test('a malformed file is a problem of the answer, with a warning when it is piped', () => {
    const bad = path.join(empty, 'facts.yaml');
    writeFileSync(bad, 'version: 1\nreachability: [\n');
    const { status, stdout, stderr } = podnet(['diagnose', bad]);
    expect(status).toBe(4);
    expect(stdout).toContain('Problems with the input: 1');
    expect(stderr).toContain('1 problems with the input');
    expect(podnet(['diagnose', '--quiet', bad]).stderr).toBe('');
    rmSync(bad);
  });
});
