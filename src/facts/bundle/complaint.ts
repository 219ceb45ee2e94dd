import { promptOf } from './prompt.js';
import type { Section } from './section.js';
import { cutSession } from './terminal-session.js';

/**
 * Sessions that a reporter pasted into the complaint of a facts.yaml; prose is not read. `lines` are the file's, `line`
 * (from 1) is that of the key. Only where the text stands there line by line (a block scalar), so that each fact can cite
 * its own.
 */
export function sessionsInComplaint(complaint: string, lines: readonly string[], line: number): Section[] {
  const text = complaint.replace(/\n+$/, '').split('\n');
  if (!text.some((said) => promptOf(said, false) !== undefined)) return [];
  let offset = line;
  while (offset < lines.length && offset < line + 3 && lines[offset]!.trim() !== text[0]!.trim()) offset += 1;
  const isThere = text.every((said, i) => lines[offset + i]?.trim() === said.trim());
  return isThere ? cutSession(text, { bare: false, offset }) : [];
}
