import { cutCommandLines } from './command-lines.js';
import { cutDumpStream, isDumpStream } from './dump-stream.js';
import { cutMarkdown, hasFences } from './markdown-blocks.js';
import { promptOf } from './prompt.js';
import type { Section } from './section.js';
import { cutSession } from './terminal-session.js';

/**
 * The outputs that a file holds several of: a dump printed as one stream, a Markdown document, a terminal session. Empty
 * where it is none of these.
 */
export function sectionsOf(lines: readonly string[]): Section[] {
  if (isDumpStream(lines)) return cutDumpStream(lines);
  if (hasFences(lines)) return cutMarkdown(lines);
  // A prompt that names no host is a comment as well: alone it is believed only where a file begins with it.
  const first = firstOf(lines);
  const bare = promptOf(first, true) !== undefined || /^Script started on /.test(first);
  if (bare || lines.some((line) => promptOf(line, false) !== undefined)) return cutSession(lines, { bare, offset: 0 });
  // A script has commands and no outputs; one command alone may be a sentence, or the first line of its own output.
  const commands = first.startsWith('#!') ? [] : cutCommandLines(lines, 0, true);
  return commands.length > 1 ? commands : [];
}

/** Whether the first line that is not blank is a prompt with a command, be it one that names no host. */
export function beginsWithPrompt(lines: readonly string[]): boolean {
  return promptOf(firstOf(lines), true) !== undefined;
}

function firstOf(lines: readonly string[]): string {
  return lines.find((line) => line.trim() !== '') ?? '';
}
