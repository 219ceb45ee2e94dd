import { type ChildProcess, spawn } from 'node:child_process';

/** The variable in the environment of every command by which the guard knows what was started here. */
export const MARKER = 'PODNET_COLLECTION';

/**
 * The guard's program: it waits on a pipe whose other end only podnet holds. When podnet dies, however, it kills every
 * process that bears the mark, until none is left. Only environments of processes younger than itself are looked at, and
 * for the mark alone.
 */
const PROGRAM = `
const fs = require('node:fs');
const mark = process.argv[1];
const startOf = (pid) => {
  const stat = fs.readFileSync('/proc/' + pid + '/stat', 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
};
const since = startOf('self');
const kill = () => {
  let found = 0;
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      if (startOf(pid) < since || !fs.readFileSync('/proc/' + pid + '/environ').includes(mark)) continue;
      process.kill(Number(pid), 'SIGKILL');
      found += 1;
    } catch {}
  }
  return found;
};
let quiet = 0;
const again = () => {
  quiet = kill() === 0 ? quiet + 1 : 0;
  if (quiet < 3) setTimeout(again, 20);
  else process.exit();
};
let word = '';
process.stdin.on('data', (data) => { word += data; });
process.stdin.on('end', () => word === 'bye' ? process.exit() : again());
process.stdin.resume();
`;

/**
 * A process that outlives podnet by a moment, to kill what podnet's commands had themselves started when podnet is killed
 * with SIGKILL and can do nothing. Where it cannot be started the commands' time limits are all there is.
 */
export class Guard {
  readonly #child: ChildProcess;

  /** `mark`: the value of MARKER that the commands carry. */
  constructor(mark: string) {
    this.#child = spawn(process.execPath, ['-e', PROGRAM, `${MARKER}=${mark}`], {
      detached: true,
      cwd: '/',
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {});
    this.#child.unref();
    // The pipe is a socket, which would keep this process up.
    (this.#child.stdin as { unref?(): void } | null)?.unref?.();
  }

  /** Sends it home, and waits until it has gone. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    await new Promise<void>((resolve) => {
      const hurry = setTimeout(() => child.kill('SIGKILL'), 1000);
      child.once('exit', () => {
        clearTimeout(hurry);
        resolve();
      });
      child.stdin?.end('bye');
    });
  }
}
