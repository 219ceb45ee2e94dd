import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { build, podnet } from '../cli/podnet.js';
import { tarOf, tgzOf, zipOf } from '../facts/bundle/archive-writers.js';
import { type Answer, answerTo, answerToBytes, causesOf, schemaErrors } from './answer.js';
import {
  entriesOf,
  FAULTS,
  type Files,
  filesOf,
  HEALTHY,
  isProbe,
  keep,
  recordingOf,
  writeFiles,
} from './bundle-files.js';

const RECORDING = recordingOf('bridge-nf-call-disabled');
const S_IFLNK = 0o120777;

let files: Files;
let work: string;

beforeAll(async () => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-test-'));
  files = await filesOf(RECORDING);
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

const problemsOf = ({ diagnosis }: Answer) =>
  diagnosis.input.problems.map(({ file, message }) => `${file}: ${message}`);

describe('cut short', () => {
  test.each([...FAULTS, HEALTHY])('every file of $name at half its length still gives an answer', async (recording) => {
    const halves = new Map(
      [...(await filesOf(recording))].map(([name, bytes]) => [name, bytes.subarray(0, bytes.length / 2)]),
    );
    const { diagnosis, told, text } = await answerTo(halves);
    expect(schemaErrors(told)).toBeUndefined();
    expect(text).toMatch(/\S/);
    if (recording === HEALTHY) expect(diagnosis.diagnoses).toEqual([]);
    const whole = diagnosis.input.problems.filter(({ line, packet }) => line === undefined && packet === undefined);
    expect(whole).toEqual([]);
    expect(diagnosis.input.problems.some(({ file, line }) => file === 'cluster/pods.json' && line !== undefined)).toBe(
      true,
    );
  });

  test('a tgz in its middle: what stands before is used, and where it was cut is said', async () => {
    // What decides stands first; what is behind the cut is a log that nobody needs.
    const spare = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `line ${i * 7919}\n`).join(''));
    const bytes = await tgzOf([...entriesOf(files), { name: 'logs/other/z.log', content: spare }]);
    const answer = await answerToBytes(bytes.subarray(0, bytes.length - 20_000), 'support.tgz');
    expect(causesOf(answer.diagnosis)[0]).toBe('bridge-nf-call-disabled');
    expect(problemsOf(answer)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^support\.tgz: cut short/),
        expect.stringMatching(/^logs\/other\/z\.log: .*cut/),
      ]),
    );
  });

  test.each([0.1, 0.3, 0.5, 0.7, 0.9])('a tgz, a tar and a zip at %f of their length never crash it', async (part) => {
    for (const bytes of [await tgzOf(entriesOf(files)), await tarOf(entriesOf(files)), zipOf(entriesOf(files))]) {
      const answer = await answerToBytes(bytes.subarray(0, bytes.length * part), 'support');
      expect(answer.diagnosis.input.problems.length).toBeGreaterThan(0);
      expect(problemsOf(answer).join('\n')).toMatch(/cut/);
      expect(schemaErrors(answer.told)).toBeUndefined();
    }
  });

  test('a tgz with a hole in its middle: what stands before is used', async () => {
    const bytes = await tgzOf(entriesOf(files));
    const middle = Math.floor(bytes.length * 0.6);
    bytes.fill(0, middle, middle + 64);
    const answer = await answerToBytes(bytes, 'support.tgz');
    expect(answer.diagnosis.input.recognised).toBeGreaterThan(50);
    expect(problemsOf(answer).join('\n')).toMatch(/^support\.tgz: (?:damaged|cut)/m);
  });
});

