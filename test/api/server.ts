import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

// Processes are started here, beside all other tests.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** A server as a user starts it: the built command line in a process of its own. */

const MAIN = fileURLToPath(new URL('../../dist/bin/podnet.js', import.meta.url));

export const FACTS = JSON.stringify({
  version: 1,
  cluster: { cni: 'flannel', cniMode: 'vxlan' },
  reachability: [
    { from: { kind: 'pod', node: 'n1' }, to: { kind: 'pod', node: 'n2' }, proto: 'icmp', ok: false, error: 'timeout' },
    { from: { kind: 'pod', node: 'n1' }, to: { kind: 'pod', node: 'n1' }, proto: 'icmp', ok: true },
  ],
  facts: [{ subject: 'node/n2', name: 'sysctl.net.ipv4.ip_forward', value: 0 }],
});

export const JSON_TYPE = { 'content-type': 'application/json' };

export interface Served {
  url: string;
  port: number;
  process: ChildProcess;
  /** Standard error so far. */
  log(): string;
  /** Its exit status, once it has ended. */
  exited: Promise<number | null>;
  /** Ends it with a signal and gives its exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

/** A folder that `cleanUp` removes. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podnet-api-'));
  folders.push(folder);
  return folder;
}

/** Starts a server on a free port of loopback and waits until it is ready, unless told otherwise. */
export async function serve(args: readonly string[] = [], { ready = true, env = {} } = {}): Promise<Served> {
  const options = args.some((arg) => arg.startsWith('--database')) ? args : ['--database', ':memory:', ...args];
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--rate-limit', '0', ...options], {
    env: { PATH: process.env.PATH ?? '', PODNET_LANG: 'en', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      const found = /listens on (http:\S+)/.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', (status) => reject(new Error(`the server ended with ${status}: ${log}`)));
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (status) => resolve(status)));
  const served: Served = {
    url,
    port: Number(new URL(url).port),
    process: child,
    log: () => log,
    exited,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      const status = await exited;
      running.delete(child);
      return status;
    },
  };
  if (ready) await until(async () => (await fetch(`${url}/readyz`)).ok);
  return served;
}

/** Waits until something is so. */
export async function until(met: () => Promise<boolean>): Promise<void> {
  for (;;) {
    if (await met()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function diagnose(
  url: string,
  body: string | Uint8Array<ArrayBuffer> = FACTS,
  headers: Record<string, string> = JSON_TYPE,
  query = '',
): Promise<Response> {
  return fetch(`${url}/diagnose${query}`, { method: 'POST', body, headers });
}

/** What the command line answers, reading a file on standard input or by name. */
export function commandLine(args: readonly string[], stdin: string | Uint8Array = ''): string {
  return spawnSync(process.execPath, [MAIN, 'diagnose', '--quiet', ...args], {
    input: stdin,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env.PATH ?? '', PODNET_LANG: 'en' },
  }).stdout;
}

/** Ends what tests have left running. */
export function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}
