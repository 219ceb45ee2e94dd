import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { HEAD_BYTES } from './entry.js';
import { type Format, formatOf } from './format.js';

/**
 * A file of a folder that was given: read when it is asked for, and not kept, so that a folder may be far larger than the
 * memory. Reading throws what the system says, with its `code`.
 */
export class FolderFile {
  readonly #path: string;
  /** Bytes that there were when the folder was listed, cut at the cap on one file. */
  readonly size: number;
  /** By its first bytes, when the folder was listed. */
  readonly format: Format;

  constructor(path: string, size: number, format: Format) {
    this.#path = path;
    this.size = size;
    this.format = format;
  }

  /** The first `HEAD_BYTES`, or all that there are. */
  get head(): Uint8Array {
    return readRegularFile(this.#path, Math.min(HEAD_BYTES, this.size)).bytes;
  }

  get bytes(): Uint8Array {
    return readRegularFile(this.#path, this.size).bytes;
  }
}

/** Files up to this size cost more to open again than to keep. Bytes. */
const KEPT = 1024;

/** A file as it was found, and whether there is more of it than the cap on one file. */
export interface Looked {
  content: Uint8Array | FolderFile;
  size: number;
  cut: boolean;
}

/** First bytes of the file that is looked at: one buffer for all of them, since nothing of it is kept. */
const scratch = Buffer.allocUnsafe(HEAD_BYTES);

/** Looks at a file of a folder: opens it once, tells its format, and keeps it where it is small or states no size. */
export function lookAt(path: string, cap: number): Looked {
  const { fd, size } = openRegular(path);
  try {
    // Those of /proc state none.
    if (size === 0) {
      const { bytes, cut } = readAll(fd, 0, cap);
      return { content: bytes, size: bytes.length, cut };
    }
    const length = readSync(fd, scratch, 0, HEAD_BYTES, null);
    const head = scratch.subarray(0, Math.min(length, cap));
    const kept = Math.min(size, cap);
    if (size <= KEPT) return { content: Buffer.from(head), size: head.length, cut: size > cap };
    return { content: new FolderFile(path, kept, formatOf(head, path)), size: kept, cut: size > cap };
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads up to `cap` bytes of a regular file. Opened without waiting and without following a link, and looked at again
 * once open, so that what was exchanged in between for a fifo cannot make it hang.
 */
export function readRegularFile(path: string, cap: number): { bytes: Uint8Array; cut: boolean } {
  const { fd, size } = openRegular(path);
  try {
    return readAll(fd, size, cap);
  } finally {
    closeSync(fd);
  }
}

function openRegular(path: string): { fd: number; size: number } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size };
  closeSync(fd);
  throw Object.assign(new Error('not a regular file'), { code: 'not a regular file', syscall: 'open' });
}

/** First buffer for files that state no size. */
const UNSIZED = 64 * 1024;

function readAll(fd: number, size: number, cap: number): { bytes: Uint8Array; cut: boolean } {
  let buffer = Buffer.allocUnsafe(Math.min(size === 0 ? UNSIZED : size, cap) + 1);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, buffer.length - length, null);
    length += count;
    if (count === 0 || length > cap) break;
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, cap + 1));
  }
  return { bytes: buffer.subarray(0, Math.min(length, cap)), cut: length > cap };
}
