import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/bin/podnet.js', import.meta.url));
export const EXAMPLE = fileURLToPath(new URL('../../examples/same-node-service', import.meta.url));

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  stdin?: string;
  env?: Record<string, string>;
  cwd?: string;
}

/** Brings dist/ up to date: nothing to do behind `npm test`, which has done it. */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** Runs the built command line as a shell would, in English and without a terminal unless told otherwise. */
export function podnet(args: readonly string[], { stdin = '', env = {}, cwd = ROOT }: Surroundings = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    input: stdin,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', PODNET_LANG: 'en', ...env },
  });
  return { status, stdout, stderr };
}

export const main = MAIN;
