import { spawn } from 'node:child_process';

/** What a program printed, or why it could not be run. */
export type ChildOutput = { text: string } | { unknown: string };

const MAX_OUTPUT = 256 * 1024;
/** Where `ip` and at times `ping` lie, which a plain user's PATH leaves out. */
const PATH = [process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].join(':');

/**
 * Runs a program in the agent's own network namespace and process group, so that it dies with it. Standard output and
 * error together; what is printed beyond 256 KiB is left out.
 */
export function outputOf(
  argv: readonly [string, ...string[]],
  limitMs: number,
  signal: AbortSignal,
): Promise<ChildOutput> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ unknown: `broken off: ${String(signal.reason)}` });
      return;
    }
    const [program, ...args] = argv;
    const chunks: Buffer[] = [];
    let size = 0;
    const env = { ...process.env, PATH, LC_ALL: 'C' };
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const end = (output: ChildOutput): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(output);
    };
    const abort = (): void => {
      child.kill('SIGKILL');
      end({ unknown: `broken off: ${String(signal.reason)}` });
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      end({ unknown: `${program} did not end within ${limitMs} ms` });
    }, limitMs);
    signal.addEventListener('abort', abort);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_OUTPUT) chunks.push(chunk);
      });
    }
    child.on('error', ({ code }: NodeJS.ErrnoException) => {
      end({ unknown: code === 'ENOENT' ? `${program} is not installed` : `${program} could not be run (${code})` });
    });
    child.on('close', () => end({ text: Buffer.concat(chunks).toString('utf8') }));
  });
}
