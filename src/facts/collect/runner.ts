import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, readlinkSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Guard, MARKER } from './guard.js';

/**
 * Why a command gave no whole output:
 * - `not-found`: no such program in the PATH;
 * - `denied`: it may not be run, or the namespace may not be entered;
 * - `timeout`: it was killed at its limit;
 * - `interrupted`: the collection was ended while it ran, or before;
 * - `too-large`: it printed more than `maxBytes` and was killed;
 * - `gone`: the process whose network namespace was to be entered does not run any more.
 */
export type CommandFailure = 'not-found' | 'denied' | 'timeout' | 'interrupted' | 'too-large' | 'gone';

/** What a command did. What it printed up to a failure is kept. */
export interface CommandResult {
  /** As asked for: without what the runner put before it. */
  argv: readonly string[];
  stdout: Buffer;
  stderr: Buffer;
  /** Exit status; undefined where it was killed or never ran. */
  exit?: number;
  /** ISO 8601. */
  startedAt: string;
  ms: number;
  failure?: CommandFailure;
}

export interface RunOptions {
  /** After that it is killed, with all that it started in its process group. */
  timeoutMs: number;
  /** Runs it in the network namespace of that process. */
  netnsPid?: number;
  /** The namespace that process must still be in (`net:[4026531840]`), so that a reused PID is not taken for it. */
  netns?: string;
  stdin?: string | Uint8Array;
  /** Bytes of standard output, and of standard error, that are kept; default 32 MiB. */
  maxBytes?: number;
  /** Added to the environment. */
  env?: Readonly<Record<string, string>>;
}

const MAX_BYTES = 32 * 1024 * 1024;
/** How long the pipes of a killed command may stay open: a process that left its group may hold them. */
const GRACE_MS = 300;
/** Where administrators' programs lie that a plain user's PATH leaves out. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** A command that runs. */
interface Running {
  child: ChildProcess;
  end(failure: CommandFailure): void;
}

/**
 * Runs commands on this machine, each in a process group of its own that is killed whole at its limit, when `signal` is
 * aborted, and when this process ends. Never through a shell; with LC_ALL=C. A command's failure is a result, never an
 * error.
 *
 * Nothing may be left when this process is killed and can do nothing any more: `setpriv --pdeathsig` has the kernel kill
 * the command with its parent, and the guard, a process of its own, kills what the command itself had started.
 */
export class CommandRunner {
  readonly #signal: AbortSignal | undefined;
  readonly #running = new Set<Running>();
  readonly #path: readonly string[];
  readonly #found = new Map<string, string | undefined>();
  readonly #mark = randomBytes(12).toString('hex');
  #guard: Guard | undefined;
  #ended = false;

  /** `path`: folders in which programs are looked for; those of PATH by default. */
  constructor(options: { signal?: AbortSignal; path?: string } = {}) {
    this.#signal = options.signal;
    this.#path = programFolders(options.path ?? process.env.PATH ?? '');
    this.#signal?.addEventListener('abort', this.killAll, { once: true });
  }

  /** Where a program lies; undefined where it is not there, or not to be run. */
  find(program: string): string | undefined {
    if (program.includes('/')) return isProgram(program) ? program : undefined;
    if (!this.#found.has(program)) {
      this.#found.set(program, this.#path.map((folder) => join(folder, program)).find(isProgram));
    }
    return this.#found.get(program);
  }

  run(argv: readonly string[], options: RunOptions): Promise<CommandResult> {
    const began = performance.now();
    const startedAt = new Date().toISOString();
    const result = (rest: Partial<CommandResult>): CommandResult => ({
      ...{ argv, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), startedAt },
      ms: Math.round(performance.now() - began),
      ...rest,
    });
    if (this.#ended || this.#signal?.aborted === true) return Promise.resolve(result({ failure: 'interrupted' }));
    const program = this.find(argv[0] ?? '');
    if (program === undefined) return Promise.resolve(result({ failure: 'not-found' }));
    const words = [program, ...argv.slice(1)];
    if (options.netnsPid !== undefined) {
      const missing = this.#enter(words, options.netnsPid, options.netns);
      if (missing !== undefined) return Promise.resolve(result({ failure: missing }));
    }
    const setpriv = this.find('setpriv');
    if (setpriv !== undefined) words.unshift(setpriv, '--pdeathsig', 'KILL', '--');
    this.#guard ??= new Guard(this.#mark);
    return this.#started(words, options, result);
  }

