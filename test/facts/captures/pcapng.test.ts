import { describe, expect, test } from 'vitest';
import { PcapngWriter, payload } from './capture-writers.js';
import { numbersOf, type ReadFile, readRecords } from './read-records.js';

const W = new PcapngWriter();
const DATA = payload(60);
const packet = W.enhanced({ data: DATA });

const messages = (read: ReadFile) => read.problems.map(({ message }) => message);
const readBlocks = (...blocks: Buffer[]) => readRecords(Buffer.concat(blocks));
/** A packet whose data tells it apart. */
const tagged = (tag: number) => W.enhanced({ data: payload(40 + tag, tag) });
const tags = (read: ReadFile) => read.records.map(({ data }) => data.length / 2 - 40);

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('a %s pcapng', (_, little) => {
  const w = new PcapngWriter(little);

  test('tells of each packet its interface, link type, time, lengths and direction', () => {
    const read = readBlocks(
      w.section(),
      w.interface({ name: 'eth0', snaplen: 96 }),
      w.interface({ name: 'cni0', linkType: 276, snaplen: 200, resolution: 9 }),
      w.enhanced({ data: payload(33), original: 1514, flags: 1 }),
      w.enhanced({ data: payload(60), iface: 1, ticks: 1_700_000_000_500_000_000, flags: 2 }),
      w.enhanced({ data: payload(60), iface: 1, ticks: 0, flags: 0 }),
    );
    expect(read.problems).toEqual([]);
    expect(read.records).toMatchObject([
      { number: 1, linkType: 1, iface: 'eth0', originalLength: 1514, direction: 'in', time: 1_700_000_000 },
      { number: 2, linkType: 276, iface: 'cni0', originalLength: 60, direction: 'out', time: 1_700_000_000.5 },
      { number: 3, linkType: 276, iface: 'cni0', direction: undefined, time: 0 },
    ]);
    expect(read.records[0]!.data).toBe(payload(33).toString('hex'));
    expect(read.reader).toMatchObject({ format: 'pcapng', linkTypes: [1, 276], packets: 3, snaplen: 200 });
  });

  test('has simple packets without a time, cut to the snaplen', () => {
    const read = readBlocks(w.section(), w.interface({ snaplen: 64 }), w.simple({ data: payload(64), original: 1514 }));
    expect(read.records[0]).toMatchObject({
      time: Number.NaN,
      originalLength: 1514,
      data: payload(64).toString('hex'),
    });
    expect(read.problems).toEqual([]);
  });

  test('has packets in the obsolete block', () => {
    const read = readBlocks(
      w.section(),
      w.interface(),
      w.interface({ name: 'b' }),
      w.obsolete({ data: DATA, iface: 1 }),
    );
    expect(read.records).toMatchObject([{ iface: 'b', time: 1_700_000_000, data: DATA.toString('hex') }]);
    expect(read.problems).toEqual([]);
  });

  test('counts times in powers of two and from an offset, also one before it', () => {
    const read = readBlocks(
      w.section(),
      w.interface({ resolution: 0x80 | 10, offset: 1_700_000_000 }),
      w.interface({ resolution: 0, offset: -10 }),
      w.enhanced({ data: DATA, ticks: 512 }),
      w.enhanced({ data: DATA, ticks: 25, iface: 1 }),
    );
    expect(read.records.map(({ time }) => time)).toEqual([1_700_000_000.5, 15]);
  });

  test('that is cut at any byte keeps the packets before', () => {
    const blocks = [
      w.section(),
      w.interface(),
      ...[1, 2, 3].map((flags) => w.enhanced({ data: payload(flags), flags })),
    ];
    const whole = Buffer.concat(blocks);
    let end = 0;
    const ends = blocks.map((block) => (end += block.length));
    for (let length = 12; length < whole.length; length++) {
      const read = readRecords(whole.subarray(0, length));
      const complete = ends.filter((at) => at <= length).length;
      expect(read.reader.packets).toBe(Math.max(complete - 2, 0));
      expect(read.problems.length).toBe(ends.includes(length) ? 0 : 1);
    }
  });

  test('names the packet that it is cut in', () => {
    const read = readBlocks(
      w.section(),
      w.interface(),
      w.enhanced({ data: DATA }),
      w.enhanced({ data: DATA }).subarray(0, 50),
    );
    expect(numbersOf(read)).toEqual([1]);
    expect(read.problems).toEqual([{ message: 'the file is cut in packet 2', packet: 2 }]);
  });
});

