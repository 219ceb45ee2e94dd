import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { scratch, until } from './server.js';

/** A PostgreSQL server of a test's own, from the Debian package, as a user that is not root. */

const NOBODY = 65_534;
const PROGRAMS = '/usr/lib/postgresql';

/** Where its programs are; undefined where the package is not installed. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(PROGRAMS)) return undefined;
  const version = readdirSync(PROGRAMS).sort((a, b) => Number(b) - Number(a))[0];
  return version === undefined ? undefined : join(PROGRAMS, version, 'bin');
}

export class Postgres {
  readonly url: string;
  readonly #programs: string;
  readonly #data: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(programs: string, data: string, port: number) {
    this.#programs = programs;
    this.#data = data;
    this.#port = port;
    this.url = `postgres://podnet@127.0.0.1:${port}/postgres`;
  }

  /** Makes a cluster and starts it. */
  static async start(programs: string): Promise<Postgres> {
    const folder = scratch();
    const data = join(folder, 'data');
    mkdirSync(data);
    chmodSync(folder, 0o755);
    if (isRoot()) chownSync(data, NOBODY, NOBODY);
    const made = ['-D', data, '-U', 'podnet', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(join(programs, 'initdb'), made, { ...user(), stdio: 'ignore', cwd: '/' });
    const postgres = new Postgres(programs, data, await freePort());
    await postgres.up();
    return postgres;
  }

  async up(): Promise<void> {
    const settings = ['-D', this.#data, '-p', String(this.#port), '-h', '127.0.0.1', '-k', this.#data];
    this.#process = spawn(join(this.#programs, 'postgres'), settings, { ...user(), stdio: 'ignore', cwd: '/' });
    await until(async () => {
      try {
        execFileSync(join(this.#programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(this.#port)], {
          stdio: 'ignore',
        });
        return true;
      } catch {
        return false;
      }
    });
  }

  /** Ends it at once, with all its connections. */
  async down(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    await ended;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function user(): { uid?: number; gid?: number } {
  return isRoot() ? { uid: NOBODY, gid: NOBODY } : {};
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
