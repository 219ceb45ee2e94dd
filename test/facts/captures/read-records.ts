import { CaptureFileReader } from '../../../src/facts/captures/capture-file.js';

/** A record with a copy of its bytes. */
export interface ReadRecord {
  number: number;
  linkType: number;
  time: number;
  originalLength: number;
  /** Hexadecimal. */
  data: string;
  iface: string | undefined;
  direction: 'in' | 'out' | undefined;
}

export interface ReadFile {
  records: ReadRecord[];
  problems: { message: string; packet: number }[];
  reader: CaptureFileReader;
}

/** Reads a capture fed in chunks of `cut` bytes, which are overwritten behind the reader's back as a caller may. */
export function readRecords(bytes: Uint8Array, cut = bytes.length): ReadFile {
  const records: ReadRecord[] = [];
  const problems: { message: string; packet: number }[] = [];
  const reader = new CaptureFileReader({
    record: ({ number, linkType, time, originalLength, bytes: from, start, end, iface, direction }) => {
      const data = Buffer.from(from.subarray(start, end)).toString('hex');
      records.push({ number, linkType, time, originalLength, data, iface, direction });
    },
    problem: (message, packet) => problems.push({ message, packet }),
  });
  const chunk = new Uint8Array(cut);
  for (let at = 0; at < bytes.length; at += cut) {
    const part = bytes.subarray(at, at + cut);
    chunk.set(part);
    reader.feed(chunk.subarray(0, part.length));
    chunk.fill(0xee);
  }
  reader.end();
  return { records, problems, reader };
}

/** The numbers of the packets that were handed over. */
export function numbersOf(read: ReadFile): number[] {
  return read.records.map(({ number }) => number);
}
