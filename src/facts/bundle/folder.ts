import { lstatSync, opendirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type Budget, tooLarge } from './budget.js';
import { FileCollection } from './collection.js';
import { FolderFile, readRegularFile } from './folder-file.js';
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

/** Files up to this size cost more to open twice than to keep. Bytes. */
const READ_AT_ONCE = 1024;

interface Found {
  root: string;
  realRoot: string;
  path: string;
  shownAs: string;
}

function readOne(found: Found, files: FileCollection, pending: string[], budget: Budget): void {
  const { shownAs } = found;
  let onDisk = join(found.root, found.path);
  let isLink = false;
  try {
    let stat = lstatSync(onDisk);
    isLink = stat.isSymbolicLink();
    if (isLink) {
      onDisk = realpathSync(onDisk);
      if (onDisk !== found.realRoot && !onDisk.startsWith(found.realRoot === sep ? sep : found.realRoot + sep)) {
        files.problem(shownAs, 'link leads out of the folder: not read');
        return;
      }
      stat = statSync(onDisk);
      if (stat.isDirectory()) return;
    }
    if (stat.isDirectory()) {
      pending.push(found.path);
    } else if (!stat.isFile()) {
      files.problem(shownAs, 'not a regular file: not read');
    } else {
      takeFile(onDisk, stat.size, shownAs, files, budget);
    }
  } catch (error) {
    const code = codeOf(error);
    files.problem(shownAs, isLink && code === 'ENOENT' ? 'link leads nowhere: not read' : `cannot be read (${code})`);
  }
}

function takeFile(onDisk: string, size: number, path: string, files: FileCollection, budget: Budget): void {
  const cap = budget.limits.entryBytes;
  // Files that state no size, as those of /proc do, and small ones are read at once; others when they are asked for.
  if (size > READ_AT_ONCE) {
    if (size > cap) files.problem(path, tooLarge(cap));
    if (budget.takeBytes(Math.min(size, cap))) files.put(path, new FolderFile(onDisk, Math.min(size, cap)));
    return;
  }
  const { bytes, cut } = readRegularFile(onDisk, cap);
  if (cut) files.problem(path, tooLarge(cap));
  if (budget.takeBytes(bytes.length)) files.put(path, bytes);
}

/** `EACCES`, `ENOENT`, …: said of an error without its message, which would show this machine's paths. */
export function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? shown(String(error)) : code;
}
