import { describe, expect, test } from 'vitest';
import { MICROSECONDS, MODIFIED, NANOSECONDS, payload, pcapHeader, pcapOf, pcapRecord } from './capture-writers.js';
import { numbersOf, readRecords } from './read-records.js';

const PACKETS = [60, 98, 1, 0, 150].map((length, at) => ({
  seconds: 1_700_000_000 + at,
  fraction: 250_000,
  data: payload(length, at),
}));

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('a %s pcap', (_, little) => {
  test.each([
    ['microseconds', MICROSECONDS, 0.25],
    ['nanoseconds', NANOSECONDS, 0.00025],
    ['the modified record header', MODIFIED, 0.25],
  ])('with %s is read packet by packet', (_name, magic, fraction) => {
    const read = readRecords(pcapOf(PACKETS, { little, magic, linkType: 113, snaplen: 1500 }));
    expect(read.problems).toEqual([]);
    expect(read.records.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(read.records.map(({ data }) => data)).toEqual(PACKETS.map(({ data }) => data.toString('hex')));
    for (const [at, { time }] of read.records.entries()) expect(time).toBeCloseTo(1_700_000_000 + at + fraction, 6);
    expect(read.records.every(({ linkType, iface, direction }) => linkType === 113 && iface === direction)).toBe(true);
    expect(read.reader).toMatchObject({ format: 'pcap', linkTypes: [113], packets: 5, snaplen: 1500 });
  });

  test('tells the length on the wire apart from what was captured', () => {
    const [record] = readRecords(pcapOf([{ data: payload(96), original: 1514 }], { little })).records;
    expect(record).toMatchObject({ originalLength: 1514, data: payload(96).toString('hex') });
  });

  test('tells its link type without the bits of the frame check sequence', () => {
    expect(readRecords(pcapHeader({ little, linkType: 0x2400_0001 })).reader.linkTypes).toEqual([1]);
  });

  test('that is cut at any byte keeps the packets before, and says where it is cut', () => {
    const whole = pcapOf(PACKETS, { little });
    const ends = [24];
    for (const { data } of PACKETS) ends.push(ends.at(-1)! + 16 + data.length);
    for (let length = 12; length <= whole.length; length++) {
      const read = readRecords(whole.subarray(0, length));
      const complete = ends.filter((end) => end <= length).length - 1;
      expect(numbersOf(read)).toEqual(Array.from({ length: Math.max(complete, 0) }, (_, at) => at + 1));
      const expected = ends.includes(length)
        ? []
        : length < 24
          ? [{ message: 'the file is cut in its header', packet: 1 }]
          : [{ message: `the file is cut in packet ${complete + 1}`, packet: complete + 1 }];
      expect(read.problems).toEqual(expected);
    }
  });

  test('with a length that cannot be goes on at the next packet', () => {
    const lie = pcapRecord({ data: payload(70), captured: 2 ** 31 }, { little });
    const [first, ...rest] = PACKETS.slice(0, 3).map((packet) => pcapRecord(packet, { little }));
    const read = readRecords(Buffer.concat([pcapHeader({ little }), first!, lie, ...rest]));
    expect(numbersOf(read)).toEqual([1, 3, 4]);
    expect(read.records[1]!.data).toBe(PACKETS[1]!.data.toString('hex'));
    expect(read.problems).toEqual([
      { message: 'a packet that claims to have 2147483648 bytes: 86 bytes were passed over', packet: 2 },
    ]);
  });
});

test('a pcap with a header alone is an empty capture', () => {
  const read = readRecords(pcapHeader());
  expect(read.problems).toEqual([]);
  expect(read.reader).toMatchObject({ format: 'pcap', packets: 0, linkTypes: [1] });
});

test('a length that cannot be, with nothing readable behind it, is told with the packet that it is', () => {
  const read = readRecords(
    Buffer.concat([pcapOf(PACKETS.slice(0, 2)), pcapRecord({ data: payload(9999), captured: 2 ** 31 })]),
  );
  expect(numbersOf(read)).toEqual([1, 2]);
  expect(read.problems).toEqual([
    { message: 'a packet that claims to have 2147483648 bytes: nothing behind it could be read', packet: 3 },
  ]);
});

test('a length that is too short is told at the next packet, and costs no more than that', () => {
  const packets = PACKETS.filter(({ data }) => data.length > 0);
  const records = [packets[0]!, { ...packets[1]!, captured: 40 }, packets[2]!, packets[3]!].map((packet) =>
    pcapRecord(packet),
  );
  const read = readRecords(Buffer.concat([pcapHeader(), ...records]));
  expect(read.records.map(({ data }) => data.length / 2)).toEqual([60, 40, 1, 150]);
  expect(read.problems.map(({ packet }) => packet)).toEqual([3]);
});

test('zeros, as a hole in the file reads, are no packets', () => {
  const read = readRecords(
    Buffer.concat([pcapOf(PACKETS), Buffer.alloc(4096), pcapRecord(PACKETS[0]!), pcapRecord(PACKETS[1]!)]),
  );
  expect(numbersOf(read)).toEqual([1, 2, 3, 4, 5, 7, 8]);
  expect(read.problems).toEqual([
    { message: 'zeros where a packet should be: 4096 bytes were passed over', packet: 6 },
  ]);
});

test('what looks like a packet of another year is not taken up behind a damage', () => {
  const lie = pcapRecord({ data: payload(70), captured: 2 ** 31 });
  const strange = [5, 6].map((seconds) => pcapRecord({ seconds, data: payload(30) }));
  const read = readRecords(Buffer.concat([pcapOf(PACKETS), lie, ...strange]));
  expect(numbersOf(read)).toEqual([1, 2, 3, 4, 5]);
});

test('a packet with more captured than there was keeps its bytes, and is told', () => {
  const read = readRecords(pcapOf([{ data: payload(60), original: 40 }]));
  expect(read.records[0]).toMatchObject({ originalLength: 60, data: payload(60).toString('hex') });
  expect(read.problems).toEqual([{ message: 'a packet with 60 bytes captured of 40', packet: 1 }]);
});

test('a packet that is larger than the snaplen is believed', () => {
  const read = readRecords(pcapOf([{ data: payload(2000) }], { snaplen: 68 }));
  expect(numbersOf(read)).toEqual([1]);
  expect(read.problems).toEqual([]);
});

test('a snaplen of gigabytes makes no packet of gigabytes plausible', () => {
  const read = readRecords(pcapOf([{ data: payload(60), captured: 2 ** 30 }], { snaplen: 2 ** 32 - 1 }));
  expect(read.problems.map(({ message }) => message)).toEqual([
    'a packet that claims to have 1073741824 bytes: nothing behind it could be read',
  ]);
});

test('a version that nobody knows is told, and read', () => {
  const read = readRecords(pcapOf(PACKETS, { major: 7 }));
  expect(numbersOf(read)).toEqual([1, 2, 3, 4, 5]);
  expect(read.problems).toEqual([{ message: 'pcap of the unknown version 7.4', packet: 0 }]);
});

test.each([
  ['than was on the wire', 60 + 2 ** 16, 60],
  ['than the snaplen, without a packet behind', 60 + 2 ** 16, 2 ** 17],
])('a packet that claims more bytes %s does not swallow those behind it', (_, captured, original) => {
  const packets = Array.from({ length: 2000 }, (_packet, at) => ({ seconds: 1_700_000_000 + at, data: payload(60) }));
  const read = readRecords(
    pcapOf([packets[0]!, { ...packets[1]!, captured, original }, ...packets.slice(2)], { snaplen: 65_535 }),
  );
  expect(read.reader.packets).toBe(1999);
  expect(read.problems).toEqual([
    { message: `a packet with ${captured} bytes captured of ${original}: 76 bytes were passed over`, packet: 2 },
  ]);
});

test('a file that ends in a packet with an impossible length keeps those behind its header', () => {
  const short = [60, 61, 62].map((length) => ({ data: payload(length) }));
  const read = readRecords(pcapOf([{ data: payload(50), captured: 5000, original: 50 }, ...short]));
  expect(numbersOf(read)).toEqual([2, 3, 4]);
});

test('a writer that never tells the length on the wire is read', () => {
  const read = readRecords(pcapOf(PACKETS.map((packet) => ({ ...packet, original: 0 }))));
  expect(numbersOf(read)).toEqual([1, 2, 3, 4, 5]);
});

test('files that were put together with cat are read one behind the other', () => {
  const read = readRecords(
    Buffer.concat([
      pcapOf(PACKETS, { linkType: 1 }),
      pcapOf(PACKETS, { linkType: 113, little: false, magic: NANOSECONDS }),
    ]),
  );
  expect(read.problems).toEqual([]);
  expect(read.records.map(({ linkType }) => linkType)).toEqual([1, 1, 1, 1, 1, 113, 113, 113, 113, 113]);
  expect(numbersOf(read)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(read.reader.linkTypes).toEqual([1, 113]);
});

describe('behind a damage at the very beginning', () => {
  const lie = pcapRecord({ data: payload(70), captured: 2 ** 31 });
  const good = [PACKETS[0]!, PACKETS[1]!].map((packet) => pcapRecord(packet));
  const header = (captured: number, original: number) =>
    pcapRecord({ data: payload(4), seconds: 9, fraction: 9, captured, original });

  test.each([
    ['zeros', Buffer.alloc(64)],
    ['a packet that was longer than any', Buffer.concat([header(4, 2 ** 31), header(4, 2 ** 31)])],
    ['a packet that would end behind the file', header(100_000, 100_000)],
  ])('%s are not taken for a packet', (_, between) => {
    const read = readRecords(Buffer.concat([pcapHeader(), lie, between, ...good]));
    expect(numbersOf(read)).toEqual([2, 3]);
    expect(read.records.map(({ data }) => data.length / 2)).toEqual([60, 98]);
    expect(read.problems.length).toBe(1);
  });
});
