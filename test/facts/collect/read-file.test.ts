import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readText, readTextBelow } from '../../../src/facts/collect/read-file.js';
import { scratch } from './live-lab.js';

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
  mkdirSync(join(place.folder, 'root/etc'), { recursive: true });
  writeFileSync(join(place.folder, 'root/etc/resolv.conf'), 'nameserver 10.96.0.10\n');
  writeFileSync(join(place.folder, 'secret'), 'secret');
});
afterEach(() => place.remove());

const root = (): string => join(place.folder, 'root');

test('a file below a root is read', async () => {
  expect(await readTextBelow(root(), 'etc/resolv.conf')).toEqual({ text: 'nameserver 10.96.0.10\n' });
});

test.each([
  ['a file', 'etc/link'],
  ['a folder', 'out/secret'],
])('a link of %s is not followed out of a root', async (_, path) => {
  symlinkSync(join(place.folder, 'secret'), join(root(), 'etc/link'));
  symlinkSync(place.folder, join(root(), 'out'));
  const { text, reason } = await readTextBelow(root(), path);
  expect(text).toBeUndefined();
  expect(reason).toMatch(/symbolic link|No such file/);
});

test('a path with dots is refused', async () => {
  expect((await readTextBelow(root(), 'etc/../../secret')).text).toBeUndefined();
});

test('what is no regular file is not read, and does not hang', async () => {
  spawnSync('mkfifo', [join(root(), 'etc/fifo')]);
  expect(await readTextBelow(root(), 'etc/fifo')).toEqual({ reason: 'not a regular file: not read' });
  expect(await readText(root())).toEqual({ reason: 'not a regular file: not read' });
});

test('a file beyond the limit is not read', async () => {
  writeFileSync(join(root(), 'etc/large'), Buffer.alloc(2000));
  expect(await readTextBelow(root(), 'etc/large', 1000)).toEqual({ reason: 'larger than 1000 bytes: not read' });
});

test('files of /proc are read, which say that they are empty', async () => {
  expect((await readText('/proc/self/net/dev')).text).toContain('lo:');
});
