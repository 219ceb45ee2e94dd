import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PODNET } from './collect.mjs';

let worker;
let count = 0;
const waiting = new Map();

/**
 * What the walk predicts of every flow that was tried in a bundle, from the bundle alone, beside what happened:
 * `{ from, to, asked, happened, works, verdict, by, ways: [{ verdict, beyond }] }`.
 */
export function walksOf(bundle) {
  worker ??= begin();
  const id = count++;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    // Only while something is asked of it does the thread keep the process alive.
    worker.ref();
    worker.postMessage({ id, bundle });
  });
}

function begin() {
  const made = new Worker(new URL('walk-worker.mjs', import.meta.url), {
    workerData: { dist: dirname(dirname(PODNET)) },
  });
  made.on('message', ({ id, walks, failed }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) made.unref();
    if (failed === undefined) resolve(walks);
    else reject(new Error(failed));
  });
  made.on('error', (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    worker = undefined;
  });
  return made;
}
