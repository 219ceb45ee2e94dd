import { extract, type Header } from 'tar-stream';
import { type Budget, tooLarge } from './budget.js';
import { FileCollection } from './collection.js';
import { type ArchiveLink, linkTarget, resolveLinks } from './link.js';
import { safePath, shown } from './path.js';

/** Old tars have no magic in their headers; the checksum tells them. An option that the library's types leave out. */
const OPTIONS: object = { allowUnknownFormat: true };

/** Types of entries that are no files, in words. */
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  'character-device': 'a character device',
  'block-device': 'a block device',
  fifo: 'a fifo',
};

/**
 * Reads a tar from memory. `pieces` are its bytes in order and are emptied on the way, so that what was read can go.
 * A damaged or cut tar gives what stands before the damage; `name` is where that problem is put,
 * and `endedBy` what cut it where that is known.
 */
export async function readTar(
  pieces: Uint8Array[],
  name: string,
  budget: Budget,
  endedBy?: string,
): Promise<FileCollection> {
  const files = new FileCollection();
  const links: ArchiveLink[] = [];
  const failure = await eachEntry(pieces, budget, (header) => take(header, files, links, budget));
  resolveLinks(links, files, budget);
  const problem = endedBy ?? failure;
  if (problem !== undefined && budget.spent === undefined) files.problem(name, problem);
  return files;
}

/** What to do with an entry's bytes once they are there; `whole` is false where the tar was cut within it. */
type Receiver = (bytes: Uint8Array, whole: boolean) => void;

function take(header: Header, files: FileCollection, links: ArchiveLink[], budget: Budget): Receiver | undefined {
  // What the library's types leave out: null where it does not know the type.
  const type: string | null = header.type;
  if (type === 'directory') return undefined;
  const safe = safePath(header.name, budget.limits);
  if (safe.refused !== undefined) {
    files.problem(safe.path, safe.refused);
    return undefined;
  }
  const path = safe.path;
  if (type === 'symlink' || type === 'link') {
    const text = (header.linkname as string | null) ?? '';
    // A hard link names a file from the archive's root, a symbolic one from its own folder.
    links.push({ path, text, target: linkTarget(type === 'link' ? '' : path, text) });
    return undefined;
  }
  if (type !== 'file' && type !== 'contiguous-file') {
    files.problem(path, `${REFUSED_TYPES[type ?? ''] ?? 'not a regular file'}: not read`);
    return undefined;
  }
  return (bytes, whole) => {
    if (!whole) files.problem(path, 'the archive was cut within this file: its beginning was used');
    else if (bytes.length < header.size) files.problem(path, tooLarge(budget.limits.entryBytes));
    files.put(path, bytes);
  };
}

/**
 * Hands every header to `onHeader` and collects the bytes of those that it wants. Resolves with what ended the tar before
 * its end. Nobody downstream waits for anything, so the pieces are written without waiting for the stream to drain.
 */
function eachEntry(
  pieces: Uint8Array[],
  budget: Budget,
  onHeader: (header: Header) => Receiver | undefined,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const tar = extract(OPTIONS);
    let cut: (() => void) | undefined;
    const finish = (failure: string | undefined) => {
      cut?.();
      cut = undefined;
      tar.destroy();
      resolve(failure);
    };
    tar.on('entry', (header, stream, next) => {
      if (!budget.takeEntry()) {
        finish(undefined);
        return;
      }
      const receive = onHeader(header);
      const chunks: Uint8Array[] = [];
      let length = 0;
      if (receive !== undefined) cut = () => receive(joined(chunks, length), false);
      stream.on('data', (data) => {
        const chunk = data as Uint8Array;
        const room = budget.limits.entryBytes - length;
        if (receive === undefined || room <= 0) return;
        const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
        chunks.push(kept);
        length += kept.length;
      });
      // The whole archive's error says it already.
      stream.on('error', () => {});
      stream.on('end', () => {
        cut = undefined;
        receive?.(joined(chunks, length), true);
        next();
      });
    });
    tar.on('error', (error: Error) => finish(inOurWords(error.message)));
    tar.on('finish', () => finish(undefined));
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) tar.write(piece);
    tar.end(undefined);
  });
}

function inOurWords(message: string): string {
  if (message === 'Unexpected end of data') return 'the archive is cut short: what stands before was used';
  return `damaged archive (${shown(message)}): what stands before was used`;
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
}
