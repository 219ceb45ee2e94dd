import { renameSync, writeFileSync } from 'node:fs';

/** Says in a file, which is whole once it is there, that this process listens, and its PID. */
export function sayReady(file) {
  writeFileSync(`${file}.new`, `${process.pid}\n`);
  renameSync(`${file}.new`, file);
}
