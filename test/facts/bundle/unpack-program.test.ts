import { execFileSync, spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { readBundles } from '../../../src/facts/bundle/read-bundles.js';
import { tarOf } from './archive-writers.js';

const ROUTE = 'default via 192.168.10.1 dev eth0 \n';
const has = (program: string) => spawnSync(program, ['--version'], { input: '' }).error === undefined;
const fromBytes = (bytes: Uint8Array, name: string, limits = {}) => readBundles([{ stdin: bytes, name }], { limits });

const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

describe.each([
  ['xz', '.xz', '.txz'],
  ['zstd', '.zst', '.tzst'],
  ['bzip2', '.bz2', '.tbz2'],
])('what %s packed', (program, suffix, tarSuffix) => {
  const pack = (bytes: Uint8Array) => execFileSync(program, ['-c', '-q'], { input: bytes, maxBuffer: 1e9 });

  test.skipIf(!has(program))('is read, tars and single logs alike, within other archives too', async () => {
    const tar = await tarOf([{ name: 'dump/nodes/n1/ip_route', content: ROUTE }]);
    for (const name of [`dump.tar${suffix}`, `dump${tarSuffix}`, 'upload.bin']) {
      const { entries, problems } = await fromBytes(pack(tar), name);
      expect(entries.map((entry) => [entry.path, Buffer.from(entry.bytes).toString()])).toEqual([
        ['nodes/n1/ip_route', ROUTE],
      ]);
      expect(problems).toEqual([]);
    }
    const outer = await tarOf([{ name: `logs/kubelet/n1.log${suffix}`, content: pack(Buffer.from('x\n')) }]);
    expect((await fromBytes(outer, 'a.tar')).entries.map((entry) => entry.path)).toEqual(['logs/kubelet/n1.log']);
  });

  test.skipIf(!has(program))('is used up to where it was cut or damaged, and it is said', async () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919 * (i % 13)) % 251));
    const packed = pack(
      await tarOf([
        { name: 'a', content: 'x' },
        { name: 'nodes/n1/noise', content: noise },
      ]),
    );
    const { problems } = await fromBytes(packed.subarray(0, packed.length - 30), `d.tar${suffix}`);
    expect(problems.map(({ message }) => message).join()).toMatch(/cut short|damaged/);
    const broken = Buffer.from(packed);
    broken.fill(0x55, 20, 40);
    expect((await fromBytes(broken, `d.tar${suffix}`)).problems.length).toBeGreaterThan(0);
  });

  test.skipIf(!has(program))('is stopped where it is a bomb', async () => {
    const { entries, problems } = await fromBytes(pack(Buffer.alloc(60 * 1024 * 1024)), `b${suffix}`);
    expect(entries.every(({ bytes }) => bytes.length < 20 * 1024 * 1024)).toBe(true);
    expect(problems.map(({ message }) => message).join()).toMatch(/archive bomb/);
  });

  test.skipIf(!has(program))('says what to install where the program is missing', async () => {
    const packed = pack(Buffer.from('x'));
    process.env.PATH = '/nonexistent';
    const { entries, problems } = await fromBytes(packed, `d.tar${suffix}`);
    expect(entries).toEqual([]);
    expect(problems).toEqual([
      {
        path: `d.tar${suffix}`,
        message: expect.stringMatching(
          new RegExp(`^packed with ${program}, and there is no program ${program} here: install ${program}`),
        ) as string,
      },
    ]);
  });
});
