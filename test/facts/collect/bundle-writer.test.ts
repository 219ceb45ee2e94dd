import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { BundleWriter, OutputError } from '../../../src/facts/collect/bundle-writer.js';
import { scratch } from './live-lab.js';

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const at = (name: string): string => join(place.folder, name);

async function contentsOf(path: string): Promise<Record<string, string>> {
  const { entries, problems } = await readBundles([{ path }]);
  expect(problems).toEqual([]);
  return Object.fromEntries(entries.map((entry) => [entry.path, Buffer.from(entry.bytes).toString()]));
}

const LONG = `pods/${'n'.repeat(63)}/${'p'.repeat(200)}/ip_addr`;

test.each([['bundle'], ['bundle.tgz'], ['bundle.tar.gz']])('what is written to %s is read back', async (name) => {
  const writer = BundleWriter.create(at(name));
  writer.add({ path: 'nodes/n1/ip_addr', subject: 'node/n1', argv: ['ip', 'addr'], exit: 0, ms: 4, content: 'x\n' });
  writer.add({ path: LONG, content: 'y\n' });
  writer.add({ path: 'nodes/n1/cat_.etc.网络', content: Buffer.alloc(3_000_000, 'z') });
  writer.add({ path: 'nodes/n1/empty', content: '' });
  await writer.finish();
  const index =
    '{"file":"nodes/n1/ip_addr","subject":"node/n1","argv":["ip","addr"],"ms":4,"exit":0}\n' +
    `{"file":"${LONG}"}\n{"file":"nodes/n1/cat_.etc.网络"}\n{"file":"nodes/n1/empty"}\n`;
  expect(await contentsOf(at(name))).toEqual({
    'index.jsonl': index,
    'nodes/n1/ip_addr': 'x\n',
    'nodes/n1/cat_.etc.网络': 'z'.repeat(3_000_000),
    'nodes/n1/empty': '',
    [LONG]: 'y\n',
  });
});

test.each([['bundle'], ['bundle.tgz']])('nothing stands under the name %s before the end', async (name) => {
  const writer = BundleWriter.create(at(name));
  writer.add({ path: 'nodes/n1/ip_addr', content: Buffer.alloc(5_000_000) });
  expect(readdirSync(place.folder).filter((file) => !file.startsWith('.'))).toEqual([]);
  await writer.finish();
  expect(readdirSync(place.folder)).toEqual([name]);
});

test.each([['bundle'], ['bundle.tgz']])('giving %s up leaves nothing', async (name) => {
  const writer = BundleWriter.create(at(name));
  writer.add({ path: 'nodes/n1/ip_addr', content: 'x' });
  await writer.abort();
  expect(readdirSync(place.folder)).toEqual([]);
  expect(() => writer.add({ path: 'x', content: '' })).toThrow(OutputError);
});

test('a bundle is for its owner only', async () => {
  const writer = BundleWriter.create(at('b.tgz'));
  await writer.finish();
  expect(statSync(at('b.tgz')).mode & 0o777).toBe(0o600);
});

test('what exists is replaced only by force', async () => {
  writeFileSync(at('b.tgz'), 'old');
  expect(() => BundleWriter.create(at('b.tgz'))).toThrow('exists already');
  const writer = BundleWriter.create(at('b.tgz'), { force: true });
  expect(readFileSync(at('b.tgz'), 'utf8')).toBe('old');
  await writer.finish();
  expect(Object.keys(await contentsOf(at('b.tgz')))).toEqual(['index.jsonl']);
  expect(readdirSync(place.folder)).toEqual(['b.tgz']);
});

test('force replaces a folder that is a bundle, and no other', async () => {
  mkdirSync(at('b'));
  writeFileSync(at('b/index.jsonl'), '');
  writeFileSync(at('b/old'), '');
  mkdirSync(at('home'));
  writeFileSync(at('home/letter'), '');
  const writer = BundleWriter.create(at('b'), { force: true });
  writer.add({ path: 'new', content: '' });
  await writer.finish();
  expect(readdirSync(at('b')).sort()).toEqual(['index.jsonl', 'new']);
  expect(() => BundleWriter.create(at('home'), { force: true })).toThrow('is a folder that is not a bundle');
});

test('a folder that does not exist is named', () => {
  expect(() => BundleWriter.create(at('no/b.tgz'))).toThrow(`the folder ${at('no')} does not exist`);
});

test('no path leads out of the bundle, and none is too long for a file system', async () => {
  const writer = BundleWriter.create(at('b'));
  writer.add({ path: '../../evil', content: '1' });
  writer.add({ path: `nodes/n1/${'x'.repeat(400)}`, content: '2' });
  await writer.finish();
  expect(readdirSync(place.folder)).toEqual(['b']);
  expect(readFileSync(at('b/_/_/evil'), 'utf8')).toBe('1');
  expect(readdirSync(at('b/nodes/n1'))).toEqual(['x'.repeat(240)]);
});

test('two files of one path are both kept', async () => {
  const writer = BundleWriter.create(at('b'));
  writer.add({ path: 'a', content: '1' });
  writer.add({ path: 'a', content: '2' });
  await writer.finish();
  expect(await contentsOf(at('b'))).toMatchObject({ a: '1', 'a~2': '2' });
});

test('a bundle in memory is handed over at the end', async () => {
  let bytes: Uint8Array | undefined;
  const writer = BundleWriter.inMemory((packed) => {
    bytes = packed;
  });
  writer.add({ path: 'a', content: '1' });
  expect(bytes).toBeUndefined();
  await writer.finish();
  const { entries } = await readBundles([{ stdin: bytes!, name: 'live' }]);
  expect(entries.map(({ path }) => path)).toEqual(['a', 'index.jsonl']);
});
