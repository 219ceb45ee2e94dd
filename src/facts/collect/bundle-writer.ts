import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Subject } from '../model.js';
import { tarEnd, tarEntry } from './tar-entry.js';

/** The output cannot be written; `message` says why and can be shown. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** A file of a bundle, with what the index says of it. */
export interface BundleFile {
  /** From the bundle's top: `nodes/n1/ip_addr`. */
  path: string;
  subject?: Subject;
  /** The node on which a pod runs. */
  node?: string;
  argv?: readonly string[];
  /** ISO 8601. */
  startedAt?: string;
  ms?: number;
  exit?: number;
  content: Uint8Array | string;
}

export interface BundleOptions {
  /** Replaces what stands under the output's name: a file, or a folder that is a bundle. */
  force?: boolean;
}

/** Where the bytes go. */
interface Target {
  put(path: string, content: Uint8Array): void;
  /** Gives the output its name. */
  commit(): Promise<void>;
  /** Removes all that was written. */
  discard(): void;
}

/**
 * Writes a bundle: a folder, or a tar where the name ends in `.tar`, packed with gzip where it ends in `.tgz` or `.tar.gz`, or
 * `-`, which is a packed tar on standard output. It stands under a temporary name beside its own until `finish`, so that nobody ever finds half a
 * bundle under that name. All methods throw OutputError where it cannot be written; the temporary output is removed then.
 */
export class BundleWriter {
  readonly #target: Target;
  readonly #index: string[] = [];
  readonly #paths = new Set<string>();
  #open = true;

  private constructor(target: Target) {
    this.#target = target;
  }

  /** A bundle that is only handed on: `finish` gives its bytes, a packed tar, to `take`. */
  static inMemory(take: (bytes: Uint8Array) => void): BundleWriter {
    return new BundleWriter(
      new TarTarget(undefined, undefined, (bytes) => {
        take(bytes);
        return Promise.resolve();
      }),
    );
  }

  static create(output: string, options: BundleOptions = {}): BundleWriter {
    if (output === '-') return new BundleWriter(new TarTarget(undefined, undefined, writeOut));
    const path = resolve(output);
    const isTar = /\.(?:tgz|tar|tar\.gz)$/.test(path);
    if (existsLink(path)) refuseOverwriting(path, output, isTar, options.force === true);
    const parent = dirname(path);
    if (!existsSync(parent)) throw new OutputError(`${output}: the folder ${parent} does not exist`);
    const temporary = join(parent, `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}.partial`);
    return attempt(output, () => {
      if (isTar) return new BundleWriter(new TarTarget(temporary, path, undefined, !path.endsWith('.tar')));
      mkdirSync(temporary, { mode: 0o700 });
      return new BundleWriter(new FolderTarget(temporary, path));
    });
  }

  /** Number of files so far. */
  get size(): number {
    return this.#paths.size;
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Adds a file. Where one of that path is there already, the new one is put beside it under another name. */
  add(file: BundleFile): void {
    const path = this.#free(tame(file.path));
    const { subject, node, argv, startedAt, ms, exit } = file;
    this.#write(path, typeof file.content === 'string' ? Buffer.from(file.content) : file.content);
    this.#index.push(`${JSON.stringify({ file: path, subject, node, argv, startedAt, ms, exit })}\n`);
  }

  /** Writes the index and gives the bundle its name. */
  async finish(): Promise<void> {
    this.#write('index.jsonl', Buffer.from(this.#index.join('')));
    try {
      await this.#target.commit();
      this.#open = false;
    } catch (error) {
      this.#discard();
      throw told(error);
    }
  }

  /** Gives up: nothing of the output stays. */
  abort(): Promise<void> {
    this.#discard();
    return Promise.resolve();
  }

  /** As `abort`, for when a process must end at once. */
  abortNow(): void {
    this.#discard();
  }

  #free(path: string): string {
    if (!this.#paths.has(path) && path !== 'index.jsonl') return path;
    for (let n = 2; ; n += 1) if (!this.#paths.has(`${path}~${n}`)) return `${path}~${n}`;
  }

  #write(path: string, content: Uint8Array): void {
    if (!this.#open) throw new OutputError('the bundle was closed before all was written');
    try {
      this.#target.put(path, content);
      this.#paths.add(path);
    } catch (error) {
      this.#discard();
      throw told(error);
    }
  }

  #discard(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#target.discard();
  }
}

/** Bytes of a tar that are packed and written at once. */
const PACK_AT = 1024 * 1024;

/** A tar in pieces that are packed one by one, where it is packed at all; into memory where there is no path. */
class TarTarget implements Target {
  readonly #temporary: string | undefined;
  readonly #path: string | undefined;
  readonly #fd: number | undefined;
  readonly #out: (bytes: Uint8Array) => Promise<void>;
  readonly #packed: Uint8Array[] = [];
  readonly #time = new Date();
  readonly #packs: boolean;
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** Without paths the whole goes to `out` at the end. */
  constructor(
    temporary: string | undefined,
    path: string | undefined,
    out: (bytes: Uint8Array) => Promise<void> = () => Promise.resolve(),
    packs = true,
  ) {
    this.#packs = packs;
    this.#out = out;
    this.#temporary = temporary;
    this.#path = path;
    this.#fd = temporary === undefined ? undefined : openSync(temporary, 'wx', 0o600);
  }

