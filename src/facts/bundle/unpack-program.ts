import { spawn } from 'node:child_process';

/** Packings that a program of the same name undoes. */
export type Packing = 'xz' | 'zstd' | 'bzip2';

/** How a program's unpacking ended: `error` where it did not end well; what came before has been handed over. */
export interface ProgramEnd {
  error?: string | undefined;
  /** Why the program could not be started: nothing is wrong with the input. */
  missing?: string;
}

interface Program {
  args: readonly string[];
  /** The package that has it, in most distributions. */
  package: string;
}

/** Caps on memory keep a file from asking for gigabytes of dictionary; bzip2 never needs more than 4 MB. */
const PROGRAMS: Readonly<Record<Packing, Program>> = {
  xz: { args: ['-dc', '-q', '--memlimit-decompress=512MiB'], package: 'xz (xz-utils)' },
  zstd: { args: ['-dc', '-q', '--memory=512MB'], package: 'zstd' },
  bzip2: { args: ['-dc', '-q'], package: 'bzip2' },
};

/** A program that has not unpacked all by then is stopped. Milliseconds. */
const TIME_LIMIT = 120_000;

/** Characters of its complaints that are kept. */
const COMPLAINT = 300;

/**
 * Unpacks what Node has no code of its own for through the program of that name: bytes go in and come out by
 * pipes, no file is written and no shell is asked. `onPiece` gets each piece as it comes, and returns false to stop.
 */
export function unpackByProgram(
  packed: Uint8Array,
  name: Packing,
  onPiece: (piece: Uint8Array) => boolean,
): Promise<ProgramEnd> {
  const { args, package: pack } = PROGRAMS[name];
  return new Promise((resolve) => {
    // Options of the person's own (XZ_OPT, ZSTD_CLEVEL) must not change what is read.
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
    const child = spawn(name, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    let done = false;
    const finish = (end: ProgramEnd): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(end);
    };
    const timer = setTimeout(() => finish({ error: `not unpacked within ${TIME_LIMIT / 1000} s` }), TIME_LIMIT);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = `packed with ${name}, and there is no program ${name} here: install ${pack}, or unpack it first (${name} -d)`;
      finish({ missing: error.code === 'ENOENT' ? missing : `${name} cannot be started (${error.code ?? 'unknown'})` });
    });
    child.stdout.on('data', (piece: Uint8Array) => {
      if (!done && !onPiece(piece)) finish({});
    });
    child.stderr.on('data', (piece: Buffer) => {
      if (complaint.length < COMPLAINT) complaint += piece.toString('latin1').slice(0, COMPLAINT);
    });
    child.on('close', (code) => finish(code === 0 ? {} : { error: inFewWords(complaint, name) }));
    // It may end before it has read all: the exit status says why.
    child.stdin.on('error', () => {});
    child.stdin.end(packed);
  });
}

/** `xz: (stdin): Unexpected end of input` without what is the same for every file. */
function inFewWords(complaint: string, name: string): string {
  const words = (complaint.split('\n', 1)[0] ?? '')
    .replace(/^\S*(?:xz|zstd|bzip2): /, '')
    .replace(/^(?:\(stdin\)|\/\*stdin\*\\|stdin)\s*:\s*/, '')
    .trim();
  return words === '' ? `${name} could not unpack it` : words;
}
