import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BundleContents } from '../../../src/facts/bundle/entry.js';
import { readBundles, UnreadableInput } from '../../../src/facts/bundle/read-bundles.js';
import { tarOf, tgzOf, zipOf } from './archive-writers.js';

const ROUTE = 'default via 192.168.10.1 dev eth0 \n10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1 \n';
const SYSCTL = 'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\n';
const FILES: Record<string, string> = {
  'nodes/n1/ip_route': ROUTE,
  'nodes/n1/sysctl_-a': SYSCTL,
  'nodes/n2/ip_route': ROUTE,
  'cluster/nodes.json': '{"items": []}\n',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'podnet-bundle-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Record<string, string | Uint8Array>, below = folder): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(below, path)), { recursive: true });
    writeFileSync(join(below, path), content);
  }
  return below;
}

const entriesOf = (files: Record<string, string>, top = '') =>
  Object.entries(files).map(([path, content]) => ({ name: top + path, content }));
const textsOf = ({ entries }: BundleContents) =>
  Object.fromEntries(entries.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));
const pathsOf = ({ entries }: BundleContents) => entries.map(({ path }) => path);
const messagesOf = ({ problems }: BundleContents) => problems.map(({ path, message }) => `${path}: ${message}`);
const fromBytes = (bytes: Uint8Array, name = 'dump', limits = {}) => readBundles([{ stdin: bytes, name }], { limits });

describe('the same bundle', () => {
  test('gives the same contents as a folder, a tar, a tgz and a zip, with and without a wrapping folder', async () => {
    const sorted = Object.fromEntries(Object.entries(FILES).sort(([a], [b]) => (a < b ? -1 : 1)));
    const asFolder = await readBundles([{ path: write(FILES) }]);
    expect(textsOf(asFolder)).toEqual(sorted);
    expect(pathsOf(asFolder)).toEqual(Object.keys(sorted));
    expect(asFolder.problems).toEqual([]);
    for (const top of ['', './', 'support-2024/', './a/b/']) {
      for (const bytes of [
        await tarOf(entriesOf(FILES, top)),
        await tgzOf(entriesOf(FILES, top)),
        zipOf(entriesOf(FILES, top)),
      ]) {
        const contents = await fromBytes(bytes);
        expect(textsOf(contents)).toEqual(sorted);
        expect(pathsOf(contents)).toEqual(Object.keys(sorted));
        expect(contents.problems).toEqual([]);
      }
    }
  });

  test('is told by content, whatever its name', async () => {
    writeFileSync(join(folder, 'dump.txt'), await tgzOf(entriesOf(FILES)));
    const contents = await readBundles([{ path: join(folder, 'dump.txt') }]);
    expect(textsOf(contents)).toEqual(FILES);
  });

  test('does not lose its layout when only one of its folders is there', async () => {
    const contents = await fromBytes(await tgzOf(entriesOf({ 'nodes/n1/ip_route': ROUTE }, 'dump/')));
    expect(pathsOf(contents)).toEqual(['nodes/n1/ip_route']);
  });

  test('keeps the name of a layout folder that is given by itself', async () => {
    write(FILES);
    expect(pathsOf(await readBundles([{ path: join(folder, 'nodes') }]))).toEqual([
      'nodes/n1/ip_route',
      'nodes/n1/sysctl_-a',
      'nodes/n2/ip_route',
    ]);
  });

  test('keeps the layout of an archive that is named after one of its folders', async () => {
    const whole = await tgzOf(entriesOf({ 'nodes/n1/ip_route': ROUTE, 'nodes/n2/ip_route': ROUTE }));
    const inside = await tgzOf(entriesOf({ 'n1/ip_route': ROUTE, 'n2/ip_route': ROUTE }));
    for (const bytes of [whole, inside]) {
      expect(pathsOf(await fromBytes(bytes, 'nodes.tgz'))).toEqual(['nodes/n1/ip_route', 'nodes/n2/ip_route']);
    }
  });

  test('may come from an old tar without a magic number', async () => {
    const tar = await tarOf([{ name: 'nodes/n1/ip_route', content: ROUTE }]);
    tar.fill(0, 257, 265);
    let sum = 8 * 0x20;
    for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += tar[i]!;
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(textsOf(await fromBytes(tar))).toEqual({ 'nodes/n1/ip_route': ROUTE });
  });

  test('leaves out what macOS adds to archives', async () => {
    const contents = await fromBytes(
      zipOf([
        { name: 'dump/nodes/n1/ip_route', content: ROUTE },
        { name: '__MACOSX/dump/._nodes', content: 'x' },
        { name: 'dump/.DS_Store', content: 'x' },
      ]),
    );
    expect(pathsOf(contents)).toEqual(['nodes/n1/ip_route']);
  });
});

