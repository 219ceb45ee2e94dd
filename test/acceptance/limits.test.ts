import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { build, podnet } from '../cli/podnet.js';
import { tarOf } from '../facts/bundle/archive-writers.js';
import { answerTo, causesOf, schemaErrors } from './answer.js';
import { entriesOf, type Files, filesOf, recordingOf, writeFiles } from './bundle-files.js';

/** Nothing may take longer, on the slowest machine that tests run on. Milliseconds. */
const SOON = 60_000;

const CAUSE = 'bridge-nf-call-disabled';

let work: string;
let files: Files;

beforeAll(async () => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-test-'));
  files = await filesOf(recordingOf(CAUSE));
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

/** What the command line answers, from a process of its own with no more memory than Node takes by itself. */
function told(bundle: string): Diagnosis {
  const { status, stdout, stderr } = podnet(['diagnose', '--format', 'json', bundle]);
  expect([0, 1, 3, 4], stderr).toContain(status);
  const answer = JSON.parse(stdout) as Diagnosis;
  expect(schemaErrors(answer)).toBeUndefined();
  return answer;
}

const problemsOf = ({ input }: Diagnosis) =>
  input.problems.map(({ file, line, message }) => `${file}:${line ?? ''} ${message}`).join('\n');

describe('the cause is still named, soon, beside', () => {
  test('20,000 tiny files', { timeout: SOON }, () => {
    const many = new Map<string, Buffer>(files);
    for (let i = 0; i < 20_000; i += 1) many.set(`nodes/n${1 + (i % 3)}/tiny/${i}`, Buffer.from(`${i}\n`));
    const answer = told(writeFiles(many, path.join(work, 'tiny')));
    expect(causesOf(answer)[0]).toBe(CAUSE);
    expect(answer.input.unrecognised.length).toBeGreaterThanOrEqual(20_000);
  });

  test('one log of 100 MB', { timeout: SOON }, () => {
    const line =
      'Mar  1 02:11:09 n2 kubelet[1234]: I0301 02:11:09.114321 1234 reconciler.go:221] "operationExecutor.MountVolume started for volume"\n';
    const folder = writeFiles(files, path.join(work, 'log'));
    writeFiles(new Map([['logs/kubelet/n2.log', Buffer.alloc(100 * 1024 * 1024, line)]]), folder);
    expect(causesOf(told(folder))[0]).toBe(CAUSE);
  });

  test('a line of 50 MB, in a log, a probe and a list of sockets', { timeout: SOON }, () => {
    const long = Buffer.alloc(50 * 1024 * 1024, 'timeout error 10.244.1.2:53 -A KUBE "');
    const folder = writeFiles(files, path.join(work, 'line'));
    writeFiles(
      new Map([
        ['logs/coredns/x.log', long],
        ['nodes/n1/ss_-tan', long.subarray(0, 9e6)],
        ['nodes/n1/ping_-c_1_10.244.1.9', long.subarray(0, 9e6)],
      ]),
      folder,
    );
    const answer = told(folder);
    expect(causesOf(answer)[0]).toBe(CAUSE);
    expect(problemsOf(answer)).toContain('logs/coredns/x.log:1 line longer than 1 MB: cut');
  });

  test('bytes of other encodings', async () => {
    const mixed = new Map(files);
    const route = files.get('nodes/n1/ip_route')!.toString();
    mixed.set('nodes/n1/ip_route', Buffer.from(`\ufeff${route.replaceAll('\n', '\r\n')}`, 'utf16le'));
    mixed.set('nodes/n3/ip_route', Buffer.from(`\ufeff${files.get('nodes/n3/ip_route')!.toString()}`));
    const gbk = Buffer.from('b6aab0fcc2ca2031303025a3acb3acca b1'.replaceAll(' ', ''), 'hex');
    mixed.set('logs/system/n1.log', Buffer.concat([gbk, Buffer.from('\n'), gbk]));
    mixed.set(
      'nodes/n2/ip_neigh',
      Buffer.concat([files.get('nodes/n2/ip_neigh')!, Buffer.from('x'.repeat(5000)), Buffer.from('\n\0\0\0\n')]),
    );
    const { diagnosis } = await answerTo(mixed);
    expect(causesOf(diagnosis)[0]).toBe(CAUSE);
    expect(
      diagnosis.input.problems.some(({ file, message }) => file === 'nodes/n2/ip_neigh' && /NUL/.test(message)),
    ).toBe(true);
    expect(diagnosis.input.problems.filter(({ file }) => file.endsWith('ip_route'))).toEqual([]);
  });

  test('names of 5,000 characters, in paths and in objects', { timeout: SOON }, async () => {
    const name = 'x'.repeat(5000);
    const mixed = new Map(files);
    const pods = JSON.parse(files.get('cluster/pods.json')!.toString()) as { items: { metadata: { name: string } }[] };
    pods.items.push(
      ...pods.items.map((pod) => ({ ...pod, metadata: { ...pod.metadata, name: name + pod.metadata.name } })),
    );
    mixed.set('cluster/pods.json', Buffer.from(JSON.stringify(pods)));
    mixed.set(`nodes/${'y'.repeat(900)}/ip_route`, Buffer.from('default via 10.0.0.1 dev eth0\n'));
    const bundle = path.join(work, 'names.tar');
    writeFileSync(
      bundle,
      await tarOf([
        ...entriesOf(mixed),
        { name: `nodes/${name}/ip_route`, content: 'x', pax: { path: `nodes/${name}/ip_route` } },
      ]),
    );
    const answer = told(bundle);
    expect(causesOf(answer)).toContain(CAUSE);
    expect(problemsOf(answer)).toContain('longer than 1024 characters: not read');
    const { stdout } = podnet(['diagnose', bundle]);
    expect(stdout.length).toBeLessThan(100_000);
  });
});

describe('a problem of its file only is', () => {
  const DEEP = 200_000;

  test.each<[string, string, string | Buffer, RegExp]>([
    ['JSON nested 200,000 deep', 'cluster/pods.json', `{"items": ${'['.repeat(DEEP)}`, /ends within/],
    [
      'an object nested as deep',
      'cluster/services.json',
      `{"items": [{"kind": "Service", "spec": ${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}}]}`,
      /nested deeper|ends within/,
    ],
    [
      'facts nested as deep',
      'facts.json',
      `{"version": 1, "reachability": ${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
      /deep|this entry of reachability/,
    ],
    ['YAML nested as deep', 'facts.yaml', `version: 1\nreachability: ${'['.repeat(DEEP)}${']'.repeat(DEEP)}\n`, /deep/],
    [
      'YAML nested by indents',
      'facts.yaml',
      `version: 1\nanswers:\n${Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i + 1)}a:\n`).join('')}`,
      /./,
    ],
    ['an index that is none', 'index.jsonl', '[\n{"file": 1}\n', /not an index line/],
    [
      'a program in place of an output',
      'nodes/n1/ip_route',
      Buffer.from('7f454c460201010000000000000000000300b70001000000', 'hex'),
      /binary/,
    ],
  ])('%s', { timeout: SOON }, async (_, file, content, message) => {
    const { diagnosis, told: json } = await answerTo(new Map(files).set(file, Buffer.from(content)));
    expect(schemaErrors(json)).toBeUndefined();
    expect(causesOf(diagnosis)[0]).toBe(CAUSE);
    expect(problemsOf(diagnosis)).toMatch(new RegExp(`${file.replaceAll('.', '\\.')}:.*(?:${message.source})`));
    expect(diagnosis.input.problems.filter((problem) => problem.message.startsWith('internal'))).toEqual([]);
  });

  test('a YAML alias bomb in facts.yaml', { timeout: SOON }, async () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`,
    );
    const bomb = `version: 1\nl0: &l0 [lol, lol]\n${levels.join('\n')}\nreachability: *l30\ncomplaint: *l30\n`;
    const { diagnosis, text } = await answerTo(new Map(files).set('facts.yaml', Buffer.from(bomb)));
    expect(causesOf(diagnosis)[0]).toBe(CAUSE);
    expect(diagnosis.input.problems.filter(({ file }) => file === 'facts.yaml').length).toBeGreaterThan(0);
    expect(text.length).toBeLessThan(100_000);
  });

  test('a list of 20,000 attempts of one kind, which is read', { timeout: SOON }, async () => {
    const attempt = (i: number) =>
      `  - {from: {kind: pod, node: n${i % 50}, ip: 10.244.${i % 50}.5}, to: {kind: pod, node: n${i % 49}, ip: 10.244.${i % 49}.7}, proto: icmp, ok: ${i % 3 > 0}}\n`;
    const list = `version: 1\nreachability:\n${Array.from({ length: 20_000 }, (_, i) => attempt(i)).join('')}`;
    const { diagnosis } = await answerTo(new Map([['facts.yaml', Buffer.from(list)]]));
    expect(diagnosis.seen.flows).toBeGreaterThan(0);
  });
});
