import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { BundleEntry, BundleProblem } from '../bundle/entry.js';
import { readBundles } from '../bundle/read-bundles.js';
import { decodeText } from '../bundle/text.js';
import type { BundleFile, BundleWriter } from './bundle-writer.js';

/** What was odd about bundles that were joined. */
export interface Merged {
  /** Files of one path with different content: the later one, of the bundle `name`, stands at `other`. */
  conflicts: { path: string; name: string; other: string }[];
  /** Bundles that held nothing. */
  empty: string[];
  problems: BundleProblem[];
}

/** What an index says of a file. */
type IndexFields = Omit<BundleFile, 'path' | 'content'>;

/**
 * Writes all files of several bundles into one, with what their indexes say of them. The same file in several of them is
 * written once; of files that differ each is kept, the later ones in a folder named after their bundle, where the reader
 * knows them by the same path. Throws UnreadableInput where a bundle cannot be read at all, OutputError as the writer does.
 */
export async function mergeBundles(paths: readonly string[], writer: BundleWriter): Promise<Merged> {
  const merged: Merged = { conflicts: [], empty: [], problems: [] };
  const written = new Map<string, string>();
  for (const path of paths) {
    const name = nameOf(path);
    const { entries, problems } = await readBundles([{ path }]);
    merged.problems.push(...problems);
    const index = indexOf(entries);
    let files = 0;
    for (const entry of entries) {
      if (isIndex(entry.path)) continue;
      files += 1;
      let content: Uint8Array;
      try {
        content = entry.bytes;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
        merged.problems.push({ path: entry.path, message: `cannot be read (${code})` });
        continue;
      }
      const hash = createHash('sha256').update(content).digest('hex');
      if (written.get(entry.path) === hash) continue;
      const target = written.has(entry.path) ? freePath(`${name}/${entry.path}`, written) : entry.path;
      if (target !== entry.path) merged.conflicts.push({ path: entry.path, name: path, other: target });
      written.set(target, hash);
      writer.add({ ...index.get(entry.path), path: target, content });
    }
    if (files === 0) merged.empty.push(path);
  }
  return merged;
}

/** A folder for what is kept of a bundle beside the rest: no name that the layout itself has. */
function nameOf(path: string): string {
  const name = basename(path).replace(/\.(?:tgz|tar(?:\.\w+)?|zip)$/i, '');
  return `from-${name === '' ? 'bundle' : name}`;
}

function freePath(path: string, written: ReadonlyMap<string, string>): string {
  if (!written.has(path)) return path;
  const [folder, ...rest] = path.split('/');
  for (let n = 2; ; n += 1) {
    const other = [`${folder}-${n}`, ...rest].join('/');
    if (!written.has(other)) return other;
  }
}

/** What the indexes of a bundle say of its files, by path. */
export function indexOf(entries: readonly BundleEntry[]): ReadonlyMap<string, IndexFields> {
  const index = new Map<string, IndexFields>();
  for (const entry of entries) if (isIndex(entry.path)) readIndexLines(entry.path, entry.bytes, index);
  return index;
}

/** Whether a file of a bundle is an index, which a writer writes anew. */
export function isIndex(path: string): boolean {
  return path === 'index.jsonl' || /^[^/]+(?:\/[^/]+)?\/index\.jsonl$/.test(path);
}

function readIndexLines(path: string, bytes: Uint8Array, index: Map<string, IndexFields>): void {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  for (const line of decodeText(bytes)?.lines ?? []) {
    try {
      const { file, ...fields } = JSON.parse(line) as { file?: unknown } & IndexFields;
      if (typeof file === 'string') index.set(folder + file.replace(/^(?:\.\/)+/, ''), fields);
    } catch {
      // Whoever reads the bundle is told of it by the file's own name.
    }
  }
}
