import { realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isArchive, openArchive, openArchives } from './archive.js';
import { Budget, tooLarge } from './budget.js';
import { FileCollection } from './collection.js';
import { type BundleContents, type BundleLimits, DEFAULT_LIMITS } from './entry.js';
import { codeOf, readFolder } from './folder.js';
import { readRegularFile } from './folder-file.js';
import { formatOf, withoutArchiveSuffix, withoutPackingSuffix } from './format.js';
import { safePath, shown } from './path.js';
import { LAYOUT_FOLDERS } from './podnet-layout.js';
import { hostOfName } from './sosreport.js';

/**
 * Where a bundle comes from: a folder, an archive or a single file on disk, told apart by content; or bytes that came on
 * standard input or in a request, an archive or one file, under a name.
 */
export type BundleInput = { path: string } | { stdin: Uint8Array; name: string };

export interface ReadBundlesOptions {
  /** Caps that differ from `DEFAULT_LIMITS`. */
  limits?: Partial<BundleLimits>;
  /** Called with the bytes taken into memory so far, often. */
  onProgress?: (bytes: number) => void;
}

/** An input that is not there or may not be read. What is wrong inside an input is a problem of its contents instead. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput';
  readonly input: string;

  constructor(input: string, reason: string) {
    super(`${shown(input)}: ${reason}`);
    this.input = input;
  }
}

/**
 * Reads inputs, as one bundle: archives into memory, of folders what their files are. Nothing is written, no link is followed out of an input, and caps hold over
 * all of them together. With several inputs each one's paths begin with its name; a single file keeps its own.
 * @throws UnreadableInput where an input itself cannot be read.
 */
export async function readBundles(
  inputs: readonly BundleInput[],
  options: ReadBundlesOptions = {},
): Promise<BundleContents> {
  const budget = new Budget({ ...DEFAULT_LIMITS, ...options.limits }, options.onProgress);
  const all = new FileCollection();
  const taken = new Set<string>();
  for (const input of inputs) {
    const read = await readInput(input, budget);
    if (read.single) {
      all.adopt(taken.has(read.name) ? unique('input', taken) : '', read.files, read.base);
      taken.add(read.name);
    } else if (LAYOUT_FOLDERS.has(read.name) || hostOfName(read.name) !== undefined) {
      all.adopt(read.files.allBelow(read.name) ? '' : read.name, read.files, read.base);
    } else {
      all.adopt(inputs.length === 1 ? '' : unique(read.name, taken), read.files.unwrapped(), read.base);
    }
    if (budget.spent !== undefined) {
      all.problem(read.base, budget.spent);
      break;
    }
  }
  return all.contents();
}

interface ReadInput {
  /** Base name, as problems of the input as a whole show it. */
  base: string;
  /** Base name, without the suffix of an archive. */
  name: string;
  files: FileCollection;
  /** One file rather than a folder or an archive of several. */
  single: boolean;
}

async function readInput(input: BundleInput, budget: Budget): Promise<ReadInput> {
  if ('stdin' in input) return readFile(nameFor(input.name, budget), input.stdin, budget, false);
  // An unset variable of a script, which would resolve to the current folder.
  if (input.path === '') throw new UnreadableInput("''", 'no such file or folder');
  const base = nameFor(basename(resolve(input.path)), budget);
  try {
    const path = realpathSync(input.path);
    const stat = statSync(path);
    if (stat.isDirectory()) {
      const files = await openArchives(readFolder(path, budget), { budget, nesting: 0 });
      return { base, name: base, files, single: false };
    }
    if (!stat.isFile()) throw new UnreadableInput(input.path, 'neither a file nor a folder');
    // An archive may be as large as all that is in it; the cap on one file is looked at once it is known to be one.
    const { bytes, cut } = readRegularFile(path, budget.limits.totalBytes);
    return await readFile(base, bytes, budget, cut);
  } catch (error) {
    // Only what the system refused is the input's fault; a mistake of ours must not look like it.
    if (error instanceof Error && 'syscall' in error) throw new UnreadableInput(input.path, reasonOf(error));
    throw error;
  }
}

async function readFile(base: string, bytes: Uint8Array, budget: Budget, cut: boolean): Promise<ReadInput> {
  budget.takeBytes(bytes.length);
  const format = formatOf(bytes, base);
  if (isArchive(format)) {
    const { files, single } = await openArchive(base, bytes, format, { budget, nesting: 0 });
    return { base, name: single ? withoutPackingSuffix(base) : withoutArchiveSuffix(base), files, single };
  }
  const files = new FileCollection();
  const cap = budget.limits.entryBytes;
  if (cut || bytes.length > cap) files.problem(base, tooLarge(cap));
  files.put(base, bytes.length > cap ? bytes.subarray(0, cap) : bytes);
  return { base, name: base, files, single: true };
}

function nameFor(base: string, budget: Budget): string {
  const safe = safePath(basename(base) === '' ? 'input' : basename(base), budget.limits);
  return safe.refused === undefined ? safe.path : 'input';
}

/** A folder that no other input has. */
function unique(name: string, taken: Set<string>): string {
  let folder = name;
  for (let count = 2; taken.has(folder); count++) folder = `${name}-${count}`;
  taken.add(folder);
  return folder;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'no such file or folder';
  if (code === 'EACCES') return 'permission denied';
  return `cannot be read (${code})`;
}
