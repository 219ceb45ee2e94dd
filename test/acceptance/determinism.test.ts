import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build, podnet } from '../cli/podnet.js';
import { tarOf, tgzOf, zipOf } from '../facts/bundle/archive-writers.js';
import { entriesOf, type Files, filesOf, recordingOf, writeFiles } from './bundle-files.js';
import { Random } from './random.js';

// Two faults' worth of text: a cause with evidence of several nodes, and problems with the input.
const RECORDING = recordingOf('node-ip-conflict');

let work: string;
let files: Files;
let expected: { text: string; json: string };

beforeAll(async () => {
  build();
  work = mkdtempSync(path.join(tmpdir(), 'podnet-test-'));
  files = await filesOf(RECORDING);
  // Lines that are reported, in files that stand far apart.
  files.set('nodes/n1/ip_route', Buffer.concat([files.get('nodes/n1/ip_route')!, Buffer.from('not a route\n')]));
  files.set('nodes/n3/ip_neigh', Buffer.concat([Buffer.from('not a neighbour\n'), files.get('nodes/n3/ip_neigh')!]));
  files.set('notes', Buffer.from('what the customer wrote\n'));
  const folder = writeFiles(files, path.join(work, 'dump'));
  expected = { text: diagnosed(folder), json: diagnosed(folder, 'json') };
  expect(expected.json).toContain('"cause": "node-ip-conflict"');
}, 120_000);

afterAll(() => rmSync(work, { recursive: true }));

function diagnosed(bundle: string, format = 'text', env: Record<string, string> = {}, cwd = work): string {
  const { status, stdout } = podnet(['diagnose', '--lang', 'en', '--format', format, bundle], { env, cwd });
  expect(status).toBe(1);
  return stdout;
}

function shuffled(seed: number): Files {
  return new Map(new Random(seed).shuffled([...files]));
}

describe('the same bytes come', () => {
  test('the second time', () => {
    const folder = path.join(work, 'dump');
    expect(diagnosed(folder)).toBe(expected.text);
    expect(diagnosed(folder, 'json')).toBe(expected.json);
    expect(diagnosed(folder, 'markdown')).toBe(diagnosed(folder, 'markdown'));
  });

  test.each<[string, () => Promise<Uint8Array> | Uint8Array]>([
    ['a tgz', () => tgzOf(entriesOf(files))],
    ['a tar in another order', () => tarOf(entriesOf(shuffled(1)))],
    [
      'a tar in yet another order, with folders of its own',
      () => tarOf([{ name: './', type: 'directory' }, ...entriesOf(shuffled(2), './')]),
    ],
    ['a tgz with a top folder', () => tgzOf(entriesOf(shuffled(3), 'support-4711/'))],
    ['a tgz with two, behind ./', () => tgzOf(entriesOf(files, './var-tmp/support-4711/'))],
    ['a zip', () => zipOf(entriesOf(shuffled(4)))],
    ['a zip with a top folder', () => zipOf(entriesOf(shuffled(5), 'support-4711/'))],
  ])('from %s', async (name, bytes) => {
    const archive = path.join(work, `${name.replaceAll(/\W+/g, '-')}.bin`);
    writeFileSync(archive, await bytes());
    expect(diagnosed(archive)).toBe(expected.text);
    expect(diagnosed(archive, 'json')).toBe(expected.json);
  });

  test('from a folder with a top folder of its own, and one whose files were written in another order', () => {
    const wrapped = path.join(work, 'wrapped');
    writeFiles(shuffled(6), path.join(wrapped, 'support-4711'));
    expect(diagnosed(wrapped, 'json')).toBe(expected.json);
  });

  test.each<[string, Record<string, string>]>([
    ['in another time zone', { TZ: 'Asia/Kathmandu' }],
    ['in another locale', { LANG: 'zh_CN.UTF-8', LC_ALL: 'tr_TR.UTF-8', LANGUAGE: 'de' }],
    ['in no locale at all', { LANG: '', LC_ALL: 'C' }],
    ['with another home', { HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent', USER: 'nobody', HOSTNAME: 'n3' }],
    ['for a narrow or a colourful terminal that is none', { COLUMNS: '40', TERM: 'xterm-256color', FORCE_COLOR: '3' }],
  ])('%s', (_, env) => {
    const folder = path.join(work, 'dump');
    expect(diagnosed(folder, 'text', env)).toBe(expected.text);
    expect(diagnosed(folder, 'json', env)).toBe(expected.json);
  });

  test('in another folder', () => {
    const elsewhere = path.join(work, 'else where');
    mkdirSync(elsewhere);
    expect(diagnosed('../dump', 'text', {}, elsewhere)).toBe(expected.text);
    expect(diagnosed('.', 'json', {}, path.join(work, 'dump'))).toBe(expected.json);
    expect(diagnosed('./dump/../dump/', 'json')).toBe(expected.json);
  });
});
