import type { Subject } from '../model.js';
import type { Command } from '../parsers/parser.js';

/** A part of a file that is an output of its own: one command of a session, one block of a document. */
export interface Section {
  kind: 'output' | 'objects' | 'log' | 'loose';
  /** Lines of the file before the first of these. */
  offset: number;
  lines: string[];
  command: Command;
  /** Whose it is; undefined where only the file's place can tell. */
  subject?: Subject;
  /** A pod whose namespace, or whose very name, nobody said: `subject` is its stand-in where no object tells more. */
  pod?: string;
  /** The node on which that pod runs, where it is known. */
  node?: string;
  component?: string;
  /** Why it is not read: its output is only a part of what the command prints. */
  unread?: string;
}

/** Takes blank lines off the end: they are the reader's, not the output's. */
export function withoutBlankEnd(lines: string[]): string[] {
  let end = lines.length;
  while (end > 0 && lines[end - 1]!.trim() === '') end -= 1;
  lines.length = end;
  return lines;
}
