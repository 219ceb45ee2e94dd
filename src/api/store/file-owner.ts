import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Which process has a database file. SQLite's own lock here is a folder that a killed process leaves behind; the owner's
 * file tells whether that process is still there.
 */

function ownerFile(path: string): string {
  return `${path}.owner`;
}

/** A process by its number and when it began: numbers are given anew, in a container the same one each time. */
function identity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name is in parentheses and may hold anything; the 22nd field is the start, in ticks since boot.
    const began = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${pid} ${began}`;
  } catch {
    // Where there is no /proc, that the number is in use has to do.
    try {
      process.kill(pid, 0);
      return `${pid} -`;
    } catch {
      return undefined;
    }
  }
}

/** Throws where another process that is still there has the file. */
export function takeOwnership(path: string): void {
  const own = identity(process.pid) ?? `${process.pid} -`;
  let owner: string | undefined;
  try {
    owner = readFileSync(ownerFile(path), 'utf8').trim();
  } catch {
    // Nobody has it.
  }
  const pid = Number(owner?.split(' ')[0]);
  if (owner !== undefined && owner !== own && Number.isInteger(pid) && pid > 0 && identity(pid) === owner) {
    throw new Error(`${path} belongs to process ${pid}: one server at a time can have it`);
  }
  writeFileSync(ownerFile(path), `${own}\n`);
}

export function giveUpOwnership(path: string): void {
  rmSync(ownerFile(path), { force: true });
}
