import { type Budget, type Expansion, tooLarge } from './budget.js';
import { inflate } from './inflate.js';
import { shown } from './path.js';

/** Compression methods of a zip that are read. */
export const STORED = 0;
export const DEFLATED = 8;

/** What stands before each file: its first bytes and its length without name and extra field. */
export const LOCAL_MAGIC = 0x04034b50;
export const LOCAL_HEADER = 30;

/** A file of a zip: its bytes as far as they could be had, and what was wrong. */
export interface UnpackedFile {
  bytes?: Uint8Array;
  /** Bytes that there were, wanted or not; 0 where none could be had. */
  total: number;
  problem?: string;
  bomb?: boolean;
}

/** UTF-8 where the bytes are it, whatever the flag says; else one character a byte, so that names stay apart. */
export function decodeName(bytes: Buffer, unixMade: boolean): string {
  const utf8 = bytes.toString('utf8');
  const name = utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8;
  return unixMade ? name : name.replaceAll('\\', '/');
}

/** Unpacks one file of a zip up to `cap` bytes; `total` is what there was. */
export async function unpackFile(
  packed: Buffer,
  deflated: boolean,
  cap: number,
  budget: Budget,
  expansion: Expansion,
): Promise<UnpackedFile> {
  if (!deflated) {
    // Not copied, and yet counted: entries of a zip may overlap, so that few bytes make endless files.
    if (!expansion.take(packed.length)) return { bomb: true, total: 0 };
    if (!budget.takeBytes(packed.length)) return { total: 0 };
    if (packed.length > cap) return { bytes: packed.subarray(0, cap), problem: tooLarge(cap), total: packed.length };
    return { bytes: packed, total: packed.length };
  }
  const pieces: Uint8Array[] = [];
  let total = 0;
  let bomb = false;
  const error = await inflate(packed, 'deflate', (piece) => {
    total += piece.length;
    bomb = !expansion.take(piece.length);
    if (bomb || !budget.takeBytes(piece.length)) return false;
    pieces.push(piece);
    return total < cap;
  });
  if (bomb) return { bomb, total };
  const all = Buffer.concat(pieces);
  const bytes = all.length > cap ? all.subarray(0, cap) : all;
  if (error !== undefined) return { bytes, total, problem: `damaged (${shown(error)}): its beginning was used` };
  if (total > cap) return { bytes, total, problem: tooLarge(cap) };
  return { bytes, total };
}
