import { type Budget, Expansion, tooLarge } from './budget.js';
import { bytesOf, FileCollection, type FileContent, formatOfContent } from './collection.js';
import { codeOf } from './folder.js';
import { type Format, formatOf, packedAs, withoutArchiveSuffix, withoutPackingSuffix } from './format.js';
import { inflate } from './inflate.js';
import { shown } from './path.js';
import { readTar } from './tar.js';
import { type Packing, type ProgramEnd, unpackByProgram } from './unpack-program.js';
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
  const archives: [string, FileContent, Format][] = [];
  for (const [path, content] of files.files()) {
    const format = formatOfContent(content, path);
    if (isArchive(format)) archives.push([path, content, format]);
    else opened.put(path, content);
  }
  opened.adoptProblems(files);
  for (const [path, content, format] of archives) {
    if (around.budget.spent !== undefined) break;
    let bytes: Uint8Array;
    try {
      bytes = bytesOf(content);
    } catch (error) {
      opened.problem(path, `cannot be read (${codeOf(error)})`);
      continue;
    }
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
  if (format === 'plain' || format === 'pcap' || format === 'packed') {
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

  const inner = withoutPackingSuffix(name);
  const unpacked = await unpack(bytes, format, inner, budget, expansion);
  if (unpacked.refused !== undefined) return failed(unpacked.refused);
  if (unpacked.format === 'tar') {
    const files = await readTar(unpacked.pieces, '', budget, unpacked.problem);
    return several(files, within);
  }
  if (unpacked.bomb) return failed(expansion.message);
  const content = Buffer.concat(unpacked.pieces);
  if (isArchive(unpacked.format)) {
    const opened = await openArchive(inner, content, formatOf(content, inner), within);
    if (unpacked.problem !== undefined) opened.files.problem(opened.single ? inner : '', unpacked.problem);
    return opened;
  }
  const files = new FileCollection();
  files.put(inner, content);
  if (unpacked.problem !== undefined) files.problem(inner, unpacked.problem);
  return { files, single: true };
}

async function several(files: FileCollection, around: Around): Promise<Opened> {
  return { files: await openArchives(files, around), single: false };
}

/** What came out of a file that one program packed. */
interface Unpacked {
  pieces: Uint8Array[];
  /** Of what it holds. */
  format: Format;
  problem?: string;
  /** Why nothing could be unpacked at all. */
  refused?: string;
  bomb: boolean;
}

/** Bytes that tell a format: a tar's first header. */
const HEAD = 512;

async function unpack(
  bytes: Uint8Array,
  packing: 'gzip' | Packing,
  inner: string,
  budget: Budget,
  expansion: Expansion,
): Promise<Unpacked> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let bomb = false;
  let format: Format | undefined;
  const onPiece = (piece: Uint8Array): boolean => {
    bomb = !expansion.take(piece.length);
    if (bomb || !budget.takeBytes(piece.length)) return false;
    pieces.push(piece);
    total += piece.length;
    if (format === undefined && total >= HEAD) format = formatOf(Buffer.concat(pieces), inner);
    // The cap on one file is not that of an archive full of them.
    return format === undefined || isArchive(format) || total <= budget.limits.entryBytes;
  };
  const ended: ProgramEnd =
    packing === 'gzip'
      ? { error: await inflate(bytes, 'gzip', onPiece) }
      : await unpackByProgram(bytes, packing, onPiece);
  format ??= formatOf(Buffer.concat(pieces), inner);
  const unpacked: Unpacked = { pieces, format, bomb };
  if (ended.missing !== undefined) unpacked.refused = ended.missing;
  else if (bomb) unpacked.problem = expansion.message;
  else if (isCut(ended.error)) unpacked.problem = 'cut short: what stands before was used';
  else if (ended.error !== undefined) unpacked.problem = `damaged (${shown(ended.error)}): what stands before was used`;
  else if (!isArchive(format) && total > budget.limits.entryBytes) {
    unpacked.problem = tooLarge(budget.limits.entryBytes);
    unpacked.pieces = [Buffer.concat(pieces).subarray(0, budget.limits.entryBytes)];
  }
  return unpacked;
}

/** zlib's, xz's and zstd's words for input that ends too early. */
function isCut(error: string | undefined): boolean {
  return error !== undefined && /^unexpected end of (?:file|input)$|premature (?:frame )?end|incomplete/i.test(error);
}
