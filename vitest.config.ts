import { defineConfig } from 'vitest/config';

const LAB = 'test/lab/**/*.test.ts';
/** What the walk says against what the kernel does. */
const KERNEL = 'test/facts/walk/**/*kernel.test.ts';
/** What all cases say of the rulebook as a whole. */
const RULEBOOK = 'test/acceptance/rulebook.test.ts';

/** Many tests wait for servers and packets: two at a time, even where there are but two processors. */
const WORKERS = 2;

export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    reporters: ['default'],
    projects: [
      {
        test: { name: 'tests', include: ['test/**/*.test.ts'], exclude: [LAB, KERNEL, RULEBOOK], testTimeout: 30_000 },
      },
      // Packets that are waited for on a machine which runs the other tests at the same time: once more where one was late.
      { test: { name: 'kernel', include: [KERNEL], testTimeout: 30_000, retry: 1 } },
      { test: { name: 'rulebook', include: [RULEBOOK], testTimeout: 30_000 } },
      // By itself, after the others: its clusters wait for seconds, and a machine that is busy with other tests makes them late.
      // A fault that was not found is tried once more on a new cluster: a machine that stood still for a second is not podnet's.
      {
        test: {
          name: 'lab',
          include: [LAB],
          testTimeout: 30_000,
          retry: 1,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
