import { expect, test } from 'vitest';
import { CaptureFileReader } from '../../../src/facts/captures/capture-file.js';
import { PcapngWriter, payload, pcapOf } from './capture-writers.js';

/** Mulberry32: the same numbers for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const WORDS = [0, 1, 3, 6, 11, 12, 13, 0x7fffffff, 0x80000000, 0xffffffff, 0x0a0d0d0a, 0x1a2b3c4d, 262_144, 262_145];

function mutated(file: Uint8Array, next: (below: number) => number): Buffer {
  let bytes = Buffer.from(file);
  for (let changes = 1 + next(4); changes > 0 && bytes.length > 4; changes--) {
    const at = next(bytes.length);
    switch (next(5)) {
      case 0:
        bytes[at]! ^= 1 << next(8);
        break;
      case 1:
        bytes = bytes.subarray(0, at);
        break;
      case 2:
        bytes.writeUInt32LE(WORDS[next(WORDS.length)]!, Math.min(at & ~3, bytes.length - 4));
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(next(bytes.length))]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(next(200)), bytes.subarray(at)]);
    }
  }
  return bytes;
}

function read(bytes: Uint8Array, cut: number): string[] {
  const events: string[] = [];
  const reader = new CaptureFileReader({
    record: ({ number, start, end, bytes: { length }, originalLength, time }) => {
      if (!(start <= end && start >= 0 && end <= length && originalLength >= end - start)) events.push('bad bounds');
      events.push(`${number} ${end - start} ${originalLength} ${time}`);
    },
    problem: (message, packet) => events.push(`${packet} ${message}`),
  });
  for (let at = 0; at < bytes.length; at += cut) reader.feed(bytes.subarray(at, at + cut));
  reader.end();
  expect(reader.packets).toBeLessThanOrEqual(bytes.length / 16);
  return events;
}

const LENGTHS = [60, 0, 98, 33, 1, 150, 75];

function pcapng(little: boolean): Buffer {
  const w = new PcapngWriter(little);
  const blocks = LENGTHS.map((length, at) => {
    const data = payload(length);
    if (at % 3 === 0) return w.enhanced({ data, iface: at % 2, flags: at });
    return at % 3 === 1 ? w.simple({ data }) : w.obsolete({ data });
  });
  const described = [w.interface({ name: 'eth0', resolution: 9, offset: 5 }), w.interface({ snaplen: 262_144 })];
  return Buffer.concat([w.section(), ...described, ...blocks]);
}

const PACKETS = LENGTHS.map((length, at) => ({ seconds: 1_700_000_000 + at, data: payload(length) }));

test.each([
  ['pcap', pcapOf(PACKETS)],
  ['big-endian pcap', pcapOf(PACKETS, { little: false })],
  ['pcapng', Buffer.concat([pcapng(true), pcapng(false)])],
])('a %s that is mutated at will is read to an end, the same in any cut', (_, file) => {
  const next = random(20_261_127);
  for (let round = 0; round < 4000; round++) {
    const bytes = mutated(file, next);
    const events = read(bytes, bytes.length + 1);
    expect(events).not.toContain('bad bounds');
    expect(read(bytes, 1 + next(40))).toEqual(events);
  }
});
