import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { HEAD_BYTES } from './entry.js';

/**
 * A file of a folder that was given: read when it is asked for, and not kept, so that a folder may be far larger than the
 * memory. Reading throws what the system says, with its `code`.
 */
export class FolderFile {
  readonly #path: string;
  /** Bytes that there were when the folder was listed, cut at the cap on one file. */
  readonly size: number;

  constructor(path: string, size: number) {
    this.#path = path;
    this.size = size;
  }

  /** The first `HEAD_BYTES`, or all that there are. */
  get head(): Uint8Array {
    return readRegularFile(this.#path, Math.min(HEAD_BYTES, this.size)).bytes;
  }

  get bytes(): Uint8Array {
    return readRegularFile(this.#path, this.size).bytes;
  }
}

/** First buffer for files that state no size, as those of /proc do. */
const UNSIZED = 64 * 1024;

/**
 * Reads up to `cap` bytes of a regular file. Opened without waiting and without following a link, and looked at again
 * once open, so that what was exchanged in between for a fifo cannot make it hang.
 */
export function readRegularFile(path: string, cap: number): { bytes: Uint8Array; cut: boolean } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile())
      throw Object.assign(new Error('not a regular file'), { code: 'not a regular file', syscall: 'open' });
    let buffer = Buffer.allocUnsafe(Math.min(stat.size === 0 ? UNSIZED : stat.size, cap) + 1);
    let length = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, buffer.length - length, null);
      length += count;
      if (count === 0 || length > cap) break;
      if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, cap + 1));
    }
    return { bytes: buffer.subarray(0, Math.min(length, cap)), cut: length > cap };
  } finally {
    closeSync(fd);
  }
}
