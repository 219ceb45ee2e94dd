/** Columns of a page that nobody's terminal sets, and the most that are still easy to read. */
export const PAGE = { usual: 80, widest: 120 } as const;

/** Columns of what is written to standard output. */
export function pageWidth(): number {
  return Math.min(process.stdout.columns ?? PAGE.usual, PAGE.widest);
}
