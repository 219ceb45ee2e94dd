import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { type Budget, type Expansion, inUnits } from './budget.js';
import { FileCollection } from './collection.js';
import { type ArchiveLink, linkTarget, resolveLinks } from './link.js';
import { safePath, shown } from './path.js';
import { DEFLATED, decodeName, LOCAL_HEADER, LOCAL_MAGIC, STORED, type UnpackedFile, unpackFile } from './zip-file.js';
import { salvageZip } from './zip-salvage.js';

/** File types of `st_mode`, as Unix archivers keep them in the upper half of the external attributes. */
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/** `version made by`: systems whose archivers write Unix modes and never a backslash for a slash. */
const UNIX_HOSTS = [3, 19];

/** A symbolic link's text is a path: nothing longer is looked at. Bytes. */
const LINK_BYTES = 4096;

/**
 * Reads a zip from memory. Its directory stands at the end: a zip that was cut has none, and then its files are taken one
 * after another from the beginning.
 */
export async function readZip(
  bytes: Uint8Array,
  name: string,
  budget: Budget,
  expansion: Expansion,
): Promise<FileCollection> {
  const files = new FileCollection();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = await readDirectory(buffer, budget);
  if (directory.error !== undefined && directory.entries.length === 0) {
    files.problem(name, `damaged or cut zip (${shown(directory.error)}): what stands before was used`);
    await salvageZip(buffer, files, budget, expansion);
    return files;
  }
  if (directory.error !== undefined) {
    files.problem(name, `damaged zip (${shown(directory.error)}): what stands before was used`);
  }
  const links: ArchiveLink[] = [];
  for (const entry of directory.entries) {
    if (budget.spent !== undefined) break;
    const unixMade = UNIX_HOSTS.includes(entry.versionMadeBy >>> 8);
    // The types know of decoded names only; `decodeStrings: false` leaves them bytes.
    const raw = decodeName(Buffer.from(entry.fileName as unknown as Uint8Array), unixMade);
    if (raw.endsWith('/')) continue;
    const mode = unixMade ? (entry.externalFileAttributes >>> 16) & S_IFMT : 0;
    if (mode === S_IFDIR) continue;
    const safe = /^[A-Za-z]:\//.test(raw)
      ? { path: shown(raw), refused: 'absolute path: not read' }
      : safePath(raw, budget.limits);
    if (safe.refused !== undefined) {
      files.problem(safe.path, safe.refused);
      continue;
    }
    if (mode !== 0 && mode !== S_IFREG && mode !== S_IFLNK) {
      files.problem(safe.path, 'not a regular file: not read');
      continue;
    }
    const cap = mode === S_IFLNK ? LINK_BYTES : budget.limits.entryBytes;
    const read = await readEntry(buffer, entry, cap, budget, expansion);
    if (read.bomb) {
      files.problem(name, expansion.message);
      break;
    }
    if (read.problem !== undefined) files.problem(safe.path, read.problem);
    if (read.bytes === undefined || budget.spent !== undefined) continue;
    if (mode === S_IFLNK) {
      const text = Buffer.from(read.bytes).toString('utf8');
      links.push({ path: safe.path, text, target: linkTarget(safe.path, text) });
    } else {
      files.put(safe.path, read.bytes);
    }
  }
  resolveLinks(links, files, budget);
  return files;
}

/** All entries of the directory, as far as it can be read. Names stay bytes: one bad name must not end the archive. */
function readDirectory(buffer: Buffer, budget: Budget): Promise<{ entries: Entry[]; error?: string }> {
  return new Promise((resolve) => {
    const entries: Entry[] = [];
    const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: false };
    const opened = (error: Error | null, zip?: ZipFile) => {
      if (error !== null || zip === undefined) {
        resolve({ entries, error: error?.message ?? 'no directory' });
        return;
      }
      zip.on('entry', (entry: Entry) => {
        if (!budget.takeEntry()) {
          resolve({ entries });
          return;
        }
        entries.push(entry);
        zip.readEntry();
      });
      zip.on('error', (failure: Error) => resolve({ entries, error: failure.message }));
      zip.on('end', () => resolve({ entries }));
      zip.readEntry();
    };
    try {
      fromBuffer(buffer, options, opened);
    } catch (error) {
      resolve({ entries, error: error instanceof Error ? error.message : String(error) });
    }
  });
}

async function readEntry(
  zip: Buffer,
  entry: Entry,
  cap: number,
  budget: Budget,
  expansion: Expansion,
): Promise<UnpackedFile> {
  if ((entry.generalPurposeBitFlag & 1) !== 0) return { total: 0, problem: 'encrypted: not read' };
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return { total: 0, problem: `packed by method ${entry.compressionMethod}, which is not known: not read` };
  }
  const header = entry.relativeOffsetOfLocalHeader;
  if (header + LOCAL_HEADER > zip.length || zip.readUInt32LE(header) !== LOCAL_MAGIC) {
    return { total: 0, problem: 'the archive points to where no file begins: not read' };
  }
  const start = header + LOCAL_HEADER + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const packed = zip.subarray(start, start + entry.compressedSize);
  const cut = packed.length < entry.compressedSize;
  const unpacked = await unpackFile(packed, entry.compressionMethod === DEFLATED, cap, budget, expansion);
  if (unpacked.bytes === undefined || unpacked.problem !== undefined) return unpacked;
  if (cut) return { ...unpacked, problem: 'the archive was cut within this file: its beginning was used' };
  if (unpacked.total !== entry.uncompressedSize) {
    return {
      ...unpacked,
      problem: `the archive states ${inUnits(entry.uncompressedSize)} for this file, it has ${inUnits(unpacked.total)}: used as it is`,
    };
  }
  return unpacked;
}
