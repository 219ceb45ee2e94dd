import type { BundleContents, BundleEntry, BundleProblem } from './entry.js';
import { FolderFile } from './folder-file.js';
import { type Format, formatOf } from './format.js';
import { isArchiverLitter } from './path.js';
import { hostOfName } from './sosreport.js';

/**
 * Folders that say what their files are, in podnet's own layout and in others': one of them alone at the top is no
 * wrapping to be taken off.
 */
const TELLING_FOLDERS: ReadonlySet<string> = new Set([
  ...['nodes', 'cluster', 'pods', 'captures', 'logs'],
  ...['sos_commands', 'proc', 'sys', 'etc', 'var', 'run'],
  ...['namespaces', 'cluster-scoped-resources', 'cluster-resources', 'host_service_logs', 'host-collectors', 'cmd'],
]);

/** Whether a folder's name tells something of the files in it: what they are, or of which host. */
function isTelling(folder: string): boolean {
  return TELLING_FOLDERS.has(folder) || hostOfName(folder) !== undefined;
}

/** What a file holds: bytes in memory, or a file of a folder, which is read when its bytes are asked for. */
export type FileContent = Uint8Array | FolderFile;

/** What a file is by its first bytes. */
export function formatOfContent(content: FileContent, path: string): Format {
  return content instanceof FolderFile ? content.format : formatOf(content, path);
}

/** All bytes of a file. Throws as reading a file does. */
export function bytesOf(content: FileContent): Uint8Array {
  return content instanceof FolderFile ? content.bytes : content;
}

/** Files of one folder or archive while it is read. Paths given to it are safe ones (`safePath`). */
export class FileCollection {
  readonly #files = new Map<string, FileContent>();
  readonly #problems: BundleProblem[] = [];

  /** Adds a file. Of two with one path the last wins, as it would on unpacking. */
  put(path: string, content: FileContent): void {
    if (isArchiverLitter(path)) return;
    if (this.#files.has(path)) this.problem(path, 'stands there twice: the last one was used');
    this.#files.set(path, content);
  }

  problem(path: string, message: string): void {
    this.#problems.push({ path, message });
  }

  get(path: string): FileContent | undefined {
    return this.#files.get(path);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /**
   * Adds all that another collection holds, below a folder (`''`: none). A problem of the other as a whole has the path
   * `''` there and gets the path `itself` here.
   */
  adopt(folder: string, other: FileCollection, itself: string): void {
    const below = (path: string) => (folder === '' ? path : `${folder}/${path}`);
    for (const { path, message } of other.#problems) this.problem(path === '' ? itself : below(path), message);
    for (const [path, content] of other.#files) this.put(below(path), content);
  }

  /** Takes over the problems of another collection, but not its files. */
  adoptProblems(other: FileCollection): void {
    for (const problem of other.#problems) this.#problems.push(problem);
  }

  allBelow(folder: string): boolean {
    for (const path of this.#files.keys()) if (!path.startsWith(`${folder}/`)) return false;
    return true;
  }

  /** Paths with their contents, in the order in which they were put. */
  files(): IterableIterator<[string, FileContent]> {
    return this.#files.entries();
  }

  /**
   * Takes off the folders that wrap everything, so that a folder, its tar and its zip give the same paths.
   */
  unwrapped(): FileCollection {
    const wrapping = this.#wrapping();
    if (wrapping === '') return this;
    const inner = new FileCollection();
    for (const [path, content] of this.#files) inner.#files.set(path.slice(wrapping.length), content);
    for (const { path, message } of this.#problems) {
      inner.#problems.push({ path: path.startsWith(wrapping) ? path.slice(wrapping.length) : path, message });
    }
    return inner;
  }

  /** Folders common to all files, with a trailing slash, up to the first that tells something. */
  #wrapping(): string {
    let common: string[] | undefined;
    for (const path of this.#files.keys()) {
      const folders = path.split('/').slice(0, -1);
      if (common === undefined) {
        const telling = folders.findIndex(isTelling);
        common = telling < 0 ? folders : folders.slice(0, telling);
        continue;
      }
      let same = 0;
      while (same < common.length && common[same] === folders[same]) same += 1;
      common.length = same;
      if (same === 0) return '';
    }
    return common === undefined || common.length === 0 ? '' : `${common.join('/')}/`;
  }

  /** Entries by path, in code-unit order; problems in the order of what they are about. */
  contents(): BundleContents {
    const entries: BundleEntry[] = [];
    for (const [path, content] of this.#files) entries.push(entryOf(path, content));
    entries.sort(byPath);
    return { entries, problems: [...this.#problems].sort(byPath) };
  }
}

function entryOf(path: string, content: FileContent): BundleEntry {
  if (!(content instanceof FolderFile)) return { path, bytes: content, size: content.length };
  return {
    path,
    size: content.size,
    get bytes() {
      return content.bytes;
    },
    get head() {
      return content.head;
    },
  };
}

function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
