import { closeSync, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';

/** Bytes read from a file at once. */
const CHUNK = 1024 * 1024;
/** Packed bytes that are unpacked before what came of them is taken: they may be a thousand times as many. */
const PACKED_CHUNK = 16 * 1024;
/** Chunks after which signals and timers have their turn. */
const BREATH = 16;

/**
 * A file's bytes in pieces; a piece is valid until the next is asked for. Throws what the system says of a file that cannot
 * be read.
 */
export async function* bytesOfFile(path: string): AsyncGenerator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (let i = 1; ; i += 1) {
      const length = readSync(file, chunk, 0, CHUNK, null);
      if (length === 0) return;
      yield chunk.subarray(0, length);
      if (i % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    closeSync(file);
  }
}

/** The packed bytes are damaged, or end too early; what came before has been handed over. */
export class DamagedPacking extends Error {
  override readonly name = 'DamagedPacking';
}

/**
 * Unpacks gzip as it comes. Throws DamagedPacking behind what could be unpacked.
 *
 * The end is announced only when all input has been worked on: zlib throws away what it has of the last piece when it finds
 * the input cut short.
 */
export async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: 256 * 1024 });
  let pieces: Uint8Array[] = [];
  let error: Error | undefined;
  let ended = false;
  let wake = (): void => {};
  stream.on('data', (piece: Uint8Array) => pieces.push(piece));
  stream.on('error', (failure: Error) => {
    error = failure;
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  const isOver = (): boolean => error !== undefined || ended;
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length && !isOver(); at += PACKED_CHUNK) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          stream.write(chunk.subarray(at, at + PACKED_CHUNK), () => resolve());
        });
        yield* pieces;
        pieces = [];
      }
      // Behind the end there may be anything, and nothing of it is asked for.
      if (isOver()) break;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (isOver()) resolve();
      else stream.end();
    });
    yield* pieces;
  } finally {
    stream.destroy();
  }
  if (error !== undefined) throw new DamagedPacking(error.message);
}

/** All of it in memory, at most `limit` bytes: undefined where there are more. */
export async function allBytes(source: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/**
 * The first bytes (`wanted`, or all that there are), and a source that begins with them; `damage` where the packing is damaged
 * within them, which the source throws behind what there is.
 */
export async function peeked(
  source: AsyncIterable<Uint8Array>,
  wanted: number,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array>; damage: string | undefined }> {
  const rest = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let failure: DamagedPacking | undefined;
  while (head.length < wanted) {
    try {
      const next = await rest.next();
      if (next.done === true) break;
      head = head.length === 0 ? Buffer.from(next.value) : Buffer.concat([head, next.value]);
    } catch (error) {
      if (!(error instanceof DamagedPacking)) throw error;
      failure = error;
      break;
    }
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    if (failure !== undefined) throw failure;
    try {
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  }
  return { head, all: all(), damage: failure?.message };
}
