import type { Budget } from './budget.js';
import { bytesOf, type FileCollection, type FileContent } from './collection.js';
import { printable, shown } from './path.js';

/** A link of an archive: `target` is the path it leads to there, undefined where it leads out. `text` is as written. */
export interface ArchiveLink {
  path: string;
  text: string;
  target: string | undefined;
}

/** Path that a symbolic link at `path` leads to, within the archive; undefined where it leads out of it. */
export function linkTarget(path: string, text: string): string | undefined {
  if (text.startsWith('/')) return undefined;
  const parts = path.split('/').slice(0, -1);
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return printable(parts.join('/'));
}

/** Links in a row that are followed before they are taken for a loop. */
const HOPS = 16;

/**
 * Gives each link to a file of the archive that file's bytes. A link to a folder needs nothing: its files are read where
 * they are. Links are resolved in memory only, so none can lead to a file of this machine.
 */
export function resolveLinks(links: readonly ArchiveLink[], files: FileCollection, budget: Budget): void {
  if (links.length === 0) return;
  const byPath = new Map(links.map((link) => [link.path, link]));
  const folders = foldersOf(files);
  const found: [string, FileContent][] = [];
  for (const link of links) {
    let target = link.target;
    for (let hops = 0; hops < HOPS && target !== undefined && !files.has(target); hops++) {
      const further = byPath.get(target);
      if (further === undefined) break;
      target = further.target;
    }
    const content = target === undefined ? undefined : files.get(target);
    if (content !== undefined) found.push([link.path, content]);
    else if (target === undefined)
      files.problem(link.path, `link to ${shown(link.text)} leads out of the archive: not read`);
    else if (target !== '' && !folders.has(target)) {
      files.problem(link.path, `link to ${shown(link.text)}, which is not in the archive: not read`);
    }
  }
  for (const [path, content] of found) {
    // Nothing is copied, but each is read once more: many links to one large file must not cost without end.
    if (!budget.takeBytes(bytesOf(content).length)) return;
    files.put(path, content);
  }
}

function foldersOf(files: FileCollection): Set<string> {
  const folders = new Set<string>();
  for (const [path] of files.files()) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
      folders.add(path.slice(0, slash));
  }
  return folders;
}
