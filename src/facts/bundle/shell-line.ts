/** One command of a command line: its words, quotes taken off. */
export interface ShellCommand {
  argv: string[];
  /** What stands before it: `|` reads from the one before, others follow it. */
  after: '' | '|' | ';' | '&&' | '||' | '&';
  /** Its output went to a file. */
  redirected: boolean;
}

/** Longest command line that is looked at; what a person types or a script shows is shorter. Characters. */
const LONGEST = 8000;

/**
 * Cuts a command line into commands and words as a shell does, as far as a log of a session needs it: quotes, escapes,
 * `|`, `;`, `&&`, redirections, comments. Nothing is expanded, and nothing is ever run.
 */
export function shellCommands(text: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let current: ShellCommand = { argv: [], after: '', redirected: false };
  let word: string | undefined;
  let target = false;
  const endWord = (): void => {
    if (word === undefined) return;
    if (target) target = false;
    else current.argv.push(word);
    word = undefined;
  };
  const endCommand = (after: ShellCommand['after']): void => {
    endWord();
    if (current.argv.length > 0) commands.push(current);
    current = { argv: [], after, redirected: false };
  };
  const line = text.slice(0, LONGEST);
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i]!;
    const next = line[i + 1];
    if (char === "'" || char === '"') {
      const end = closing(line, i);
      word = (word ?? '') + line.slice(i + 1, end);
      i = end;
    } else if (char === '\\') {
      word = (word ?? '') + (next ?? '');
      i += 1;
    } else if (char === ' ' || char === '\t') endWord();
    else if (char === '#' && word === undefined) break;
    else if (char === '|') {
      endCommand(next === '|' ? '||' : '|');
      if (next === '|' || next === '&') i += 1;
    } else if (char === ';') endCommand(';');
    else if (char === '&' && next === '>') {
      endWord();
      current.redirected = true;
      target = true;
      i += 1;
    } else if (char === '&') {
      endCommand(next === '&' ? '&&' : '&');
      if (next === '&') i += 1;
    } else if (char === '>' || char === '<') {
      // `2>/dev/null`, `2>&1`: only what goes to standard output is looked for.
      const stream = word !== undefined && /^\d$/.test(word) ? word : undefined;
      if (stream !== undefined) word = undefined;
      endWord();
      const merges = next === '&';
      if (char === '>' && !merges && (stream === undefined || stream === '1')) current.redirected = true;
      target = true;
      if (next === '>' || merges || next === '<') i += 1;
    } else word = (word ?? '') + char;
  }
  endCommand('');
  return commands;
}

/** Index of the quote that closes the one at `open`, or the end of the line. */
function closing(line: string, open: number): number {
  const quote = line[open]!;
  for (let i = open + 1; i < line.length; i += 1) {
    if (line[i] === '\\' && quote === '"') i += 1;
    else if (line[i] === quote) return i;
  }
  return line.length;
}
