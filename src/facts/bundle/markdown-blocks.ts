import { cutCommandLines, sectionOfCommand } from './command-lines.js';
import { NO_COMMAND } from './place.js';
import { promptOf, startsWithProgram } from './prompt.js';
import { type Section, withoutBlankEnd } from './section.js';
import { cutSession } from './terminal-session.js';

const FENCE = /^ {0,12}(`{3,}|~{3,})\s*([\w+-]*)[^`]*$/;

/** Whether a text is Markdown with fenced blocks. */
export function hasFences(lines: readonly string[]): boolean {
  return lines.some((line) => FENCE.test(line));
}

/**
 * Cuts a Markdown document into outputs: sessions in fenced blocks and outside them, blocks under a heading that is a
 * command (as cilium-bugtool writes them), blocks that begin with a command, whose output may stand in comments behind it,
 * and blocks of which only the content can tell what they are.
 */
export function cutMarkdown(lines: readonly string[]): Section[] {
  const sections: Section[] = [];
  /** The document without its blocks, so that numbers of lines stay. */
  const prose = [...lines];
  let heading: string | undefined;
  for (let i = 0; i < lines.length; i += 1) {
    const fence = FENCE.exec(lines[i]!);
    if (fence === null) {
      if (lines[i]!.trim() !== '') heading = headingOf(lines[i]!);
      continue;
    }
    const end = endOfBlock(lines, i + 1, fence[1]!);
    for (let line = i; line <= end && line < lines.length; line += 1) prose[line] = '';
    sections.push(...block(lines.slice(i + 1, end), i + 1, heading));
    heading = undefined;
    i = end;
  }
  sections.push(...cutSession(prose, { bare: false, offset: 0, endsOutput: isProse }));
  return sections.sort((a, b) => a.offset - b.offset);
}

/** Index of the line that closes a block, or past the last where none does. */
function endOfBlock(lines: readonly string[], from: number, fence: string): number {
  const closes = new RegExp(`^\\s{0,12}${fence[0] === '`' ? '`' : '~'}{${fence.length},}\\s*$`);
  for (let i = from; i < lines.length; i += 1) if (closes.test(lines[i]!)) return i;
  return lines.length;
}

/** A heading or a line of code that may be the command of the block below it. */
function headingOf(line: string): string | undefined {
  const text = /^#{1,6}\s+(\S.*)$/.exec(line)?.[1] ?? /^\s*(?:\*\*)?(`[^`]+`)(?:\*\*)?[:：]?\s*$/.exec(line)?.[1];
  const bare = text?.replace(/^`+|`+[:：]?$/g, '').trim();
  return bare !== undefined && startsWithProgram(bare) ? bare : undefined;
}

/** What ends an output outside of blocks: headings, lists, emphasis, tables, quotes. */
function isProse(line: string): boolean {
  return /^\s{0,3}(?:#{1,6} |[-*+] \S|\*\*|\d{1,2}[.)、] |> |\|)/.test(line);
}

function block(lines: string[], offset: number, heading: string | undefined): Section[] {
  if (lines.some((line) => promptOf(line, false) !== undefined)) return cutSession(lines, { bare: true, offset });
  if (heading !== undefined) {
    const section = sectionOfCommand(heading, offset, withoutBlankEnd([...lines]));
    if (section !== undefined) return [section];
  }
  const first = lines.findIndex((line) => line.trim() !== '');
  if (first < 0) return [];
  if (startsWithProgram(lines[first]!.trim())) return cutCommandLines(lines, offset);
  if (promptOf(lines[first]!, true) !== undefined) return cutSession(lines, { bare: true, offset });
  return [{ kind: 'loose', offset, lines: withoutBlankEnd([...lines]), command: NO_COMMAND }];
}
