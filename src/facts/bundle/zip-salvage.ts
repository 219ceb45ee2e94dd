import type { Budget, Expansion } from './budget.js';
import type { FileCollection } from './collection.js';
import { safePath } from './path.js';
import { DEFLATED, decodeName, LOCAL_HEADER, LOCAL_MAGIC, STORED, unpackFile } from './zip-file.js';

/** General purpose bits: encrypted; sizes stand behind the data rather than before it. */
const ENCRYPTED = 1;
const SIZES_BEHIND = 8;

/**
 * Takes the files of a zip whose directory at the end is missing, by the headers before each file, until one cannot be
 * told from its data. Names of archivers that write `\` are taken as they are: only the directory says who wrote them.
 */
export async function salvageZip(
  zip: Buffer,
  files: FileCollection,
  budget: Budget,
  expansion: Expansion,
): Promise<void> {
  let at = 0;
  while (at + LOCAL_HEADER <= zip.length && zip.readUInt32LE(at) === LOCAL_MAGIC && budget.takeEntry()) {
    const flags = zip.readUInt16LE(at + 6);
    const method = zip.readUInt16LE(at + 8);
    const nameEnd = at + LOCAL_HEADER + zip.readUInt16LE(at + 26);
    const start = nameEnd + zip.readUInt16LE(at + 28);
    const raw = decodeName(zip.subarray(at + LOCAL_HEADER, nameEnd), true);
    const sizesBehind = (flags & SIZES_BEHIND) !== 0;
    const end = sizesBehind ? dataEnd(zip, start) : start + zip.readUInt32LE(at + 18);
    at = sizesBehind ? nextLocal(zip, Math.min(end, zip.length)) : end;
    if (raw.endsWith('/') || (flags & ENCRYPTED) !== 0 || (method !== STORED && method !== DEFLATED)) continue;
    const safe = safePath(raw, budget.limits);
    if (safe.refused !== undefined) {
      files.problem(safe.path, safe.refused);
      continue;
    }
    const file = await unpackFile(
      zip.subarray(start, end),
      method === DEFLATED,
      budget.limits.entryBytes,
      budget,
      expansion,
    );
    if (file.bomb === true) {
      files.problem(safe.path, expansion.message);
      return;
    }
    if (file.bytes === undefined) return;
    const problem = end > zip.length ? 'the archive was cut within this file: its beginning was used' : file.problem;
    if (problem !== undefined) files.problem(safe.path, problem);
    files.put(safe.path, file.bytes);
  }
}

const LOCAL_BYTES = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
const DESCRIPTOR_BYTES = Buffer.from([0x50, 0x4b, 0x07, 0x08]);

/** Where data of unknown length ends: at the next file, or at the descriptor before it. */
function dataEnd(zip: Buffer, from: number): number {
  const local = nextLocal(zip, from);
  const descriptor = zip.subarray(from, local).lastIndexOf(DESCRIPTOR_BYTES);
  return descriptor < 0 ? local : from + descriptor;
}

function nextLocal(zip: Buffer, from: number): number {
  const local = zip.indexOf(LOCAL_BYTES, from);
  return local < 0 ? zip.length : local;
}
