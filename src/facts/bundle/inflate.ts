import { createGunzip, createInflateRaw, gunzipSync, inflateRawSync } from 'node:zlib';

const INPUT_CHUNK = 64 * 1024;
const OUTPUT_CHUNK = 64 * 1024;

/** Up to this, input is unpacked at once: a bundle has hundreds of small files, and a stream costs far more than they. */
const SMALL_INPUT = 32 * 1024;
const SMALL_OUTPUT = 1024 * 1024;

/** How unpacking ended: `undefined` well, else what was wrong. What came before has been handed over. */
export type InflateError = string | undefined;

/**
 * Unpacks gzip or raw deflate, handing over each piece as it comes; `onPiece` returns false to stop.
 *
 * zlib's `maxOutputLength` does not hold for streams, so whoever calls counts. The end of the stream is announced only
 * when all input has been worked on: zlib throws away what it has of the last piece when it finds the input cut short.
 */
export function inflate(
  packed: Uint8Array,
  kind: 'gzip' | 'deflate',
  onPiece: (piece: Uint8Array) => boolean,
): Promise<InflateError> {
  const small = packed.length <= SMALL_INPUT ? inflateAtOnce(packed, kind) : undefined;
  if (small !== undefined) {
    onPiece(small);
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const stream =
      kind === 'gzip' ? createGunzip({ chunkSize: OUTPUT_CHUNK }) : createInflateRaw({ chunkSize: OUTPUT_CHUNK });
    let offset = 0;
    let done = false;
    const finish = (error: InflateError) => {
      if (done) return;
      done = true;
      stream.destroy();
      resolve(error);
    };
    const feed = () => {
      if (done) return;
      if (offset >= packed.length) {
        stream.end();
        return;
      }
      const chunk = packed.subarray(offset, offset + INPUT_CHUNK);
      offset += chunk.length;
      stream.write(chunk, (error) => {
        if (!error) feed();
      });
    };
    stream.on('data', (piece: Uint8Array) => {
      if (!done && !onPiece(piece)) finish(undefined);
    });
    stream.on('end', () => finish(undefined));
    stream.on('error', (error: Error) => finish(error.message));
    feed();
  });
}

/** All of it, or undefined where it is damaged or larger than small: the stream then finds out how far it goes. */
function inflateAtOnce(packed: Uint8Array, kind: 'gzip' | 'deflate'): Uint8Array | undefined {
  const options = { maxOutputLength: SMALL_OUTPUT };
  try {
    return kind === 'gzip' ? gunzipSync(packed, options) : inflateRawSync(packed, options);
  } catch {
    return undefined;
  }
}
