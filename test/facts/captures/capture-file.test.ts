import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CaptureFileReader, isCaptureFile } from '../../../src/facts/captures/capture-file.js';
import { type SharkFrame, sharkFrame } from './capture-tools.js';
import { MODIFIED, NANOSECONDS, PcapngWriter, payload, pcapHeader, pcapOf, pcapRecord } from './capture-writers.js';
import { type ReadFile, readRecords } from './read-records.js';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const FIXTURES = ['underlay.pcap', 'pod.pcap', 'both.pcapng'];

describe.each(FIXTURES)('%s', (name) => {
  const expected: SharkFrame[] = fixture(`${name}.tsv`).toString().trimEnd().split('\n').map(sharkFrame);

  test('has the packets, times and lengths that tshark once found', () => {
    const read = readRecords(fixture(name));
    expect(read.problems).toEqual([]);
    expect(read.records.length).toBe(expected.length);
    for (const [at, frame] of expected.entries()) {
      const record = read.records[at]!;
      expect(record).toMatchObject({ number: frame.number, originalLength: frame.length });
      expect(record.data.length / 2).toBe(frame.captured);
      expect(record.time).toBeCloseTo(frame.time, 6);
    }
  });

  test.each([1, 7, 100, 4096])('is the same in chunks of %i bytes', (cut) => {
    expect(withoutReader(readRecords(fixture(name), cut))).toEqual(withoutReader(readRecords(fixture(name))));
  });
});

function withoutReader({ records, problems }: ReadFile) {
  return { records, problems };
}

test('the fixtures have packets that were captured in part', () => {
  const cut = readRecords(fixture('underlay.pcap')).records.filter(
    ({ data, originalLength }) => data.length / 2 < originalLength,
  );
  expect(cut.length).toBeGreaterThan(0);
});

test.each([1, 7, 64])('damaged files are read the same in chunks of %i bytes', (cut) => {
  const w = new PcapngWriter(false);
  const pcap = [
    pcapOf([{ data: payload(50) }, { data: payload(60), captured: 2 ** 31 }, { data: payload(70) }]),
    Buffer.alloc(300),
    pcapRecord({ data: payload(80) }),
    pcapRecord({ data: payload(90) }).subarray(0, 60),
  ];
  const pcapng = [
    w.section({ length: 12 }),
    w.interface(),
    w.enhanced({ data: payload(50) }, { length: 0 }),
    w.enhanced({ data: payload(60) }, { closing: 0 }),
    w.enhanced({ data: payload(60) }, { length: 400, closing: 92 }),
    Buffer.alloc(40),
    w.enhanced({ data: payload(70) }),
    w.enhanced({ data: payload(80) }).subarray(0, 60),
  ];
  for (const file of [pcap, pcapng].map((parts) => Buffer.concat(parts))) {
    expect(withoutReader(readRecords(file, cut))).toEqual(withoutReader(readRecords(file)));
  }
});

test('the same record is filled again for each packet, and shows the caller’s own bytes', () => {
  const file = pcapOf([{ data: payload(50) }, { data: payload(60) }]);
  const records = new Set<object>();
  const buffers = new Set<Uint8Array>();
  const reader = new CaptureFileReader({
    record: (record) => {
      records.add(record);
      buffers.add(record.bytes);
    },
    problem: () => expect.unreachable(),
  });
  reader.feed(file);
  expect(records.size).toBe(1);
  expect([...buffers]).toEqual([file]);
});

test('an empty file is told as that', () => {
  const read = readRecords(Buffer.alloc(0));
  expect(read.problems).toEqual([{ message: 'the file is empty', packet: 0 }]);
  expect(read.reader).toMatchObject({ format: undefined, packets: 0, linkTypes: [] });
});

test.each([
  ['text', Buffer.from('12:00:00.000000 IP 10.0.0.1 > 10.0.0.2: ICMP echo request')],
  ['less than a magic number', Buffer.from([0xd4, 0xc3])],
  ['a pcapng without a mark of its byte order', Buffer.from('0a0d0d0a1c000000ffffffff0100000000000000', 'hex')],
])('%s is no capture, and is told so once', (_, bytes) => {
  for (const cut of [1, 100]) {
    const read = readRecords(bytes, cut);
    expect(read.problems).toEqual([{ message: 'no pcap or pcapng file', packet: 0 }]);
    expect(read.reader).toMatchObject({ format: undefined, packets: 0 });
  }
});

test('a beginning tells whether a file is a capture', () => {
  for (const little of [true, false]) {
    for (const magic of [undefined, NANOSECONDS, MODIFIED]) {
      expect(isCaptureFile(pcapHeader({ little, ...(magic === undefined ? {} : { magic }) }))).toBe(true);
    }
    expect(isCaptureFile(new PcapngWriter(little).section())).toBe(true);
  }
  for (const text of ['', 'abc', '\n\r\r\n# no mark of a byte order', '{"kind": "List"}']) {
    expect(isCaptureFile(Buffer.from(text))).toBe(false);
  }
});

test('the first twenty problems are told, and then how many more there are', () => {
  const w = new PcapngWriter();
  const strange = Array.from({ length: 50 }, () => w.enhanced({ data: payload(20), iface: 9 }));
  const read = readRecords(Buffer.concat([w.section(), w.interface(), ...strange, w.enhanced({ data: payload(20) })]));
  expect(read.problems.length).toBe(21);
  expect(read.problems.at(-1)).toEqual({ message: '30 more problems up to here', packet: 0 });
  expect(read.records.map(({ number }) => number)).toEqual([51]);
});

test('what is fed behind the end is not read, and an end is told once', () => {
  const read = readRecords(pcapOf([{ data: payload(50) }]).subarray(0, 60));
  read.reader.feed(pcapOf([{ data: payload(50) }]));
  read.reader.end();
  expect(read.records).toEqual([]);
  expect(read.problems.length).toBe(1);
});

/** The largest buffer that is allocated while a file is read in chunks of 4 kB. */
function largestBuffer(file: Uint8Array): number {
  const before = process.memoryUsage().arrayBuffers;
  let most = before;
  const reader = new CaptureFileReader({ record: () => {}, problem: () => {} });
  for (let at = 0; at < file.length; at += 4096) {
    reader.feed(file.subarray(at, at + 4096));
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  reader.end();
  return most - before;
}

test.each([
  ['pcap, beyond what is believed', pcapOf([{ data: payload(64), captured: 2 ** 31 - 1 }])],
  ['pcap, within what is believed', pcapOf([{ data: payload(64), captured: 16_000_000 }], { snaplen: 2 ** 30 })],
  [
    'pcapng, within what is believed',
    Buffer.concat([new PcapngWriter().section(), new PcapngWriter().block(6, payload(64), 16_000_000)]),
  ],
  [
    'pcapng, beyond what is believed',
    Buffer.concat([new PcapngWriter().section(), new PcapngWriter().block(6, payload(64), 2 ** 31)]),
  ],
])('a length that lies takes no memory that the file does not fill: %s', (_, file) => {
  expect(largestBuffer(file)).toBeLessThan(100_000);
});
