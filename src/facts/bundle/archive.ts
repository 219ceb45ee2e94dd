import { type Budget, Expansion, tooLarge } from './budget.js';
import { FileCollection } from './collection.js';
import { type Format, formatOf, packedAs, withoutArchiveSuffix, withoutGzipSuffix } from './format.js';
import { inflate } from './inflate.js';
import { shown } from './path.js';
import { readTar } from './tar.js';
import { readZip } from './zip.js';

/** What an archive is read within: what is left of the caps, and the archives around it. */
export interface Around {
  budget: Budget;
  /** Archives around this one: 0 for one that was given itself or lies in a folder. */
  nesting: number;
  expansion?: Expansion;
}

/** Opens the archives among some files, each below a folder of its name; everything else stays as it is. */
export async function openArchives(files: FileCollection, around: Around): Promise<FileCollection> {
  const opened = new FileCollection();
  const archives: [string, Uint8Array, Format][] = [];
  for (const [path, bytes] of files.files()) {
    const format = formatOf(bytes, path);
    if (isArchive(format)) archives.push([path, bytes, format]);
    else opened.put(path, bytes);
  }
  opened.adoptProblems(files);
  for (const [path, bytes, format] of archives) {
    if (around.budget.spent !== undefined) break;
    const inside = await openArchive(path, bytes, format, around);
    if (inside.single) opened.adopt('', inside.files, path);
    else opened.adopt(withoutArchiveSuffix(path), inside.files.unwrapped(), path);
  }
  return opened;
}

export function isArchive(format: Format): boolean {
  return format !== 'plain' && format !== 'pcap';
}

/**
 * What came out of an archive. `single`: it was one file (a packed log), with its own path; else paths are as the
 * archive's own, and problems of the archive itself have the path ''.
 */
export interface Opened {
  files: FileCollection;
  single: boolean;
}

/** Opens one archive and those within it, as far as the caps allow. Never throws for what the bytes hold. */
export async function openArchive(name: string, bytes: Uint8Array, format: Format, around: Around): Promise<Opened> {
  const { budget } = around;
  const failed = (message: string): Opened => {
    const files = new FileCollection();
    files.problem(name, message);
    return { files, single: true };
  };
  if (format === 'packed') {
    const packed = packedAs(bytes);
    return failed(`packed with ${packed?.name}, which is not read: unpack it first (${packed?.unpack})`);
  }
  if (around.nesting >= budget.limits.nesting) {
    return failed(`an archive within ${around.nesting} others: not opened`);
  }
  const expansion = new Expansion(bytes.length, budget.limits, around.expansion);
  const within: Around = { budget, nesting: around.nesting + 1, expansion };
  if (format === 'tar') return several(await readTar([bytes], '', budget), within);
  if (format === 'zip') return several(await readZip(bytes, '', budget, expansion), within);

  const inner = withoutGzipSuffix(name);
  const gzip = await unpackGzip(bytes, inner, budget, expansion);
  if (gzip.format === 'tar') {
    const files = await readTar(gzip.pieces, '', budget, gzip.problem);
    return several(files, within);
  }
  if (gzip.bomb) return failed(expansion.message);
  const content = Buffer.concat(gzip.pieces);
  if (isArchive(gzip.format)) {
    const opened = await openArchive(inner, content, formatOf(content, inner), within);
    if (gzip.problem !== undefined) opened.files.problem(opened.single ? inner : '', gzip.problem);
    return opened;
  }
  const files = new FileCollection();
  files.put(inner, content);
  if (gzip.problem !== undefined) files.problem(inner, gzip.problem);
  return { files, single: true };
}

async function several(files: FileCollection, around: Around): Promise<Opened> {
  return { files: await openArchives(files, around), single: false };
}

interface Gunzipped {
  pieces: Uint8Array[];
  /** Of what it holds. */
  format: Format;
  problem?: string;
  bomb: boolean;
}

/** Bytes that tell a format: a tar's first header. */
const HEAD = 512;

async function unpackGzip(bytes: Uint8Array, inner: string, budget: Budget, expansion: Expansion): Promise<Gunzipped> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let bomb = false;
  let format: Format | undefined;
  const error = await inflate(bytes, 'gzip', (piece) => {
    bomb = !expansion.take(piece.length);
    if (bomb || !budget.takeBytes(piece.length)) return false;
    pieces.push(piece);
    total += piece.length;
    if (format === undefined && total >= HEAD) format = formatOf(Buffer.concat(pieces), inner);
    // The cap on one file is not that of an archive full of them.
    return format === undefined || isArchive(format) || total <= budget.limits.entryBytes;
  });
  format ??= formatOf(Buffer.concat(pieces), inner);
  const gunzipped: Gunzipped = { pieces, format, bomb };
  if (bomb) gunzipped.problem = expansion.message;
  else if (error === 'unexpected end of file') gunzipped.problem = 'cut short: what stands before was used';
  else if (error !== undefined) gunzipped.problem = `damaged (${shown(error)}): what stands before was used`;
  else if (!isArchive(format) && total > budget.limits.entryBytes) {
    gunzipped.problem = tooLarge(budget.limits.entryBytes);
    gunzipped.pieces = [Buffer.concat(pieces).subarray(0, budget.limits.entryBytes)];
  }
  return gunzipped;
}
