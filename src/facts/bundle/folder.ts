import { type Dirent, lstatSync, opendirSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type Budget, tooLarge } from './budget.js';
import { FileCollection } from './collection.js';
import { FolderFile, lookAt } from './folder-file.js';
import { safePath, shown } from './path.js';

/**
 * Lists a folder with all that is below it and looks at each file; throws where the folder itself cannot be read. Symbolic
 * links are read where they lead to a file within the folder; a link to a folder within it needs nothing, its files are
 * read where they are. What is no regular file is refused.
 *
 * Synchronous on purpose: hundreds of small files cost a tenth of what their round trips through a thread pool would.
 */
export function readFolder(root: string, budget: Budget): FileCollection {
  const files = new FileCollection();
  const realRoot = realpathSync(root);
  // A stack rather than recursion: how deep a folder goes is not ours to choose.
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    let entries: Dirent[];
    try {
      entries = entriesOf(join(root, folder), budget);
    } catch (error) {
      if (folder === '') throw error;
      files.problem(shown(folder), `folder cannot be read (${codeOf(error)})`);
      continue;
    }
    for (const entry of entries) {
      if (budget.spent !== undefined) return files;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const safe = safePath(path, budget.limits);
      if (safe.refused !== undefined) files.problem(safe.path, safe.refused);
      else readOne({ root, realRoot, path, shownAs: safe.path, entry }, files, pending, budget);
    }
  }
  return files;
}

/** A folder whose own size is below this has so few names that they are listed at once, which is twice as fast. Bytes. */
const FEW_NAMES = 64 * 1024;

/** What is in a folder, by name; each is counted while it is listed: a folder of millions must not be listed whole first. */
function entriesOf(folder: string, budget: Budget): Dirent[] {
  const entries: Dirent[] = [];
  if (statSync(folder).size < FEW_NAMES) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) if (budget.takeEntry()) entries.push(entry);
  } else {
    const dir = opendirSync(folder);
    try {
      for (let entry = dir.readSync(); entry !== null && budget.takeEntry(); entry = dir.readSync())
        entries.push(entry);
    } finally {
      dir.closeSync();
    }
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface Found {
  root: string;
  realRoot: string;
  path: string;
  shownAs: string;
  entry: Dirent;
}

function isTold(entry: Dirent): boolean {
  return entry.isFile() || entry.isDirectory() || entry.isSymbolicLink();
}

function readOne(found: Found, files: FileCollection, pending: string[], budget: Budget): void {
  const { shownAs } = found;
  let onDisk = join(found.root, found.path);
  let isLink = false;
  try {
    // File systems that do not say in a listing what an entry is are asked for each.
    let stat: Dirent | Stats = isTold(found.entry) ? found.entry : lstatSync(onDisk);
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
      takeFile(onDisk, shownAs, files, budget);
    }
  } catch (error) {
    const code = codeOf(error);
    files.problem(shownAs, isLink && code === 'ENOENT' ? 'link leads nowhere: not read' : `cannot be read (${code})`);
  }
}

/** Copies of /proc and /sys, of which a dump may have tens of thousands: none is packed unless its name says so. */
const NEVER_PACKED = /(?:^|\/)(?:proc|sys)\/.*(?<!\.(?:gz|xz|zst|bz2|zip|tar|tgz))$/;

function takeFile(onDisk: string, path: string, files: FileCollection, budget: Budget): void {
  if (NEVER_PACKED.test(path)) {
    const { size } = lstatSync(onDisk);
    if (size > 0 && size <= budget.limits.entryBytes) {
      if (budget.takeBytes(size)) files.put(path, new FolderFile(onDisk, size, 'plain'));
      return;
    }
  }
  const { content, size, cut } = lookAt(onDisk, budget.limits.entryBytes);
  if (cut) files.problem(path, tooLarge(budget.limits.entryBytes));
  if (budget.takeBytes(size)) files.put(path, content);
}

/** `EACCES`, `ENOENT`, …: said of an error without its message, which would show this machine's paths. */
export function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? shown(String(error)) : code;
}