  /** Puts nsenter before the words; says why it cannot be done. */
  #enter(words: string[], pid: number, netns: string | undefined): CommandFailure | undefined {
    const nsenter = this.find('nsenter');
    if (nsenter === undefined) return 'not-found';
    try {
      const now = readlinkSync(`/proc/${pid}/ns/net`);
      if (netns !== undefined && now !== netns) return 'gone';
    } catch (error) {
      return codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM' ? 'denied' : 'gone';
    }
    words.unshift(nsenter, '-t', String(pid), '-n', '--');
    return undefined;
  }

  #started(
    words: readonly string[],
    options: RunOptions,
    result: (rest: Partial<CommandResult>) => CommandResult,
  ): Promise<CommandResult> {
    return new Promise((resolve) => {
      let child: ChildProcess;
      try {
        child = spawn(words[0]!, words.slice(1), {
          detached: true,
          cwd: '/',
          env: { ...process.env, ...PLAIN, ...options.env, [MARKER]: this.#mark },
          stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        });
      } catch {
        resolve(result({ failure: 'denied' }));
        return;
      }
      const out = new Limited(options.maxBytes ?? MAX_BYTES, () => running.end('too-large'));
      const err = new Limited(options.maxBytes ?? MAX_BYTES, () => running.end('too-large'));
      let failure: CommandFailure | undefined;
      let done = false;
      let grace: NodeJS.Timeout | undefined;
      const finish = (exit: number | undefined): void => {
        if (done) return;
        done = true;
        clearTimeout(limit);
        clearTimeout(grace);
        // A command may leave processes in its group behind; its output has ended, so has their time.
        killGroup(child);
        this.#forget(running);
        child.stdout?.destroy();
        child.stderr?.destroy();
        const stderr = err.bytes();
        if (failure === undefined && exit !== undefined && options.netnsPid !== undefined) {
          failure = failureOfEntering(exit, stderr);
        }
        resolve(
          result({
            ...{ stdout: out.bytes(), stderr },
            ...(exit === undefined || failure !== undefined ? {} : { exit }),
            ...(failure === undefined ? {} : { failure }),
          }),
        );
      };
      const running: Running = {
        child,
        end: (why) => {
          if (done || failure !== undefined) return;
          failure = why;
          killGroup(child);
          grace = setTimeout(() => finish(undefined), GRACE_MS);
        },
      };
      const limit = setTimeout(() => running.end('timeout'), options.timeoutMs);
      this.#remember(running);
      child.stdout?.on('data', (data: Buffer) => out.take(data));
      child.stderr?.on('data', (data: Buffer) => err.take(data));
      child.stdout?.on('error', () => {});
      child.stderr?.on('error', () => {});
      child.stdin?.on('error', () => {});
      child.stdin?.end(options.stdin);
      child.on('error', (error) => {
        failure ??= codeOf(error) === 'ENOENT' ? 'not-found' : 'denied';
        finish(undefined);
      });
      child.on('exit', (code) => {
        grace ??= setTimeout(() => finish(code ?? undefined), GRACE_MS);
      });
      child.on('close', (code) => finish(code ?? undefined));
    });
  }

  #remember(running: Running): void {
    if (this.#running.size === 0) process.on('exit', this.killAll);
    this.#running.add(running);
  }

  #forget(running: Running): void {
    this.#running.delete(running);
    if (this.#running.size === 0) process.off('exit', this.killAll);
  }

  /** Kills all that runs; what is asked for afterwards is `interrupted`. */
  readonly killAll = (): void => {
    this.#ended = true;
    for (const running of [...this.#running]) running.end('interrupted');
  };

  /** Ends the runner: kills what still runs, and waits until nothing of it is left. */
  async close(): Promise<void> {
    this.killAll();
    this.#signal?.removeEventListener('abort', this.killAll);
    await this.#guard?.end();
    this.#guard = undefined;
  }
}

/** Languages, pagers and colours that would make an output another one than parsers know. */
const PLAIN = { LC_ALL: 'C', LANGUAGE: '', PAGER: 'cat', SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0', TERM: 'dumb' };

/** Bytes up to a limit, which is told once when it is passed. */
class Limited {
  readonly #chunks: Buffer[] = [];
  #left: number;
  readonly #onFull: () => void;

  constructor(limit: number, onFull: () => void) {
    this.#left = limit;
    this.#onFull = onFull;
  }

  take(data: Buffer): void {
    if (data.length > this.#left) {
      this.#onFull();
    }
    const kept = data.subarray(0, this.#left);
    this.#left -= kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing of it runs any more.
  }
}

/** nsenter's own complaint, in which the command never ran. */
function failureOfEntering(exit: number, stderr: Buffer): CommandFailure | undefined {
  if (exit === 0) return undefined;
  const first = stderr.subarray(0, 300).toString();
  if (!first.startsWith('nsenter: ')) return undefined;
  if (/not permitted|denied/i.test(first)) return 'denied';
  return /No such (?:file|process)/i.test(first) ? 'gone' : undefined;
}

/**
 * The folders of a PATH. One without any sbin is a plain user's, or root's after `su` without a dash: most programs that
 * show a machine's network lie there.
 */
function programFolders(path: string): string[] {
  const folders = path.split(delimiter).filter((folder) => folder.startsWith('/'));
  return folders.some((folder) => folder.endsWith('/sbin')) ? folders : [...folders, ...SBIN];
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
