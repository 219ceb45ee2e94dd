/** Runs jobs with no more than some of them at once, in their order; resolves when the last has ended. */
export async function atOnce(jobs: readonly (() => Promise<void>)[], most: number): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < jobs.length) {
      const job = jobs[next]!;
      next += 1;
      await job();
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, most), jobs.length) }, work));
}
