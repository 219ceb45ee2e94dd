import { kindOf, type Subject } from '../model.js';
import { shown } from './path.js';

/** What `index.jsonl` says of one file: it is believed before the file's name. */
export interface IndexLine {
  subject?: Subject;
  /** Outputs of a pod: the node on which it runs. */
  node?: string;
  argv?: readonly string[];
  /** ISO 8601: when the command was started. */
  startedAt?: string;
  /** Exit status of the command. */
  exit?: number;
}

/** What an index holds: its lines by path in the bundle, and what is wrong with it by line. */
export interface IndexContents {
  byPath: Map<string, IndexLine>;
  problems: { line: number; message: string }[];
}

const KINDS: ReadonlySet<string> = new Set(['cluster', 'node', 'pod', 'capture']);
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})$/;

/**
 * Reads an index: a JSON object a line. `path` is where it lies: its file names are relative to that folder. A line that
 * is no such object costs that line, a value of the wrong type that value.
 */
export function readIndex(path: string, lines: readonly string[]): IndexContents {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const index: IndexContents = { byPath: new Map(), problems: [] };
  for (let i = 0; i < lines.length; i += 1) {
    if (lines[i]!.trim() === '') continue;
    const problem = (message: string) => index.problems.push({ line: i + 1, message });
    const line = parsed(lines[i]!);
    if (line === undefined || typeof line.file !== 'string') {
      problem('not an index line: expected {"file": …, "subject": …, "argv": […]}');
      continue;
    }
    const entry: IndexLine = {};
    if (typeof line.subject === 'string' && KINDS.has(kindOf(line.subject))) entry.subject = line.subject;
    else if (line.subject !== undefined)
      problem(`"${shown(String(line.subject))}" is no subject: the file's place tells`);
    if (typeof line.node === 'string' && line.node !== '') entry.node = line.node;
    if (isArgv(line.argv)) entry.argv = line.argv;
    else if (line.argv !== undefined) problem('argv is not a list of words: the file name tells');
    if (typeof line.startedAt === 'string' && ISO_TIME.test(line.startedAt)) entry.startedAt = line.startedAt;
    else if (line.startedAt !== undefined) problem('startedAt is not an ISO 8601 time: left out');
    if (typeof line.exit === 'number') entry.exit = line.exit;
    index.byPath.set(folder + line.file.replace(/^(?:\.\/)+/, ''), entry);
  }
  return index;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isArgv(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
}
