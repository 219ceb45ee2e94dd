import { spawn } from 'node:child_process';

/**
 * Runs a command to its end. Resolves with its outputs as text and its exit status (128 + number of the signal that ended
 * it); never rejects. `input` goes to its standard input; after `timeoutMs` it is killed.
 *
 * @param {readonly string[]} argv
 * @param {{ input?: string, timeoutMs?: number, env?: Record<string, string> }} [options]
 * @returns {Promise<{ status: number, stdout: string, stderr: string }>}
 */
export function run(argv, { input = '', timeoutMs = 60_000, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', ...env },
      // Its own group: a shell's children end with it.
      detached: true,
    });
    const stdout = [];
    const stderr = [];
    const timer = setTimeout(() => killGroup(child.pid), timeoutMs);
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const done = (status, reason = '') => {
      clearTimeout(timer);
      resolve({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + reason });
    };
    child.on('error', (error) => done(127, error.message));
    child.on('close', (code, signal) => done(code ?? 137, signal ? `ended by ${signal}` : ''));
  });
}

/** Runs a command that must succeed; throws what it said otherwise. Resolves with its standard output. */
export async function must(argv, options) {
  const { status, stdout, stderr } = await run(argv, options);
  if (status !== 0) {
    const said = `${stderr}${stdout}`.trim();
    throw new Error(`${argv.join(' ').slice(0, 200)} ended with ${status}: ${said}\n${options?.input ?? ''}`);
  }
  return stdout;
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
