import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';

/** Skips the test, or fails it where PODNET_REQUIRE=all, where network namespaces cannot be made and entered. */
export function needsRoot(context: TestContext): void {
  const tried = spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'eth0', 'type', 'veth'], { encoding: 'utf8' });
  if (tried.status === 0) return;
  const reason = `network namespaces cannot be made here: ${tried.stderr ?? 'no unshare'}`;
  if (process.env.PODNET_REQUIRE === 'all') expect.fail(reason);
  context.skip(reason);
}

/** Where a program of this machine lies. */
export function whereIs(program: string): string | undefined {
  const found = spawnSync('sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin command -v "$0"', program], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** A folder that goes with the test. */
export function scratch(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'podnet-t-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A folder of programs, to be a PATH by itself: those of this machine, and scripts in the place of others. */
export function programs(folder: string, real: readonly string[], scripts: Record<string, string> = {}): string {
  const path = join(folder, 'sbin');
  mkdirSync(path, { recursive: true });
  for (const program of real) {
    const found = whereIs(program);
    if (found !== undefined) symlinkSync(found, join(path, program));
  }
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return path;
}

/** Processes whose environment holds a word. */
export function processesMarked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return pid !== process.pid && readFileSync(`/proc/${pid}/environ`).includes(mark);
      } catch {
        return false;
      }
    });
}

/** Waits until something holds; fails after ten seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const ends = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > ends) throw new Error(`not so within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A process that sleeps in a network namespace of its own, with a device and an address. */
export class StandInPod {
  readonly pid: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
  }

  /** `name`: what its host is called. */
  static async start(name: string, ip: string): Promise<StandInPod> {
    const setup = `hostname ${name} && ip link add eth0 type veth && ip addr add ${ip}/24 dev eth0 && ip link set eth0 up && echo up && exec sleep 300`;
    const child = spawn('unshare', ['-n', '-u', '--', 'sh', '-c', setup], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      child.stdout!.once('data', () => resolve());
      child.once('exit', () => reject(new Error(`the stand-in for a pod ended: ${name}`)));
    });
    return new StandInPod(child);
  }

  get netns(): string {
    return readlinkSync(`/proc/${this.pid}/ns/net`);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}
