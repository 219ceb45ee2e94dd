import { startsWithProgram } from './prompt.js';
import { type Section, withoutBlankEnd } from './section.js';
import { shellCommands } from './shell-line.js';
import { sectionOfLine } from './terminal-session.js';
import { entranceOf, type Whereabouts } from './whereabouts.js';

/** Outputs that have blank lines in them: of others a blank line is the end, where prose may follow. */
const PARAGRAPHS =
  /^(?:sudo +)?(?:ping6?|dig|nslookup|host|ip6?tables|netstat|tcpdump|traceroute|mtr|nft|ifconfig|kubectl +describe)\b/;

/** Han, kana, hangul and full-width signs: no command that podnet reads prints a line that begins so. */
const PROSE = /^\s*[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]/;

/**
 * Cuts a text into commands that stand there without prompts, each with the lines below it as its output; the `# ` with
 * which people comment outputs out is taken off. `amongProse`: the text is no block of commands, so an output ends where
 * prose may begin.
 */
export function cutCommandLines(lines: readonly string[], offset: number, amongProse = false): Section[] {
  const sections: Section[] = [];
  let current: { section: Section; paragraphs: boolean } | undefined;
  /** A pod that was entered: what follows runs there. */
  let inside: Whereabouts | undefined;
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]!;
    if (isCommandLine(line)) {
      current = undefined;
      const enters = entranceOf(shellCommands(line)[0]?.argv ?? [], undefined);
      if (enters !== undefined && enters.argv.length === 0) {
        inside = enters.to;
        continue;
      }
      const section = sectionOfCommand(line, offset + i + 1, []);
      if (section === undefined) continue;
      if (inside !== undefined && section.subject === undefined) Object.assign(section, inside);
      sections.push(section);
      current = { section, paragraphs: PARAGRAPHS.test(line) };
    } else if (current !== undefined) {
      const ends = amongProse && (PROSE.test(line) || (line.trim() === '' && !current.paragraphs));
      if (ends) {
        current = undefined;
        inside = undefined;
      } else current.section.lines.push(uncommented(line));
    }
  }
  return sections.filter((section) => withoutBlankEnd(section.lines).length > 0);
}

/** An output's line that was commented out; a remark in its place is an empty line, so that the numbers of lines stay. */
function uncommented(line: string): string {
  if (!line.startsWith('#')) return line;
  const text = line.startsWith('# ') ? line.slice(2) : line.slice(1);
  return PROSE.test(text) ? '' : line.startsWith('# ') || text === '' ? text : line;
}

/** A command's name begins sentences as well, which have no options, addresses or paths and end in a full stop. */
function isCommandLine(line: string): boolean {
  return line.length < 2000 && startsWithProgram(line) && !/[.:。：，]$/.test(line.trim());
}

/** The section of a command line with the output that is known to be its own. */
export function sectionOfCommand(line: string, offset: number, lines: string[]): Section | undefined {
  const section = sectionOfLine(line);
  return section === undefined ? undefined : { ...section, offset, lines };
}
