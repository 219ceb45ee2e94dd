import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { type Budget, tooLarge } from './budget.js';
import { FileCollection } from './collection.js';
import { safePath, shown } from './path.js';

/**
 * Reads a folder with all that is below it; throws where the folder itself cannot be read. Symbolic links are read where they lead to a file within the folder; a link
 * to a folder within it needs nothing, its files are read where they are. What is no regular file is refused.
 *
 * Synchronous on purpose: hundreds of small files cost a tenth of what their round trips through a thread pool would.
 */
export function readFolder(root: string, budget: Budget): FileCollection {
  const files = new FileCollection();
  const realRoot = realpathSync(root);
  // A stack rather than recursion: how deep a folder goes is not ours to choose.
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    let names: string[];
    try {
      names = namesIn(join(root, folder), budget);
    } catch (error) {
      if (folder === '') throw error;
      files.problem(shown(folder), `folder cannot be read (${codeOf(error)})`);
      continue;
    }
    for (const name of names.sort()) {
      if (budget.spent !== undefined) return files;
      const path = folder === '' ? name : `${folder}/${name}`;
      const safe = safePath(path, budget.limits);
      if (safe.refused !== undefined) files.problem(safe.path, safe.refused);
      else readOne({ root, realRoot, path, shownAs: safe.path }, files, pending, budget);
    }
  }
  return files;
}

/** Names in a folder, each counted while it is listed: a folder of millions must not be listed whole first. */
function namesIn(folder: string, budget: Budget): string[] {
  const names: string[] = [];
  const dir = opendirSync(folder);
  try {
    for (let entry = dir.readSync(); entry !== null && budget.takeEntry(); entry = dir.readSync())
      names.push(entry.name);
  } finally {
    dir.closeSync();
  }
  return names;
}

interface Place {
  root: string;
  realRoot: string;
  path: string;
  shownAs: string;
}

function readOne(place: Place, files: FileCollection, pending: string[], budget: Budget): void {
  const { shownAs } = place;
  let onDisk = join(place.root, place.path);
  let isLink = false;
  try {
    let stat = lstatSync(onDisk);
    isLink = stat.isSymbolicLink();
    if (isLink) {
      onDisk = realpathSync(onDisk);
      if (onDisk !== place.realRoot && !onDisk.startsWith(place.realRoot === sep ? sep : place.realRoot + sep)) {
        files.problem(shownAs, 'link leads out of the folder: not read');
        return;
      }
      stat = statSync(onDisk);
      if (stat.isDirectory()) return;
    }
    if (stat.isDirectory()) {
      pending.push(place.path);
    } else if (!stat.isFile()) {
      files.problem(shownAs, 'not a regular file: not read');
    } else {
      const { bytes, cut } = readRegularFile(onDisk, budget.limits.entryBytes);
      if (cut) files.problem(shownAs, tooLarge(budget.limits.entryBytes));
      if (budget.takeBytes(bytes.length)) files.put(shownAs, bytes);
    }
  } catch (error) {
    const code = codeOf(error);
    files.problem(shownAs, isLink && code === 'ENOENT' ? 'link leads nowhere: not read' : `cannot be read (${code})`);
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

/** `EACCES`, `ENOENT`, …: said of an error without its message, which would show this machine's paths. */
export function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? shown(String(error)) : code;
}
