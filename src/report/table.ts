import { displayWidth } from './wrap.js';

/** Lines of a table whose columns stand two apart, by display width; the last column is not padded. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => `${cell}${' '.repeat((widths[column] ?? 0) - displayWidth(cell))}`)
      .join('  ')
      .trimEnd(),
  );
}