test('each section has its own byte order and its own interfaces, and packets are counted on', () => {
  const other = new PcapngWriter(false);
  const read = readBlocks(
    W.section(),
    W.interface({ name: 'a' }),
    packet,
    other.section(),
    other.interface({ name: 'b', linkType: 113 }),
    other.enhanced({ data: DATA }),
    other.enhanced({ data: DATA, iface: 1 }),
  );
  expect(read.records).toMatchObject([
    { number: 1, iface: 'a', linkType: 1 },
    { number: 2, iface: 'b', linkType: 113 },
  ]);
  expect(read.problems).toEqual([{ message: 'a packet of interface 1, which is not described', packet: 3 }]);
});

test('a packet of an interface that is missing is passed over and counted', () => {
  const read = readBlocks(W.section(), W.interface(), W.enhanced({ data: DATA, iface: 3 }), packet);
  expect(numbersOf(read)).toEqual([2]);
  expect(read.problems).toEqual([{ message: 'a packet of interface 3, which is not described', packet: 1 }]);
});

test('a simple packet without an interface is passed over and counted', () => {
  const read = readBlocks(W.section(), W.simple({ data: DATA }), W.interface(), packet);
  expect(numbersOf(read)).toEqual([2]);
  expect(read.problems.map(({ packet: number }) => number)).toEqual([1]);
});

test('names, statistics, secrets and blocks that nobody knows are passed over', () => {
  const others = [4, 5, 10, 0xbad, 0x1234_5678].map((type) => W.block(type, payload(64)));
  const read = readBlocks(W.section(), W.interface(), ...others, packet, ...others);
  expect(numbersOf(read)).toEqual([1]);
  expect(read.problems).toEqual([]);
});

test('a section that tells its length is read as one that does not', () => {
  const length = W.interface().length + packet.length;
  const read = readBlocks(W.section({ length }), W.interface(), packet, W.section({ length }), W.interface(), packet);
  expect(numbersOf(read)).toEqual([1, 2]);
  expect(read.problems).toEqual([]);
});

test('a section that tells a wrong length is read to its end all the same', () => {
  const length = W.interface().length + packet.length;
  const read = readBlocks(
    W.section({ length: 8 }),
    W.interface(),
    packet,
    W.section({ length: 9999 }),
    W.interface(),
    packet,
  );
  expect(numbersOf(read)).toEqual([1, 2]);
  expect(messages(read)).toEqual([
    `a section that says it has 8 bytes and has ${length}`,
    `a section that says it has 9999 bytes and has ${length}`,
  ]);
});

test('interfaces without a packet have their link type told, each once', () => {
  const read = readBlocks(W.section(), ...[113, 1, 113, 276].map((linkType) => W.interface({ linkType })));
  expect(read.reader.linkTypes).toEqual([113, 1, 276]);
  expect(read.problems).toEqual([]);
});

test('the snaplen is that of the interface that takes most', () => {
  const snaplenOf = (...snaplens: number[]) =>
    readBlocks(W.section(), ...snaplens.map((snaplen) => W.interface({ snaplen }))).reader.snaplen;
  expect(snaplenOf(96, 262_144, 200)).toBe(262_144);
  expect(snaplenOf(96, 0, 200)).toBe(0);
});

test('options that are malformed are left out', () => {
  const claimsTooMuch = Buffer.from([2, 0, 0xff, 0xff, 1, 2, 3, 4]);
  const base = W.interface().subarray(8, 16);
  const name = W.option(2, Buffer.from('eth0'));
  const noResolution = W.option(9, Buffer.from([6, 6]));
  const read = readBlocks(W.section(), W.block(1, Buffer.concat([base, noResolution, name, claimsTooMuch])), packet);
  expect(read.records).toMatchObject([{ iface: 'eth0', time: 1_700_000_000 }]);
  expect(read.problems).toEqual([]);
});

test('a name ends at its zero and has a limit', () => {
  const nameOf = (name: string) => readBlocks(W.section(), W.interface({ name }), packet).records[0]!.iface;
  expect(nameOf('eth0\0\0rest')).toBe('eth0');
  expect(nameOf('x'.repeat(60_000))).toBe('x'.repeat(256));
  expect(nameOf('')).toBe(undefined);
});

