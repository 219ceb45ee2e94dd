/** What a POSIX shell makes of a text before it runs anything (XCU 2.2 and 2.3). */
export interface ShellReading {
  /** Words with their quotes taken off; operators (`;`, `|`, `&&`, `>`, line ends) stand between as they are. */
  words: string[];
  /** What the shell itself would expand: the texts behind `$`, `$(` and between backquotes. */
  expansions: string[];
  /** Whether a quote is left open. */
  open: boolean;
}

const OPERATORS = /^(?:&&|\|\||;;|<<-|<<|>>|<&|>&|<>|>\||[;&|<>()\n])/;

/** Splits a command as a shell would. Expansions are noted where they are not quoted away, and kept as text. */
export function shellWords(command: string): ShellReading {
  const reading: ShellReading = { words: [], expansions: [], open: false };
  let word: string | undefined;
  let at = 0;
  const end = (): void => {
    if (word !== undefined) reading.words.push(word);
    word = undefined;
  };
  /** Notes an expansion at `at`, where there is one, and passes its first character. */
  const expansion = (): void => {
    const rest = command.slice(at);
    if (/^(?:\$[A-Za-z_0-9@*#?$!({-]|`)/.test(rest)) reading.expansions.push(rest);
    word = (word ?? '') + command[at];
    at += 1;
  };
  while (at < command.length) {
    const char = command[at]!;
    const operator = OPERATORS.exec(command.slice(at, at + 3))?.[0];
    if (char === "'") {
      const close = command.indexOf("'", at + 1);
      reading.open ||= close < 0;
      word = (word ?? '') + command.slice(at + 1, close < 0 ? undefined : close);
      at = close < 0 ? command.length : close + 1;
    } else if (char === '"') {
      word ??= '';
      at += 1;
      while (at < command.length && command[at] !== '"') {
        if (command[at] === '\\' && /["\\$`\n]/.test(command[at + 1] ?? '')) {
          word += command[at + 1];
          at += 2;
        } else expansion();
      }
      reading.open ||= at >= command.length;
      at += 1;
    } else if (char === '\\') {
      word = (word ?? '') + (command[at + 1] ?? '');
      at += 2;
    } else if (char === ' ' || char === '\t') {
      end();
      at += 1;
    } else if (operator !== undefined) {
      end();
      reading.words.push(operator);
      at += operator.length;
    } else if (char === '#' && word === undefined) {
      const line = command.indexOf('\n', at);
      at = line < 0 ? command.length : line;
    } else expansion();
  }
  end();
  return reading;
}
