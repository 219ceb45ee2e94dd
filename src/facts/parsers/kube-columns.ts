/** A row of a table that kubectl prints, by the names of its columns. */
export interface KubeRow {
  /** From 1. */
  line: number;
  /** The text below a heading, trimmed; undefined where there is no such column or the row ends before it. */
  cell(column: string): string | undefined;
}

export interface KubeTable {
  columns: readonly string[];
  rows: KubeRow[];
  /** Lines that are rows of no table, from 1. */
  malformed: number[];
}

/** A heading: words in capitals, one or two blanks... of kubectl's at least two between columns. */
const HEADING = /^(?:NAMESPACE {2,}|LAST SEEN {2,}|NAME(?: {2,}|$))[A-Z][A-Z0-9 ()/-]*$/;
const ELSEWHERE = /^(?:No resources found|Warning: |Error from server|error: )/;
const MAX_COLUMNS = 40;

/** Whether a line is the heading of such a table. */
export function isKubeHeading(line: string): boolean {
  return line.length < 1000 && HEADING.test(line.trimEnd());
}

/**
 * Reads the tables that `kubectl get` prints, one after another (`kubectl get all` prints several). Cells are cut where
 * the heading's columns begin; where a paste has lost that alignment, at two or more blanks.
 */
export function readKubeTables(lines: readonly string[]): KubeTable[] {
  const tables: KubeTable[] = [];
  let table: KubeTable | undefined;
  let starts: number[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]!.slice(0, 20_000).trimEnd();
    if (line === '' || ELSEWHERE.test(line)) continue;
    if (isKubeHeading(line)) {
      const found = [...line.matchAll(/\S+(?: \S+)*/g)].slice(0, MAX_COLUMNS);
      starts = found.map((match) => match.index);
      table = { columns: found.map((match) => match[0]), rows: [], malformed: [] };
      tables.push(table);
      continue;
    }
    if (table === undefined) continue;
    const cells = cellsOf(line, starts);
    if (cells === undefined) {
      table.malformed.push(i + 1);
      continue;
    }
    const { columns } = table;
    table.rows.push({ line: i + 1, cell: (column) => cells[columns.indexOf(column)] });
  }
  return tables;
}

function cellsOf(line: string, starts: readonly number[]): string[] | undefined {
  const aligned = starts.every((start) => start === 0 || start >= line.length || line[start - 1] === ' ');
  if (aligned && !/^\s/.test(line)) {
    const cells: string[] = [];
    for (let i = 0; i < starts.length; i += 1) {
      const cell = line.slice(starts[i], starts[i + 1]).trim();
      if (starts[i]! < line.length) cells.push(cell);
    }
    if (cells.length >= 2 || starts.length === 1) return cells;
  }
  const split = line.trim().split(/ {2,}|\t+/);
  return split.length === starts.length ? split : undefined;
}