test.each([
  ['of zero', 0],
  ['below the smallest', 8],
  ['that is no multiple of 4', 93],
  ['of 2 GB', 2 ** 31],
])('a block with a length %s is told, and the next good block is found', (_, length) => {
  const read = readBlocks(
    W.section(),
    W.interface(),
    tagged(1),
    W.enhanced({ data: DATA }, { length }),
    tagged(3),
    tagged(4),
  );
  expect(tags(read)).toEqual([1, 3, 4]);
  expect(numbersOf(read)).toEqual([1, 3, 4]);
  expect(read.problems).toEqual([
    { message: `a block that claims to have ${length} bytes: ${packet.length} bytes were passed over`, packet: 2 },
  ]);
});

test('a block that cannot be, with nothing readable behind it, ends the reading', () => {
  const read = readBlocks(W.section(), W.interface(), packet, Buffer.alloc(5000));
  expect(numbersOf(read)).toEqual([1]);
  expect(messages(read)).toEqual(['a block that claims to have 0 bytes: nothing behind it could be read']);
});

test('a block whose end tells another length is kept where another block follows', () => {
  const read = readBlocks(
    W.section(),
    W.interface(),
    tagged(1),
    W.enhanced({ data: payload(42, 2) }, { closing: 7 }),
    tagged(3),
  );
  expect(tags(read)).toEqual([1, 2, 3]);
  expect(read.problems).toEqual([
    { message: 'a block that has 76 bytes by its beginning and 7 by its end', packet: 2 },
  ]);
});

test('a block whose beginning tells another length keeps its packet, and those behind it', () => {
  const long = W.enhanced({ data: payload(42, 2) }, { length: 100, closing: 76 });
  const read = readBlocks(W.section(), W.interface(), tagged(1), long, tagged(3), tagged(4));
  expect(tags(read)).toEqual([1, 2, 3, 4]);
  expect(read.problems.map(({ packet: number }) => number)).toEqual([2]);
});

test('a packet that claims more bytes than its block has is passed over and counted', () => {
  const read = readBlocks(W.section(), W.interface(), W.enhanced({ data: DATA, captured: 2 ** 31 }), packet);
  expect(numbersOf(read)).toEqual([2]);
  expect(read.problems).toEqual([
    { message: 'a packet that claims to have 2147483648 bytes in a block of 92', packet: 1 },
  ]);
});

test('blocks that are too small for what they are are told', () => {
  const read = readBlocks(W.section(), W.interface(), W.block(6, Buffer.alloc(4)), W.block(1, Buffer.alloc(4)), packet);
  expect(numbersOf(read)).toEqual([2]);
  expect(messages(read)).toEqual([
    'a block of type 6 with 16 bytes, of at least 32',
    'a block of type 1 with 16 bytes, of at least 20',
  ]);
});

test('a version that nobody knows is told, and read', () => {
  const read = readBlocks(W.section({ major: 3 }), W.interface(), packet);
  expect(numbersOf(read)).toEqual([1]);
  expect(messages(read)).toEqual(['pcapng of the unknown version 3.0']);
});

test('a section whose header has an impossible length has no interfaces of the section before', () => {
  const section = W.section();
  section.writeUInt32LE(3, 4);
  const read = readBlocks(
    W.section(),
    W.interface({ name: 'a' }),
    packet,
    section,
    packet,
    W.interface({ name: 'b' }),
    packet,
  );
  expect(read.records.map(({ iface }) => iface)).toEqual(['a', 'b']);
  expect(read.problems.map(({ packet: number }) => number)).toEqual([2, 2]);
});

test('a block that would end behind the file is not taken up behind a damage', () => {
  const beyond = W.block(6, payload(16), 4000);
  const read = readBlocks(W.section(), W.interface(), tagged(1), Buffer.alloc(20), beyond, tagged(3));
  expect(tags(read)).toEqual([1, 3]);
});

test('interfaces have a limit, which packets of the first ones do not feel', () => {
  const interfaces = Array<Buffer>(65_538).fill(W.interface());
  const read = readBlocks(W.section(), ...interfaces, packet, W.enhanced({ data: DATA, iface: 65_537 }));
  expect(numbersOf(read)).toEqual([1]);
  expect(messages(read)).toEqual([
    'more than 65536 interfaces',
    'more than 65536 interfaces',
    'a packet of interface 65537, which is not described',
  ]);
});