describe('several inputs', () => {
  test('stand below their own names, made unique', async () => {
    write(FILES, join(folder, 'one/dump'));
    write(FILES, join(folder, 'two/dump'));
    writeFileSync(join(folder, 'more.tar.gz'), await tgzOf(entriesOf({ 'nodes/n3/ip_route': ROUTE })));
    const paths = pathsOf(
      await readBundles([
        { path: join(folder, 'one/dump') },
        { path: join(folder, 'two/dump') },
        { path: join(folder, 'more.tar.gz') },
      ]),
    );
    expect(paths).toContain('dump/nodes/n1/ip_route');
    expect(paths).toContain('dump-2/nodes/n1/ip_route');
    expect(paths).toContain('more/nodes/n3/ip_route');
    expect(paths).toHaveLength(9);
  });

  test('keep the names of single files, and apart those of the same name', async () => {
    write({ 'a/ip_route': ROUTE, 'b/ip_route': ROUTE, 'ping.txt': 'x' });
    const paths = ['a/ip_route', 'b/ip_route', 'ping.txt'].map((path) => ({ path: join(folder, path) }));
    expect(pathsOf(await readBundles(paths))).toEqual(['input/ip_route', 'ip_route', 'ping.txt']);
  });
});

describe('single files', () => {
  test('are entries by their name; a gzip of one is the file that it packs', async () => {
    expect(textsOf(await fromBytes(Buffer.from(ROUTE), 'ip_route'))).toEqual({ ip_route: ROUTE });
    expect(textsOf(await fromBytes(gzipSync(ROUTE), 'kubelet.log.gz'))).toEqual({ 'kubelet.log': ROUTE });
    expect(textsOf(await fromBytes(new Uint8Array(), 'empty'))).toEqual({ empty: '' });
  });

  test('that are missing or no files are refused as inputs', async () => {
    await expect(readBundles([{ path: join(folder, 'nothing') }])).rejects.toThrow(UnreadableInput);
    await expect(readBundles([{ path: '' }])).rejects.toThrow("'': no such file or folder");
    await expect(readBundles([{ path: '/dev/null' }])).rejects.toThrow('neither a file nor a folder');
  });
});

describe('archives within archives', () => {
  test('are opened below their name, a packed log in its place', async () => {
    const inner = await tgzOf(entriesOf({ ip_route: ROUTE }, 'n1/'));
    const contents = await fromBytes(
      await tgzOf([
        { name: 'nodes/n1.tgz', content: inner },
        { name: 'logs/kubelet/n1.log.gz', content: gzipSync('x\n') },
        { name: 'more.zip', content: zipOf([{ name: 'nodes/n2/ip_route', content: ROUTE }]) },
      ]),
    );
    expect(textsOf(contents)).toEqual({
      'nodes/n1/ip_route': ROUTE,
      'logs/kubelet/n1.log': 'x\n',
      'more/nodes/n2/ip_route': ROUTE,
    });
    expect(contents.problems).toEqual([]);
  });

  test('are not opened beyond the cap, and what lies outside is kept', async () => {
    let bytes = await tgzOf([{ name: 'deepest', content: 'x' }]);
    for (const level of [3, 2, 1]) {
      bytes = await tgzOf([
        { name: `level${level}`, content: 'x' },
        { name: `in${level}.tgz`, content: bytes },
      ]);
    }
    const contents = await fromBytes(bytes, 'dump.tgz', { nesting: 3 });
    expect(pathsOf(contents)).toEqual(['in1/in2/level3', 'in1/level2', 'level1']);
    expect(messagesOf(contents)).toEqual(['in1/in2/in3.tgz: an archive within 3 others: not opened']);
  });

  test('of formats that are not read say how to unpack them', async () => {
    const lz4 = Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18]), Buffer.alloc(100, 1)]);
    const contents = await fromBytes(lz4, 'sosreport.tar.lz4');
    expect(contents.entries).toEqual([]);
    expect(messagesOf(contents)).toEqual([
      'sosreport.tar.lz4: packed with lz4, which is not read: unpack it first (lz4 -d)',
    ]);
  });
});

