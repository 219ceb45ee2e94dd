import { describe, expect, test } from 'vitest';
import { podnet } from '../cli/podnet.js';
import { answerTo, answerToBytes, causesOf } from './answer.js';
import { FAULTS, type Files, filesOf, recordingOf } from './bundle-files.js';
import { Random } from './random.js';

/** Bytes of which none mean anything. */
function noise(seed: number, length: number): Buffer {
  const random = new Random(seed);
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** The files of a recording, each with other content. */
async function emptied(content: (path: string, index: number) => string | Buffer): Promise<Files> {
  const paths = [...(await filesOf(recordingOf('route-missing'))).keys()];
  return new Map(paths.map((path, index) => [path, Buffer.from(content(path, index))]));
}

const NEVER_RAN = [
  'bash: line 1: ip: command not found\n',
  'sh: ip: not found\n',
  '/bin/sh: 1: iptables-save: not found\n',
  'sudo: a password is required\n',
  'error: unable to upgrade connection: container not found ("web")\n',
  'bash: ip：未找到命令\n',
];

describe('insufficient, never healthy and never a diagnosis, is', () => {
  test.each<[string, () => Files | Promise<Files>]>([
    ['an empty folder', () => new Map()],
    ['random bytes', () => new Map([['dump', noise(1, 100_000)]])],
    ['a folder of empty files', () => emptied(() => '')],
    ['a folder of white space', () => emptied(() => ' \n\t\n\r\n')],
    ['a folder of random bytes', () => emptied((_, index) => noise(index, 300))],
    [
      'a folder of nothing but programs that were not there',
      () => emptied((_, index) => NEVER_RAN[index % NEVER_RAN.length]!),
    ],
    ['a folder of refused commands', () => emptied(() => 'Error from server (Forbidden): pods is forbidden\n')],
    ['objects without a single object', () => new Map([['cluster/nodes.json', Buffer.from('{"items": []}')]])],
    ['facts without a fact', () => new Map([['facts.yaml', Buffer.from('version: 1\n')]])],
    [
      'a complaint alone',
      () => new Map([['facts.yaml', Buffer.from('complaint: pods on the new node time out, MTU is wrong\n')]]),
    ],
  ])('%s', async (_, make) => {
    const { diagnosis, text, markdown } = await answerTo(await make());
    expect(diagnosis.outcome).toBe('insufficient');
    expect(diagnosis.diagnoses).toEqual([]);
    expect(text + markdown).not.toMatch(/\bhealthy\b/i);
    expect(text).toMatch(/not enough is known/);
  });

  test('noise that came as an archive', async () => {
    for (const name of ['dump.tgz', 'dump.zip', 'dump.tar']) {
      const { diagnosis } = await answerToBytes(noise(2, 50_000), name);
      expect(diagnosis).toMatchObject({ outcome: 'insufficient', diagnoses: [] });
    }
  });

  test('on the command line: status 4, and what is missing is said', () => {
    const { status, stdout } = podnet(['diagnose', '-'], { stdin: 'bash: ip: command not found\n' });
    expect(status).toBe(4);
    expect(stdout).toContain('not enough is known');
  });
});

describe('a folder of programs that were not there', () => {
  test('says so of every file, as the reason why a fact is not known', async () => {
    const { diagnosis } = await answerTo(await emptied(() => 'bash: ip: command not found\n'));
    expect(diagnosis.seen.flows).toBe(0);
    expect(
      diagnosis.next.length + diagnosis.input.problems.length + diagnosis.input.unrecognised.length,
    ).toBeGreaterThan(0);
  });

  test.each(FAULTS)('does not become healthy by the objects of $name', async (recording) => {
    const files = await filesOf(recording);
    for (const path of files.keys())
      if (!path.startsWith('cluster/')) files.set(path, Buffer.from('sh: x: not found\n'));
    const { diagnosis } = await answerTo(files);
    expect(diagnosis.outcome).not.toBe('healthy');
    expect(causesOf(diagnosis)).toEqual([]);
  });
});