  put(path: string, content: Uint8Array): void {
    for (const piece of tarEntry(path, content, this.#time)) this.#take(piece);
  }

  #take(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length >= PACK_AT) this.#flush();
  }

  #flush(): void {
    const tar = Buffer.concat(this.#pieces, this.#length);
    const packed = this.#packs ? gzipSync(tar) : tar;
    this.#pieces = [];
    this.#length = 0;
    if (this.#fd === undefined) {
      this.#packed.push(packed);
      return;
    }
    for (let at = 0; at < packed.length; ) at += writeSync(this.#fd, packed, at);
  }

  async commit(): Promise<void> {
    this.#take(tarEnd());
    this.#flush();
    if (this.#fd === undefined || this.#temporary === undefined || this.#path === undefined) {
      await this.#out(Buffer.concat(this.#packed));
      return;
    }
    fsyncSync(this.#fd);
    renameSync(this.#temporary, this.#path);
    closeSync(this.#fd);
  }

  discard(): void {
    if (this.#fd !== undefined) quietly(() => closeSync(this.#fd!));
    if (this.#temporary !== undefined) quietly(() => rmSync(this.#temporary!, { force: true }));
  }
}

class FolderTarget implements Target {
  readonly #temporary: string;
  readonly #path: string;
  readonly #folders = new Set<string>();

  constructor(temporary: string, path: string) {
    this.#temporary = temporary;
    this.#path = path;
  }

  put(path: string, content: Uint8Array): void {
    const full = join(this.#temporary, path);
    const folder = dirname(full);
    if (!this.#folders.has(folder)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#folders.add(folder);
    }
    writeFileSync(full, content, { flag: 'wx', mode: 0o600 });
  }

  commit(): Promise<void> {
    // A folder that is there was found to be one to replace; rename puts a folder in the place of an empty one only.
    const old = `${this.#temporary}.old`;
    const replaces = existsLink(this.#path);
    if (replaces) renameSync(this.#path, old);
    try {
      renameSync(this.#temporary, this.#path);
    } catch (error) {
      if (replaces) quietly(() => renameSync(old, this.#path));
      throw error;
    }
    if (replaces) quietly(() => rmSync(old, { recursive: true, force: true }));
    return Promise.resolve();
  }

  discard(): void {
    quietly(() => rmSync(this.#temporary, { recursive: true, force: true }));
  }
}

function writeOut(bytes: Uint8Array): Promise<void> {
  return new Promise((done, failed) => {
    process.stdout.write(bytes, (error) => (error ? failed(error) : done()));
  });
}

function refuseOverwriting(path: string, name: string, isTar: boolean, force: boolean): void {
  if (!force) throw new OutputError(`${name}: exists already; --force replaces it`);
  const isFolder = lstatSync(path).isDirectory();
  if (isFolder === isTar) throw new OutputError(`${name}: is ${isFolder ? 'a folder' : 'no folder'}; not replaced`);
  // A name mistyped must not cost a folder of something else.
  if (isFolder && readdirSync(path).length > 0 && !existsSync(join(path, 'index.jsonl'))) {
    throw new OutputError(`${name}: is a folder that is not a bundle; not replaced`);
  }
}

function existsLink(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** A path of which no part leads out of the bundle, or is too long for a file's name. */
function tame(path: string): string {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (part === '.' || part === '..' ? '_' : shortened(part)));
  return parts.length === 0 ? '_' : parts.join('/');
}

/** Bytes of a file's name that every file system takes, with room for what tells two files apart. */
const LONGEST_NAME = 240;

function shortened(part: string): string {
  const printable = part.replace(/[\x00-\x1f\x7f]/g, '_');
  return Buffer.byteLength(printable) <= LONGEST_NAME
    ? printable
    : Buffer.from(printable)
        .subarray(0, LONGEST_NAME)
        .toString()
        .replace(/\ufffd+$/, '');
}

function attempt<T>(output: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw told(error, output);
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // It is gone, or was never there.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than is allowed',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of its path is no folder',
  EIO: 'input/output error',
};

function told(error: unknown, output?: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof OutputError || code === undefined) return error;
  const why = REASONS[code] ?? code;
  return new OutputError(`${output === undefined ? 'the bundle' : output} cannot be written: ${why}`);
}