describe('paths of strangers', () => {
  const bad = ['../up', 'nodes/../../up', '/etc/shadow', `${'d/'.repeat(50)}deep`, 'x'.repeat(5000)];

  test('that lead out, are too deep or too long cost their file only, in a tar', async () => {
    const contents = await fromBytes(
      await tarOf([
        ...bad.map((name) => ({ name, content: 'evil', pax: { path: name } })),
        { name: 'nodes/n1/ip_route', content: ROUTE },
      ]),
    );
    expect(textsOf(contents)).toEqual({ 'nodes/n1/ip_route': ROUTE });
    const messages = messagesOf(contents);
    expect(messages).toContain('../up: path leads out of the archive: not read');
    expect(messages).toContain('/etc/shadow: absolute path: not read');
    expect(messages.some((message) => message.includes('more than 40 folders deep'))).toBe(true);
    expect(messages.some((message) => message.includes('longer than 1024 characters'))).toBe(true);
    for (const message of messages) expect(message.length).toBeLessThan(300);
  });

  test('that lead out, are too deep or too long cost their file only, in a zip', async () => {
    const contents = await fromBytes(
      zipOf([
        ...bad.map((name) => ({ name, content: 'evil' })),
        { name: '..\\up', content: 'evil', dos: true },
        { name: 'C:\\x', content: 'evil', dos: true },
        { name: 'nodes\\n1\\ip_route', content: ROUTE, dos: true },
      ]),
    );
    expect(textsOf(contents)).toEqual({ 'nodes/n1/ip_route': ROUTE });
    expect(contents.problems).toHaveLength(bad.length + 2);
  });

  test('with control characters and marks of direction are written so that a terminal can show them', async () => {
    const name = 'a\u001b[31m\u0007\u009b\u202e.log';
    const expected = 'a\\x1b[31m\\x07\\x9b\\u202e.log';
    const tar = await tarOf([
      { name, content: 'x' },
      { name: 'b', content: 'y' },
    ]);
    expect(pathsOf(await fromBytes(tar))).toEqual([expected, 'b']);
    const zip = zipOf([
      { name, content: 'x' },
      { name: 'b', content: 'y' },
    ]);
    expect(pathsOf(await fromBytes(zip))).toEqual([expected, 'b']);
    write({ [name]: 'x', b: 'y' });
    expect(pathsOf(await readBundles([{ path: folder }]))).toEqual([expected, 'b']);
  });

  test('that stand twice: the last wins, and it is said', async () => {
    for (const bytes of [
      await tarOf([
        { name: 'ip_route', content: 'old' },
        { name: './ip_route', content: 'new' },
      ]),
      zipOf([
        { name: 'ip_route', content: 'old' },
        { name: './ip_route', content: 'new' },
      ]),
    ]) {
      const contents = await fromBytes(bytes);
      expect(textsOf(contents)).toEqual({ ip_route: 'new' });
      expect(messagesOf(contents)).toEqual(['ip_route: stands there twice: the last one was used']);
    }
  });
});

