import { DEFAULT_LIMITS } from '../facts/bundle/entry.js';
import { type Format, formatOf, packedAs } from '../facts/bundle/format.js';
import { unpackByProgram } from '../facts/bundle/unpack-program.js';
import { isCaptureFile } from '../facts/captures/capture-file.js';
import { CaptureReader, type CaptureReading } from '../facts/captures/capture-reader.js';
import { looksLikeTcpdump } from '../facts/captures/text/tcpdump-text-reader.js';
import { allBytes, DamagedPacking, gunzipped, peeked } from './capture-bytes.js';
import { CaptureTextStream, type TextReading, textEncodingOf } from './capture-text.js';

/** First bytes by which it is told what a stream is: tcpdump's text may stand behind a prompt and other output. */
const HEAD = 64 * 1024;
/** Packings within packings. */
const DEEPEST = 2;

/** What was read of one stream. */
export type StreamOutcome =
  | { kind: 'capture'; reading: CaptureReading | TextReading }
  /** A tar or a zip; `bytes` are those of the archive, or of what it is packed in. */
  | { kind: 'archive'; bytes: () => Promise<Uint8Array | undefined> }
  | { kind: 'other'; found: Found };

/** What a stream is that is no capture; `why` in English, as the reader of packings says it. */
export interface Found {
  what: 'empty' | 'text' | 'binary' | 'packed' | 'not-unpacked';
  why?: string;
}

/**
 * Reads a capture, a packed one, or tcpdump's text from bytes as they come, told apart by content, in memory that does not
 * grow with them (but with the packed bytes of xz, zstd and bzip2). Throws what the source throws.
 */
export async function readCaptureStream(source: AsyncIterable<Uint8Array>, depth = 0): Promise<StreamOutcome> {
  const { head, all, damage: broken } = await peeked(source, HEAD);
  if (broken !== undefined && head.length === 0) return { kind: 'other', found: { what: 'not-unpacked', why: broken } };
  const format = formatOf(head, '');
  if (isArchiveFormat(format)) return archive(all);
  if (format === 'gzip' && depth < DEEPEST) return readCaptureStream(gunzipped(all), depth + 1);
  if (format === 'xz' || format === 'zstd' || format === 'bzip2') return readByProgram(all, format);
  const reader = readerFor(head);
  if (reader === undefined) return { kind: 'other', found: foundIn(head) };
  let damage: string | undefined;
  try {
    for await (const chunk of all) reader.feed(chunk);
  } catch (error) {
    if (!(error instanceof DamagedPacking)) throw error;
    damage = error.message;
  }
  return finished(reader, damage);
}

/** What of it is a capture that is in memory. */
export function readCaptureBytes(bytes: Uint8Array): StreamOutcome {
  const reader = readerFor(bytes.subarray(0, HEAD));
  if (reader === undefined) return { kind: 'other', found: foundIn(bytes) };
  reader.feed(bytes);
  return finished(reader, undefined);
}

/** Whether a file with these first bytes is a capture or tcpdump's text. */
export function looksLikeCapture(head: Uint8Array): boolean {
  return readerFor(head) !== undefined;
}

function finished(reader: CaptureReader | CaptureTextStream, damage: string | undefined): StreamOutcome {
  const reading = reader.end();
  // Text that looked like it, and has neither a packet nor tcpdump's own words.
  if (reading.format === 'text' && reading.packets === 0 && reading.listeningOn === undefined) {
    return { kind: 'other', found: { what: 'text' } };
  }
  if (damage !== undefined) {
    reading.problems.push({ message: `the packing is damaged, read as far as it goes: ${damage}` });
    for (const { summary } of reading.interfaces) summary.damaged = true;
  }
  return { kind: 'capture', reading };
}

function isArchiveFormat(format: Format): boolean {
  return format === 'tar' || format === 'zip';
}

function archive(all: AsyncIterable<Uint8Array>): StreamOutcome {
  return { kind: 'archive', bytes: () => allBytes(all, DEFAULT_LIMITS.totalBytes) };
}

function readerFor(head: Uint8Array): CaptureReader | CaptureTextStream | undefined {
  if (isCaptureFile(head)) return new CaptureReader();
  const text = textOf(head);
  return text !== undefined && looksLikeTcpdump(text.split(/\r?\n/)) ? new CaptureTextStream(head) : undefined;
}

/** The head as text; undefined where it is none. */
function textOf(head: Uint8Array): string | undefined {
  const encoding = textEncodingOf(head);
  if (encoding === 'utf-8' && head.includes(0)) return undefined;
  return new TextDecoder(encoding).decode(head);
}

function foundIn(head: Uint8Array): Found {
  if (head.length === 0) return { what: 'empty' };
  const packed = packedAs(head);
  if (packed !== undefined) return { what: 'packed', why: `${packed.name}, unpack it first: ${packed.unpack}` };
  return { what: textOf(head) === undefined ? 'binary' : 'text' };
}

async function readByProgram(all: AsyncIterable<Uint8Array>, format: 'xz' | 'zstd' | 'bzip2'): Promise<StreamOutcome> {
  const packed = await allBytes(all, DEFAULT_LIMITS.totalBytes);
  if (packed === undefined) return { kind: 'other', found: { what: 'not-unpacked', why: 'larger than 2 GB, packed' } };
  let head: Buffer | undefined = Buffer.alloc(0);
  let reader: CaptureReader | CaptureTextStream | undefined;
  let isArchive = false;
  const start = (): boolean => {
    const first = head!;
    head = undefined;
    isArchive = isArchiveFormat(formatOf(first, ''));
    reader = isArchive ? undefined : readerFor(first);
    reader?.feed(first);
    if (reader === undefined) head = first;
    return reader !== undefined;
  };
  const end = await unpackByProgram(packed, format, (piece) => {
    if (reader !== undefined) {
      reader.feed(piece);
      return true;
    }
    head = Buffer.concat([head!, piece]);
    return head.length < HEAD || start();
  });
  if (reader === undefined && !isArchive && (head?.length ?? 0) < HEAD && head!.length > 0) start();
  if (isArchive) return { kind: 'archive', bytes: () => Promise.resolve(packed) };
  const why = end.missing ?? end.error;
  if (reader !== undefined) return finished(reader, why);
  if (why !== undefined && head!.length === 0) return { kind: 'other', found: { what: 'not-unpacked', why } };
  return { kind: 'other', found: foundIn(head!) };
}
