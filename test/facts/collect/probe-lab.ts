import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, type TestContext } from 'vitest';
import { needs } from '../captures/capture-tools.js';

const PEER = fileURLToPath(new URL('probe-peer.mjs', import.meta.url));

/** Skips the test, or fails it where PODNET_REQUIRE=all, on a machine where namespaces cannot be made. */
export function needsProbeLab(context: TestContext): void {
  needs(context, 'ip', 'ping', 'iptables', 'nsenter', 'curl', 'dig');
  const name = `podnet-p-${process.pid}-try`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status === 0) {
    execFileSync('ip', ['netns', 'del', name]);
    return;
  }
  const reason = `network namespaces cannot be made here: ${made.stderr.trim()}`;
  if (process.env.PODNET_REQUIRE === 'all') expect.fail(reason);
  context.skip(reason);
}

/**
 * Three network namespaces in a row: `a` (10.80.1.2), the router `r`, and `b` (10.80.2.2), where the servers of
 * probe-peer.mjs run. `pid` of a process that holds `a`.
 */
export class ProbeLab {
  readonly #prefix = `podnet-p-${process.pid}-`;
  readonly #children: ChildProcess[] = [];
  readonly #made: string[] = [];
  pid = 0;

  async build(): Promise<void> {
    for (const name of ['a', 'r', 'b']) {
      execFileSync('ip', ['netns', 'add', this.#prefix + name]);
      this.#made.push(name);
      this.ip(name, 'link set lo up');
    }
    for (const [i, name] of ['a', 'b'].entries()) {
      this.ip(name, `link add eth0 type veth peer name to-${name} netns ${this.#prefix}r`);
      this.ip(name, `addr add 10.80.${i + 1}.2/24 dev eth0`);
      this.ip(name, 'link set eth0 up');
      this.ip('r', `addr add 10.80.${i + 1}.1/24 dev to-${name}`);
      this.ip('r', `link set to-${name} up`);
      this.ip(name, `route add default via 10.80.${i + 1}.1`);
    }
    this.run('r', 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    this.pid = this.#spawn('a', 'sleep', '600').pid ?? 0;
    const peer = this.#spawn('b', process.execPath, PEER);
    await new Promise<void>((resolve, reject) => {
      peer.stdout!.once('data', () => resolve());
      peer.once('exit', () => reject(new Error('the servers ended')));
    });
  }

  ip(name: string, words: string): void {
    execFileSync('ip', ['-n', this.#prefix + name, ...words.split(' ')], { stdio: 'pipe' });
  }

  /** What a command prints in a namespace, standard error included. */
  run(name: string, ...words: string[]): string {
    const { stdout, stderr } = spawnSync('ip', ['netns', 'exec', this.#prefix + name, ...words], { encoding: 'utf8' });
    return stdout + stderr;
  }

  /** Ends the process that holds `a`. */
  endHolder(): void {
    process.kill(this.pid, 'SIGKILL');
  }

  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const name of this.#made) spawnSync('ip', ['netns', 'del', this.#prefix + name]);
  }

  #spawn(name: string, ...words: string[]): ChildProcess {
    // `ip netns exec` becomes the program that it is given.
    const child = spawn('ip', ['netns', 'exec', this.#prefix + name, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    return child;
  }
}