describe('links and devices', () => {
  test('of a tar: links within it are followed, in memory only; all else is refused', async () => {
    const contents = await fromBytes(
      await tarOf([
        { name: 'run/resolv.conf', content: 'nameserver 10.96.0.10\n' },
        { name: 'etc/resolv.conf', type: 'symlink', linkname: '../run/resolv.conf' },
        { name: 'etc/twice', type: 'symlink', linkname: 'resolv.conf' },
        { name: 'hard', type: 'link', linkname: 'run/resolv.conf' },
        { name: 'tofolder', type: 'symlink', linkname: 'run' },
        { name: 'out', type: 'symlink', linkname: '../../etc/passwd' },
        { name: 'abs', type: 'symlink', linkname: '/etc/passwd' },
        { name: 'nowhere', type: 'symlink', linkname: 'gone' },
        { name: 'loop1', type: 'symlink', linkname: 'loop2' },
        { name: 'loop2', type: 'symlink', linkname: 'loop1' },
        { name: 'sda', type: 'block-device', devmajor: 8, devminor: 0 },
        { name: 'pipe', type: 'fifo' },
      ]),
    );
    expect(pathsOf(contents)).toEqual(['etc/resolv.conf', 'etc/twice', 'hard', 'run/resolv.conf']);
    expect(new Set(Object.values(textsOf(contents)))).toEqual(new Set(['nameserver 10.96.0.10\n']));
    expect(contents.problems.map(({ path }) => path)).toEqual([
      'abs',
      'loop1',
      'loop2',
      'nowhere',
      'out',
      'pipe',
      'sda',
    ]);
  });

  test('of a zip', async () => {
    const contents = await fromBytes(
      zipOf([
        { name: 'run/resolv.conf', content: 'nameserver 10.96.0.10\n' },
        { name: 'etc/resolv.conf', content: '../run/resolv.conf', mode: 0o120777 },
        { name: 'out', content: '../../etc/passwd', mode: 0o120777 },
        { name: 'abs', content: '/etc/passwd', mode: 0o120777, method: 0 },
        { name: 'dev', content: '', mode: 0o060600 },
      ]),
    );
    expect(pathsOf(contents)).toEqual(['etc/resolv.conf', 'run/resolv.conf']);
    expect(contents.problems.map(({ path }) => path)).toEqual(['abs', 'dev', 'out']);
  });

  test('of a folder', async () => {
    write({ 'in/run/resolv.conf': 'nameserver 10.96.0.10\n', 'secret/key': 'secret' });
    const root = join(folder, 'in');
    symlinkSync('run/resolv.conf', join(root, 'relative'));
    symlinkSync(join(root, 'run/resolv.conf'), join(root, 'absolute'));
    symlinkSync('../secret/key', join(root, 'out'));
    symlinkSync('../secret', join(root, 'outfolder'));
    symlinkSync('gone', join(root, 'nowhere'));
    symlinkSync('.', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const contents = await readBundles([{ path: root }]);
    expect(pathsOf(contents)).toEqual(['absolute', 'relative', 'run/resolv.conf']);
    expect(messagesOf(contents)).toEqual([
      'nowhere: link leads nowhere: not read',
      'out: link leads out of the folder: not read',
      'outfolder: link leads out of the folder: not read',
      'pipe: not a regular file: not read',
    ]);
  });
});

describe('caps', () => {
  const MB = 1024 * 1024;

  test('a gzip bomb is stopped and said, and the rest of the bundle is read', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MB));
    write({ 'nodes/n1/ip_route': ROUTE, 'nodes/n1/messages.gz': bomb });
    const contents = await readBundles([{ path: folder }]);
    expect(textsOf(contents)).toEqual({ 'nodes/n1/ip_route': ROUTE });
    expect(messagesOf(contents)).toEqual([
      expect.stringContaining('messages.gz: unpacks to more than 200 times its size'),
    ]);
  });

  test('a bomb in a tgz keeps the entries before it', async () => {
    const tgz = await tgzOf([
      { name: 'a', content: ROUTE },
      { name: 'bomb', content: Buffer.alloc(64 * MB) },
    ]);
    const contents = await fromBytes(tgz, 'dump.tgz');
    expect(textsOf(contents).a).toBe(ROUTE);
    expect(messagesOf(contents).join('\n')).toContain('200 times its size');
  });

  test('a zip bomb, one whose entries overlap, and one in layers are stopped', async () => {
    const zip = zipOf([
      { name: 'a', content: ROUTE },
      { name: 'bomb', content: Buffer.alloc(64 * MB) },
    ]);
    const contents = await fromBytes(zip, 'dump.zip');
    expect(textsOf(contents)).toEqual({ a: ROUTE });
    expect(messagesOf(contents)).toEqual([expect.stringContaining('dump.zip: unpacks to more than 200 times')]);

    // Each layer alone is harmless; what they unpack to together is measured against the outermost.
    const layered = zipOf([{ name: 'inner.zip', content: zip }]);
    expect(messagesOf(await fromBytes(layered, 'dump.zip')).join('\n')).toContain('200 times');

    const one = zipOf([{ name: 'x', content: Buffer.alloc(MB, 'x'), method: 0 }]);
    const directory = one.readUInt32LE(one.length - 6);
    const record = one.subarray(directory, one.length - 22);
    const records = Array.from({ length: 300 }, (_, i) => {
      const copy = Buffer.from(record);
      copy.writeUInt16LE(4, 28);
      return Buffer.concat([copy.subarray(0, 46), Buffer.from(String(i).padStart(4, '0'))]);
    });
    const end = Buffer.from(one.subarray(one.length - 22));
    end.writeUInt16LE(300, 8);
    end.writeUInt16LE(300, 10);
    const overlapping = Buffer.concat([one.subarray(0, directory), ...records, end]);
    const overlapped = await fromBytes(overlapping, 'dump.zip');
    expect(overlapped.entries.length).toBeLessThan(210);
    expect(messagesOf(overlapped).join('\n')).toContain('200 times');
  });

  test('a zip that lies about sizes is used as it is, and it is said', async () => {
    for (const statedSize of [3, 5_000_000]) {
      const contents = await fromBytes(zipOf([{ name: 'a', content: ROUTE, statedSize }]), 'dump.zip');
      expect(textsOf(contents)).toEqual({ a: ROUTE });
      expect(messagesOf(contents)).toEqual([expect.stringContaining('a: the archive states')]);
    }
  });

  test('files, their size and the sum of all are capped; what was read so far is kept', async () => {
    const files = { a: 'a'.repeat(600), b: 'b'.repeat(600), c: 'c'.repeat(600) };
    for (const bytes of [await tarOf(entriesOf(files)), await tgzOf(entriesOf(files)), zipOf(entriesOf(files))]) {
      const few = await fromBytes(bytes, 'dump', { entries: 2 });
      expect(messagesOf(few).join()).toContain('more than 2 files: the rest was not read');
      const small = await fromBytes(bytes, 'dump', { entryBytes: 100 });
      expect(Object.values(textsOf(small)).map((text) => text.length)).toEqual([100, 100, 100]);
      expect(messagesOf(small)).toHaveLength(3);
    }
    const total = await fromBytes(zipOf(entriesOf(files)), 'dump', { totalBytes: 1200 });
    expect(pathsOf(total)).toEqual(['a']);
    expect(messagesOf(total)).toEqual(['dump: the input is larger than 1.2 KB: the rest was not read']);

    write(files);
    const folderFew = await readBundles([{ path: folder }], { limits: { entries: 2 } });
    expect(messagesOf(folderFew).join()).toContain('more than 2 files');
    const folderSmall = await readBundles([{ path: folder }], { limits: { entryBytes: 100 } });
    expect(Object.values(textsOf(folderSmall)).map((text) => text.length)).toEqual([100, 100, 100]);
    const folderTotal = await readBundles([{ path: folder }], { limits: { totalBytes: 1300 } });
    expect(pathsOf(folderTotal)).toEqual(['a', 'b']);
  });
});

