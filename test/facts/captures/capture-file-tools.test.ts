import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { needs, sharkFrames, written } from './capture-tools.js';
import { PcapngWriter, payload } from './capture-writers.js';
import { type ReadFile, readRecords } from './read-records.js';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const BYTES = fixture('underlay.pcap');

/** Reads a capture and holds every packet to what tshark makes of it. */
function readAsTshark(capture: Uint8Array): ReadFile {
  const read = readRecords(capture);
  const frames = sharkFrames(capture);
  expect(read.problems).toEqual([]);
  expect(read.records.length).toBe(frames.length);
  expect(frames.length).toBeGreaterThan(0);
  for (const [at, frame] of frames.entries()) {
    const record = read.records[at]!;
    expect(record).toMatchObject({ number: frame.number, originalLength: frame.length });
    expect(record.data.length / 2).toBe(frame.captured);
    // tshark gives a time to packets without one: that of the epoch.
    if (!Number.isNaN(record.time)) expect(Math.abs(record.time - frame.time)).toBeLessThan(1e-6);
    if (record.iface !== undefined) expect(record.iface).toBe(frame.iface);
  }
  return read;
}

const editcap = (...options: string[]) =>
  written('editcap', (folder) => [...options, join(folder, 'in'), join(folder, 'out')], { in: BYTES });

describe('agrees with tshark on', () => {
  test.for(['pcap', 'nsecpcap', 'modpcap', 'pcapng'])('what editcap writes as %s', (format, context) => {
    needs(context, 'tshark', 'editcap');
    const read = readAsTshark(editcap('-F', format));
    expect(read.reader.format).toBe(format === 'pcapng' ? 'pcapng' : 'pcap');
    expect(read.records.map(({ data }) => data)).toEqual(readRecords(BYTES).records.map(({ data }) => data));
  });

  test('packets that editcap cut', (context) => {
    needs(context, 'tshark', 'editcap');
    for (const format of ['pcap', 'pcapng']) {
      const read = readAsTshark(editcap('-F', format, '-s', '60'));
      expect(read.records.every(({ data }) => data.length / 2 <= 60)).toBe(true);
    }
  });

  test('link types that editcap was told to write', (context) => {
    needs(context, 'tshark', 'editcap');
    expect(readAsTshark(editcap('-F', 'pcap', '-T', 'rawip')).reader.linkTypes).toEqual([101]);
    expect(readAsTshark(editcap('-F', 'pcapng', '-T', 'linux-sll')).reader.linkTypes).toEqual([113]);
  });

  test('several interfaces that mergecap put together', (context) => {
    needs(context, 'tshark', 'mergecap', 'editcap');
    const other = editcap('-F', 'pcap', '-T', 'rawip');
    const merged = written(
      'mergecap',
      (folder) => ['-F', 'pcapng', '-I', 'none', join(folder, 'a'), join(folder, 'b'), '-w', join(folder, 'out')],
      { a: BYTES, b: other },
    );
    const read = readAsTshark(merged);
    expect(new Set(read.reader.linkTypes)).toEqual(new Set([1, 101]));
    expect(read.reader.packets).toBe(2 * readRecords(BYTES).records.length);
  });

  test('what text2pcap makes of a hexadecimal dump', (context) => {
    needs(context, 'tshark', 'text2pcap');
    const dump = Buffer.from('0000 02 42 ac 11 00 02 02 42 ac 11 00 03 08 00 45 00\n\n0000 01 02 03 04 05 06 07\n');
    for (const format of ['pcap', 'nsecpcap', 'pcapng']) {
      const capture = written('text2pcap', (folder) => ['-F', format, join(folder, 'in'), join(folder, 'out')], {
        in: dump,
      });
      const read = readAsTshark(capture);
      expect(read.records.map(({ data }) => data)).toEqual(['0242ac1100020242ac11000308004500', '01020304050607']);
    }
  });

  test.for([
    ['little-endian', true],
    ['big-endian', false],
  ] as const)('every kind of block in %s, with directions, resolutions and offsets', ([, little], context) => {
    needs(context, 'tshark');
    const w = new PcapngWriter(little);
    const capture = Buffer.concat([
      w.section(),
      w.interface({ name: 'eth0', snaplen: 64 }),
      w.interface({ name: 'cni0', linkType: 113, resolution: 9, offset: -3600 }),
      w.interface({ name: 'any', resolution: 0x80 | 20 }),
      w.enhanced({ data: payload(61), flags: 1, original: 100 }),
      w.enhanced({ data: payload(62), flags: 2, iface: 1, ticks: 1.7e18 + 123_456_768 }),
      w.enhanced({ data: payload(63), iface: 2, ticks: 1_700_000_000 * 2 ** 20 + 2 ** 18 }),
      w.block(4, Buffer.alloc(4)),
      w.obsolete({ data: payload(60), iface: 1, ticks: 1_700_000_001_000_000_000 }),
      w.simple({ data: payload(64), original: 1514 }),
      w.section(),
      // Its name is left out: tshark 4.0 takes that of the first section's interface.
      w.interface({ linkType: 101 }),
      w.enhanced({ data: payload(60), flags: 0 }),
    ]);
    const read = readAsTshark(capture);
    const directions = sharkFrames(capture).map(({ direction }) => direction);
    expect(read.records.map(({ direction }) => direction)).toEqual(['in', 'out', ...Array(4).fill(undefined)]);
    expect(directions.slice(0, 2)).toEqual(['0x00000001', '0x00000002']);
  });
});

const SEND =
  'const s = require("dgram").createSocket("udp4"); for (const size of [1, 20, 300, 1400]) s.send(Buffer.alloc(size), 9999, "127.0.0.1"); setTimeout(() => s.close(), 100)';
const NAMESPACE = spawnSync('unshare', ['-n', 'true']).status === 0;

describe('what tcpdump writes in a network namespace', () => {
  /** Four datagrams over loopback. */
  function captured(...options: string[]): Buffer {
    const folder = mkdtempSync(join(tmpdir(), 'podnet-capture-'));
    const file = join(folder, 'out.pcap');
    const script = `
      ip link set lo up
      timeout 20 tcpdump --immediate-mode -U -n -c 4 "$@" -w ${file} udp 2> ${folder}/log &
      until grep -q listening ${folder}/log || ! kill -0 $!; do sleep 0.05; done
      ${process.execPath} -e '${SEND}'
      wait`;
    try {
      execFileSync('unshare', ['-n', 'sh', '-c', script, 'sh', ...options], { stdio: 'pipe' });
      return readFileSync(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  function needsNamespace(context: TestContext): void {
    needs(context, 'tshark', 'tcpdump', 'unshare', 'ip');
    if (NAMESPACE) return;
    if (process.env.PODNET_REQUIRE === 'all') expect.fail('network namespaces are not allowed here');
    context.skip('network namespaces are not allowed here');
  }

  test.for([
    ['on lo', ['-i', 'lo'], 1],
    ['on any, with nanoseconds', ['-i', 'any', '--time-stamp-precision=nano'], 276],
    ['on any, cooked in the old way', ['-i', 'any', '-y', 'LINUX_SLL', '-s', '60'], 113],
  ] as const)('%s is read as tshark does', { timeout: 30_000 }, ([, options, linkType], context) => {
    needsNamespace(context);
    const read = readAsTshark(captured(...options));
    expect(read.reader.packets).toBe(4);
    expect(read.reader.linkTypes).toEqual([linkType]);
  });
});