describe('hostile archives', () => {
  const BOMB = Buffer.alloc(64 * 1024 * 1024);

  test.each<[string, () => Promise<Uint8Array> | Uint8Array]>([
    [
      'a gzip bomb beside the rest',
      async () => tarOf([...entriesOf(files), { name: 'logs/kubelet/n1.log.gz', content: gzipSync(BOMB) }]),
    ],
    [
      'a zip bomb beside the rest',
      async () => tarOf([...entriesOf(files), { name: 'bomb.zip', content: zipOf([{ name: 'a', content: BOMB }]) }]),
    ],
    [
      'a bomb in layers',
      async () => tarOf([...entriesOf(files), { name: 'logs/kubelet/n1.log.gz', content: gzipSync(gzipSync(BOMB)) }]),
    ],
    ['a zip whose last file is a bomb', () => zipOf([...entriesOf(files), { name: 'zz/bomb', content: BOMB }])],
  ])('%s is said, and the rest is used', async (_, make) => {
    const answer = await answerToBytes(await make(), 'support');
    expect(causesOf(answer.diagnosis)[0]).toBe('bridge-nf-call-disabled');
    expect(problemsOf(answer).join('\n')).toMatch(/archive bomb/);
  });

  test('a bomb alone is no answer', async () => {
    for (const bytes of [gzipSync(BOMB), zipOf([{ name: 'nodes/n1/ip_route', content: BOMB }])]) {
      const answer = await answerToBytes(bytes, 'bomb');
      expect(answer.diagnosis).toMatchObject({ outcome: 'insufficient', diagnoses: [] });
      expect(problemsOf(answer).join('\n')).toMatch(/archive bomb/);
    }
  });

  test('names and links that lead out cost themselves only; nothing is written anywhere', async () => {
    const dump = path.join(work, 'sealed');
    mkdirSync(dump);
    const evil = { content: 'podnet-was-here' };
    const tar = await tgzOf([
      ...entriesOf(files, 'dump/'),
      { name: '../evil-up', ...evil },
      { name: '/evil-root', ...evil },
      { name: 'dump/nodes/../../../evil-deep', ...evil },
      { name: 'dump/nodes/n1/link', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'dump/nodes/n1/linked', type: 'symlink', linkname: '../../../../../etc/hostname' },
      { name: 'dump/nodes/n1/itself', type: 'symlink', linkname: 'itself' },
      { name: 'dump/nodes/n1/hard', type: 'link', linkname: '../../etc/shadow' },
      { name: 'dump/nodes/n1/dev', type: 'character-device', devmajor: 1, devminor: 5 },
      { name: 'dump/nodes/n1/fifo', type: 'fifo' },
    ]);
    const zip = zipOf([
      ...entriesOf(files),
      { name: '../evil-up', ...evil },
      { name: '/evil-root', ...evil },
      { name: 'nodes/n1/link', content: '/etc/passwd', mode: S_IFLNK },
    ]);
    writeFileSync(path.join(dump, 'support.tgz'), tar);
    writeFileSync(path.join(dump, 'support.zip'), zip);
    for (const [name, refused] of [
      ['support.tgz', 9],
      ['support.zip', 3],
    ] as const) {
      const { status, stdout } = podnet(['diagnose', '--format', 'json', name], { cwd: dump });
      const told = JSON.parse(stdout) as Diagnosis;
      expect(status).toBe(1);
      expect(causesOf(told)[0]).toBe('bridge-nf-call-disabled');
      expect(told.input.problems).toHaveLength(refused);
      expect(stdout).not.toContain('podnet-was-here');
      expect(stdout).not.toContain('root:');
    }
    expect(readdirSync(dump).sort()).toEqual(['support.tgz', 'support.zip']);
    for (const name of ['evil-up', 'evil-root', 'evil-deep']) {
      for (const folder of [work, dump, '/', tmpdir()]) expect(existsSync(path.join(folder, name))).toBe(false);
    }
  });

  test('links out of a folder are not followed, and the rest is used', () => {
    const dump = writeFiles(files, path.join(work, 'linked'));
    symlinkSync('/etc/passwd', path.join(dump, 'nodes/n1/cat_.etc.passwd'));
    symlinkSync('/', path.join(dump, 'nodes/root'));
    symlinkSync('..', path.join(dump, 'nodes/up'));
    const { status, stdout } = podnet(['diagnose', '--format', 'json', dump]);
    const told = JSON.parse(stdout) as Diagnosis;
    expect(status).toBe(1);
    expect(causesOf(told)[0]).toBe('bridge-nf-call-disabled');
    expect(told.input.problems.map(({ file, message }) => `${file}: ${message}`)).toEqual([
      'nodes/n1/cat_.etc.passwd: link leads out of the folder: not read',
      'nodes/root: link leads out of the folder: not read',
    ]);
  });

  test('an archive that holds itself, as a name, ends', async () => {
    let bytes = await tgzOf(entriesOf(keep(files, isProbe)));
    for (let depth = 0; depth < 6; depth += 1) bytes = await tgzOf([{ name: 'support.tgz', content: bytes }]);
    const answer = await answerToBytes(bytes, 'support.tgz');
    expect(answer.diagnosis.outcome).toBe('insufficient');
    expect(problemsOf(answer).join('\n')).toMatch(/an archive within 3 others: not opened/);
  });
});
