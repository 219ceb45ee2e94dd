import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AskedQuestion } from '../../src/ask/interview.js';
import { build, EXAMPLE, podnet, type Surroundings } from './podnet.js';

beforeAll(build, 120_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'podnet-ask-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ask = (args: readonly string[], surroundings: Surroundings = {}) =>
  podnet(['ask', ...args], { cwd: folder, ...surroundings });

function write(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text);
  return name;
}

const FORWARDING = '[root@n1 ~]# sysctl net.ipv4.ip_forward\nnet.ipv4.ip_forward = 0\n';

/** A pod that cannot reach another node, whose node does not forward. */
const ANSWERS = JSON.stringify([
  { question: 'symptom@n1,n2', value: 'pods-apart-unreachable' },
  { question: 'ping-own-node@n1', value: 'works', pasted: FORWARDING },
  { question: 'restart-agent-helps', value: 'unknown' },
]);

interface Questions {
  version: number;
  questions: AskedQuestion[];
  leading: { cause: string }[];
  contradictions: { questions: string[] }[];
  refused: { question: string }[];
}

describe('without a terminal', () => {
  test('and without answers the open questions are JSON, and the status says that nobody was asked', () => {
    const { status, stdout, stderr } = ask([]);
    expect(status).toBe(2);
    const { version, questions, contradictions } = JSON.parse(stdout) as Questions;
    expect({ version, contradictions }).toEqual({ version: 1, contradictions: [] });
    expect(questions[0]).toMatchObject({ id: 'symptom', kind: 'symptom' });
    expect(questions[0]!.choices.map(({ value }) => value)).toEqual(
      expect.arrayContaining(['pods-apart-unreachable', 'unknown']),
    );
    expect(stderr).toMatch(/^podnet: there is no terminal to ask in.*--answers FILE.*\n$/);
  });

  test('the questions are English for a program, unless told otherwise', () => {
    const env = { PODNET_LANG: 'zh' };
    const text = (args: string[]): string => (JSON.parse(ask(args, { env }).stdout) as Questions).questions[0]!.text;
    expect(text([])).toMatch(/^[ -~]+$/);
    expect(text(['--lang', 'zh'])).toMatch(/\p{Script=Han}/u);
  });

  test('--questions prints what is open after some answers, and succeeds', () => {
    const { status, stdout, stderr } = ask([
      '--questions',
      '--answers',
      write('a.yaml', 'symptom@n1,n2: pods-apart-unreachable'),
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { questions, leading } = JSON.parse(stdout) as Questions;
    expect(questions.map(({ id }) => id)).not.toContain('symptom');
    expect(questions[0]!.choices.map(({ value }) => value)).toContain('unknown');
    expect(leading.length).toBeGreaterThan(1);
  });

  test('--questions tells of answers that do not go together', () => {
    const answers = write('a.yaml', 'symptom@n1,n2: pods-apart-unreachable\nping-pod@n1,n2: works\n');
    const { contradictions } = JSON.parse(ask(['--questions', '--answers', answers]).stdout) as Questions;
    expect(contradictions.map(({ questions }) => questions)).toEqual([['ping-pod@n1,n2', 'symptom@n1,n2']]);
  });

  test('answers give the report of a diagnosis, with its status', () => {
    const { status, stdout, stderr } = ask(['--answers', write('a.json', ANSWERS)]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toMatch(/^Root cause \(\w+\): The node does not forward packets/);
    expect(stdout).toContain('Symptoms explained: 1 of 1');
  });

  test('answers are read from standard input, as JSON or as YAML', () => {
    const json = ask(['--answers', '-'], { stdin: ANSWERS });
    expect(json.status).toBe(1);
    expect(ask(['--answers', write('a.json', ANSWERS)]).stdout).toBe(json.stdout);
    expect(ask(['--answers', '-', '--format', 'json'], { stdin: 'symptom: pods-apart-unreachable' }).stdout).toMatch(
      /^\{/,
    );
  });

  test('answers that say nothing are too little', () => {
    const { status, stdout } = ask(['--answers', write('a.yaml', 'symptom: unknown\n')]);
    expect(status).toBe(4);
    expect(stdout).not.toMatch(/healthy/i);
  });

  test('an answer that cannot be used is told with its line, and the others are used', () => {
    const answers = write(
      'a.yaml',
      'symptom@n1,n2: pods-apart-unreachable\nping-own-node@n1: perhaps\nno-such-question: yes\n',
    );
    const { status, stdout, stderr } = ask(['--answers', answers]);
    expect(stderr).toMatch(/^podnet: a\.yaml:2: ping-own-node@n1: .*\npodnet: a\.yaml:3: no-such-question: .*\n$/);
    expect(stdout).toContain('As reported: A pod cannot reach a pod on another node');
    expect(status).not.toBe(2);
    expect(ask(['--quiet', '--answers', answers]).stderr).toBe('');
  });

  test('a paste of which nothing is recognised is told', () => {
    const { stderr } = ask(['--answers', '-'], { stdin: '{"symptom": {"pasted": "lorem ipsum\\n"}}' });
    expect(stderr).toMatch(/^podnet: stdin:1: symptom: .*recognised/);
  });
});

describe('a bundle', () => {
  test('that leaves something open is asked about', () => {
    const { status, stdout } = ask(['--bundle', EXAMPLE, '--questions']);
    expect(status).toBe(0);
    const { questions, leading } = JSON.parse(stdout) as Questions;
    expect(questions.map(({ id }) => id)).not.toContain('symptom');
    expect(leading[0]!.cause).toBe('bridge-nf-call-disabled');
  });

  test('without any answer is diagnosed as it is', () => {
    expect(ask(['--bundle', EXAMPLE, '--answers', '-'], { stdin: '[]' })).toEqual(podnet(['diagnose', EXAMPLE]));
  });

  test('on standard input is read', () => {
    const bundle = path.join(folder, 'b.txt');
    writeFileSync(bundle, FORWARDING);
    const { status, stdout } = ask(['--bundle', '-', '--questions'], { stdin: FORWARDING });
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as Questions).questions[0]!.id).toBe('symptom');
  });

  test('that is not there is bad usage', () => {
    const { status, stdout, stderr } = ask(['--bundle', 'no-such-bundle', '--questions']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/no-such-bundle: no such file/);
  });

  test('is collected here with --live, and only the rest is asked', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = ask([
      '--live',
      '--no-probes',
      '--pods',
      'none',
      '--node',
      'here',
      '--questions',
      '--quiet',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect((JSON.parse(stdout) as Questions).version).toBe(1);
  });
});

describe('a saved session', () => {
  test.each([['kept'], ['kept.tar'], ['kept.tgz'], ['kept.tar.gz']])('%s is diagnosed as it was', (name) => {
    const answers = write('a.json', ANSWERS);
    const told = ask(['--answers', answers, '--save', name]);
    expect(told.stderr).toBe(`podnet: Saved to ${name}. To go on: podnet ask --bundle ${name}\n`);
    for (const format of ['text', 'json', 'markdown']) {
      const { status, stdout } = podnet(['diagnose', '--format', format, path.join(folder, name)]);
      const again = ask(['--answers', answers, '--format', format]);
      expect(stdout).toBe(again.stdout);
      expect(status).toBe(again.status);
    }
    expect(statSync(path.join(folder, name)).isDirectory()).toBe(name === 'kept');
    if (name === 'kept.tar') expect(readFileSync(path.join(folder, name)).toString('latin1', 257, 262)).toBe('ustar');
  });

  test('holds the bundle that it began with', () => {
    const saving = ask(['--bundle', EXAMPLE, '--answers', '-', '--save', 'kept.tgz'], {
      stdin: 'same-node-backend-only: yes',
    });
    expect(saving.status).toBe(1);
    const { status, stdout } = podnet(['diagnose', path.join(folder, 'kept.tgz')]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: saving.stdout });
  });

  test('goes on with its answers, and another one changes what was answered', () => {
    ask(['--answers', write('a.json', ANSWERS), '--save', 'kept.tgz']);
    const { questions } = JSON.parse(ask(['--bundle', 'kept.tgz', '--questions']).stdout) as Questions;
    expect(questions.map(({ id }) => id)).not.toContain('symptom');
    const changed = ask(['--bundle', 'kept.tgz', '--answers', '-', '--save', 'kept.tgz'], {
      stdin: 'symptom@n1,n2: own-node-unreachable',
    });
    expect(changed.stdout).toContain('As reported: A pod cannot reach the node that it runs on');
    const { stdout } = podnet(['diagnose', path.join(folder, 'kept.tgz')]);
    expect(stdout).toBe(changed.stdout);
  });

  test('replaces nothing that it did not begin with, and says so before anything else', () => {
    write('kept.tgz', 'something else');
    const { status, stdout, stderr } = ask(['--save', 'kept.tgz', '--questions']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/kept\.tgz: exists already; --force replaces it/);
    expect(ask(['--save', 'kept.tgz', '--questions', '--force']).status).toBe(0);
    expect(readFileSync(path.join(folder, 'kept.tgz')).toString()).not.toBe('something else');
  });

  test.each([['kept.zip'], ['kept.yaml'], ['-'], ['no-such-folder/kept.tgz']])('is not kept as %s', (name) => {
    const { status, stdout } = ask(['--save', name, '--questions']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(existsSync(path.join(folder, name))).toBe(false);
  });

  test('that is malformed is told', () => {
    ask(['--answers', write('a.json', ANSWERS), '--save', 'kept']);
    write('kept/answers/interview.json', '{"version": 1, "answers": [');
    const { status, stdout, stderr } = ask(['--bundle', 'kept', '--questions']);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/answers\/interview\.json/);
  });
});

describe('usage', () => {
  test.each<[string, string[], RegExp]>([
    ['answers that are not there', ['--answers', 'none.yaml'], /none\.yaml: cannot be read \(ENOENT\)/],
    ['standard input twice', ['--answers', '-', '--bundle', '-'], /read once only/],
    ['an option of a collection without one', ['--node', 'n1'], /--node needs --live/],
    ['an unknown format', ['--format', 'xml'], /--format takes text, json, markdown/],
    ['a word too many', ['bundle'], /too many arguments/],
  ])('%s is status 2, with what to do, and no answer', (_, args, message) => {
    const { status, stdout, stderr } = ask(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('a mistake in the answers is told with file and line', () => {
    const { status, stdout, stderr } = ask(['--answers', write('a.yaml', 'symptom: x\nother: [1]\n')]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^podnet: a\.yaml:2: /);
  });

  test('help teaches how it goes, in both languages', () => {
    expect(ask(['--help']).stdout).toMatchSnapshot();
    expect(ask(['--help', '--lang', 'zh']).stdout).toMatchSnapshot();
  });
});
