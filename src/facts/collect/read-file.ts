import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';

/** A file's text, or why there is none. */
export type FileText = { text: string; reason?: undefined } | { text?: undefined; reason: string };

/** A file system that does not answer must not hold up the rest. */
const PATIENCE_MS = 2000;
const MAX_BYTES = 4 * 1024 * 1024;

/** Reads a file of this machine. Never throws. */
export function readText(path: string, maxBytes = MAX_BYTES): Promise<FileText> {
  return patiently(path, async () => {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await contentOf(handle, maxBytes);
    } finally {
      await handle.close();
    }
  });
}

/**
 * Reads a file below a folder that someone else rules, such as a pod's root: a symbolic link on the way could lead anywhere
 * on this machine, so each step is opened for itself and none is followed. Only a regular file is read. Never throws.
 */
export function readTextBelow(root: string, path: string, maxBytes = MAX_BYTES): Promise<FileText> {
  return patiently(path, async () => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.length === 0 || parts.includes('..')) return { reason: `${path}: not a path below a root` };
    let at = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      for (const [i, part] of parts.entries()) {
        const kind = i < parts.length - 1 ? constants.O_DIRECTORY : constants.O_NONBLOCK;
        const next = await open(`/proc/self/fd/${at.fd}/${part}`, constants.O_RDONLY | constants.O_NOFOLLOW | kind);
        await at.close();
        at = next;
      }
      return await contentOf(at, maxBytes);
    } finally {
      await at.close();
    }
  });
}

/** Names in a folder of this machine, sorted; empty where it cannot be read. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

async function contentOf(handle: FileHandle, maxBytes: number): Promise<FileText> {
  const stat = await handle.stat();
  if (!stat.isFile()) return { reason: 'not a regular file: not read' };
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < maxBytes) {
    // Files of /proc say that they are empty, so their end is found by reading.
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 * 1024), 0, Math.min(64 * 1024, maxBytes - size));
    if (bytesRead === 0) return { text: Buffer.concat(chunks).toString() };
    chunks.push(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return { reason: `larger than ${maxBytes} bytes: not read` };
}

async function patiently(path: string, read: () => Promise<FileText>): Promise<FileText> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<FileText>((resolve) => {
    timer = setTimeout(() => resolve({ reason: `${path}: the file system does not answer` }), PATIENCE_MS);
  });
  const result = read().catch((error: unknown): FileText => ({ reason: `${path}: ${reasonOf(error)}` }));
  const first = await Promise.race([result, late]);
  clearTimeout(timer);
  return first;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Permission denied',
  ESRCH: 'the process has ended',
  ELOOP: 'a symbolic link, which is not followed out of a pod',
};

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return REASONS[code] ?? code;
}
