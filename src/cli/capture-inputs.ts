import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BundleContents, BundleEntry } from '../facts/bundle/entry.js';
import type { BundleInput } from '../facts/bundle/read-bundles.js';
import type { CaptureReading } from '../facts/captures/capture-reader.js';
import { sanitize } from '../report/sanitize.js';
import { bytesOfFile } from './capture-bytes.js';
import { type Found, looksLikeCapture, readCaptureBytes, readCaptureStream } from './capture-stream.js';
import type { TextReading } from './capture-text.js';
import { UsageError } from './usage-error.js';
import type { Say } from './words.js';

/** One capture that was read. */
export interface ReadCapture {
  /** As it is shown: the path that was given, of a folder's or an archive's file with its own behind it. */
  file: string;
  /** What of the path may tell node and interface. */
  place: string;
  reading: CaptureReading | TextReading;
}

export interface CaptureInputs {
  captures: ReadCapture[];
  /** Files of folders and archives that are no captures. */
  passedOver: number;
  /** What could not be taken from folders and archives. */
  problems: { file: string; message: string }[];
}

/** Called with the bytes read so far of the file at hand, and how many there are where that is known. */
export type OnBytes = (file: string, read: number, of: number | undefined) => void;

/** Reads what the command line names. @throws UsageError for what is there not, or is no capture. */
export async function readCaptureInputs(files: readonly string[], say: Say, onBytes: OnBytes): Promise<CaptureInputs> {
  const inputs: CaptureInputs = { captures: [], passedOver: 0, problems: [] };
  for (const file of files) {
    try {
      await readInput(file, inputs, say, onBytes);
    } catch (error) {
      if (error instanceof Error && 'syscall' in error && 'code' in error) {
        throw new UsageError(say('captureCannotRead', { file: sanitize(file), why: String(error.code) }));
      }
      throw error;
    }
  }
  return inputs;
}

async function readInput(file: string, inputs: CaptureInputs, say: Say, onBytes: OnBytes): Promise<void> {
  if (file === '-') {
    const outcome = await readCaptureStream(counted(process.stdin, (read) => onBytes(file, read, undefined)));
    if (outcome.kind === 'capture') inputs.captures.push({ file, place: file, reading: outcome.reading });
    else if (outcome.kind === 'archive') {
      const bytes = await outcome.bytes();
      if (bytes === undefined) throw new UsageError(say('captureArchiveTooLarge', { file }));
      await readBundle({ stdin: bytes, name: 'stdin' }, file, inputs, say, onBytes);
    } else throw noCapture(file, outcome.found, say);
    return;
  }
  const stat = file === '' ? undefined : statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(say('captureNoFile', { file: sanitize(file === '' ? "''" : file) }));
  if (stat.isDirectory()) {
    await readBundle({ path: file }, file, inputs, say, onBytes);
    return;
  }
  // A pipe of the shell's (<(…)) is read as it comes.
  const size = stat.isFile() ? stat.size : undefined;
  const outcome = await readCaptureStream(counted(bytesOfFile(file), (read) => onBytes(file, read, size)));
  if (outcome.kind === 'capture') inputs.captures.push({ file, place: file, reading: outcome.reading });
  else if (outcome.kind === 'archive') await readBundle({ path: file }, file, inputs, say, onBytes);
  else throw noCapture(file, outcome.found, say);
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onBytes: (read: number) => void,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of source) {
    read += chunk.length;
    onBytes(read);
    yield chunk;
  }
}

async function readBundle(
  input: BundleInput,
  shownAs: string,
  inputs: CaptureInputs,
  say: Say,
  onBytes: OnBytes,
): Promise<void> {
  const { entries, problems } = await bundleOf(input);
  let found = 0;
  for (const entry of entries) {
    const onDisk = 'path' in input ? fileBehind(input.path, entry) : undefined;
    const file = onDisk ?? `${shownAs.replace(/\/+$/, '')}/${entry.path}`;
    try {
      if (!isCapture(entry)) {
        inputs.passedOver += 1;
        continue;
      }
      const outcome =
        onDisk === undefined
          ? readCaptureBytes(entry.bytes)
          : await readCaptureStream(counted(bytesOfFile(onDisk), (read) => onBytes(file, read, entry.size)));
      if (outcome.kind !== 'capture') {
        inputs.passedOver += 1;
        continue;
      }
      found += 1;
      inputs.captures.push({ file, place: onDisk ?? entry.path, reading: outcome.reading });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      inputs.problems.push({ file, message: `cannot be read (${String(error.code)})` });
    }
  }
  for (const { path, message } of problems) inputs.problems.push({ file: `${shownAs}/${path}`, message });
  if (found === 0) {
    throw new UsageError(
      say('captureNoneInside', { file: sanitize(shownAs), n: entries.length, expected: say('captureExpected') }),
    );
  }
}

/** Readers of archives are loaded only where there is one. */
async function bundleOf(input: BundleInput): Promise<BundleContents> {
  const { readBundles, UnreadableInput } = await import('../facts/bundle/read-bundles.js');
  try {
    return await readBundles([input]);
  } catch (error) {
    throw error instanceof UnreadableInput ? new UsageError(sanitize(error.message)) : error;
  }
}

function isCapture(entry: BundleEntry): boolean {
  return entry.size !== 0 && looksLikeCapture(entry.head ?? entry.bytes.subarray(0, 64 * 1024));
}

/** The file itself, where a folder's entry is one: it may be larger than what a bundle takes of a file. */
function fileBehind(folder: string, entry: BundleEntry): string | undefined {
  if (entry.head === undefined) return undefined;
  // Of a folder that is one of the layout's, paths begin with its own name.
  for (const base of [folder, dirname(folder)]) {
    const path = join(base, entry.path);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true && stat.size >= (entry.size ?? 0)) return path;
  }
  return undefined;
}

function noCapture(file: string, found: Found, say: Say): UsageError {
  const { what, why = '' } = found;
  const is =
    what === 'empty'
      ? say('captureFoundEmpty')
      : what === 'text'
        ? say('captureFoundText')
        : what === 'binary'
          ? say('captureFoundBinary')
          : say(what === 'packed' ? 'captureFoundPacked' : 'captureFoundDamaged', { why });
  return new UsageError(say('captureNone', { file: sanitize(file), found: is, expected: say('captureExpected') }));
}