describe('damage', () => {
  const many = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`nodes/n1/f${String(i).padStart(2, '0')}`, `${i} ${ROUTE.repeat(i)}`]),
  );

  test('a cut tar, tgz or zip still gives its first files, the last perhaps in part, and says so', async () => {
    const archives = [await tarOf(entriesOf(many)), await tgzOf(entriesOf(many)), zipOf(entriesOf(many))];
    archives.push(zipOf(entriesOf(many).map((entry) => ({ ...entry, streamed: true }))));
    for (const bytes of archives) {
      const contents = await fromBytes(bytes.subarray(0, bytes.length >> 1));
      expect(contents.problems.length).toBeGreaterThan(0);
      expect(contents.entries.length).toBeGreaterThan(5);
      const cut = new Set(contents.problems.map(({ path }) => path));
      for (const [path, text] of Object.entries(textsOf(contents))) {
        if (cut.has(path)) expect(many[path]?.startsWith(text)).toBe(true);
        else expect(text).toBe(many[path]);
      }
    }
  });

  test('a log whose gzip was cut is used up to there', async () => {
    const log = Array.from({ length: 20_000 }, (_, i) => `line ${(i * 7919) % 104_729}\n`).join('');
    const gzip = gzipSync(log);
    const contents = await fromBytes(gzip.subarray(0, gzip.length - 2000), 'kubelet.log.gz');
    const text = textsOf(contents)['kubelet.log']!;
    expect(text.length).toBeGreaterThan(log.length / 2);
    expect(log.startsWith(text)).toBe(true);
    expect(messagesOf(contents)).toEqual(['kubelet.log: cut short: what stands before was used']);
  });

  test('bytes at random, behind every magic number and as they are, never throw', async () => {
    let seed = 42;
    const random = () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 16) & 0xff;
    };
    const magics = [[], [0x1f, 0x8b, 8], [0x50, 0x4b, 3, 4], [0x50, 0x4b, 5, 6], [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]];
    const whole = [await tarOf(entriesOf(many)), await tgzOf(entriesOf(many)), zipOf(entriesOf(many))];
    for (let round = 0; round < 40; round++) {
      for (const magic of magics) {
        const bytes = Buffer.from([...magic, ...Array.from({ length: 100 + round * 20 }, random)]);
        await expect(fromBytes(bytes)).resolves.toBeDefined();
      }
      for (const archive of whole) {
        const damaged = Buffer.from(archive);
        for (let i = 0; i < 20; i++) damaged[((random() << 8) | random()) % damaged.length] = random();
        await expect(fromBytes(damaged)).resolves.toBeDefined();
      }
    }
  });

  test('an encrypted file of a zip, and one packed in an unknown way, cost themselves', async () => {
    const contents = await fromBytes(
      zipOf([
        { name: 'a', content: ROUTE },
        { name: 'locked', content: 'x', flags: 1 },
        { name: 'odd', content: 'x', method: 14 },
      ]),
    );
    expect(pathsOf(contents)).toEqual(['a']);
    expect(contents.problems.map(({ path }) => path)).toEqual(['locked', 'odd']);
  });

  test('an empty folder and empty archives give nothing, and nothing is wrong', async () => {
    expect(await readBundles([{ path: folder }])).toEqual({ entries: [], problems: [] });
    expect(await fromBytes(await tarOf([]), 'empty.tar')).toEqual({ entries: [], problems: [] });
    expect(await fromBytes(await tgzOf([]), 'empty.tgz')).toEqual({ entries: [], problems: [] });
    expect(await fromBytes(zipOf([]), 'empty.zip')).toEqual({ entries: [], problems: [] });
  });
});

test('nothing is ever written', async () => {
  const hostile = await tgzOf([
    { name: '../evil', content: 'x' },
    { name: 'a', type: 'symlink', linkname: '/tmp' },
    { name: 'a/evil', content: 'x' },
    { name: 'in.zip', content: zipOf([{ name: '../evil', content: 'x' }]) },
  ]);
  write({ 'in/dump.tgz': hostile });
  const before = readdirSync(folder, { recursive: true });
  await readBundles([{ path: join(folder, 'in') }]);
  await readBundles([{ path: join(folder, 'in/dump.tgz') }]);
  expect(readdirSync(folder, { recursive: true })).toEqual(before);
});

test('progress tells the bytes taken so far, growing', async () => {
  const seen: number[] = [];
  write(FILES);
  await readBundles([{ path: folder }], { onProgress: (bytes) => seen.push(bytes) });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(Object.values(FILES).join('').length);
});
