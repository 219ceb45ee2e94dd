/** A `key=value` line of a file in sections, with where it stands. */
export interface IniEntry {
  /** Without brackets; empty above the first one. */
  section: string;
  key: string;
  value: string;
  /** From 1. */
  line: number;
}

/** Quotes that a shell or systemd takes off a value. */
const QUOTED = /^(["'])(.*)\1$/;

/**
 * Reads `[Section]` and `key=value` as NetworkManager's keyfiles, systemd's units, ifcfg-* and os-release have them.
 * What is neither stands in `malformed`, by line number.
 */
export function readIni(lines: readonly string[]): { entries: IniEntry[]; malformed: number[] } {
  const entries: IniEntry[] = [];
  const malformed: number[] = [];
  let section = '';
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]!.slice(0, 2000).trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const heading = /^\[([^\]]{1,100})\]$/.exec(line);
    if (heading !== null) {
      section = heading[1]!;
      continue;
    }
    const equals = line.indexOf('=');
    if (equals <= 0) {
      malformed.push(i + 1);
      continue;
    }
    const raw = line.slice(equals + 1).trim();
    entries.push({
      section,
      key: line
        .slice(0, equals)
        .trim()
        .replace(/^export /, ''),
      value: QUOTED.exec(raw)?.[2] ?? raw,
      line: i + 1,
    });
  }
  return { entries, malformed };
}
