/**
 * What a terminal acts on and does not show (ECMA-48): CSI sequences such as colours, OSC strings such as window titles,
 * single escapes, and the shift characters. A sequence that is cut is taken as far as it goes.
 */
const ESCAPES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]?|[\]P_^X][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[ -/]+[0-~]?|[0-~])?|[\u000e\u000f]/g;

/** Longest line in which characters that were rubbed out are looked for: what a person types is not longer. */
const LONGEST_TYPED = 10_000;

/** Lines as a terminal showed them: without escape sequences, and without what was typed and rubbed out. */
export function withoutEscapes(lines: readonly string[]): string[] {
  const shown: string[] = [];
  for (const line of lines) {
    const plain = line.includes('\u001b') || line.includes('\u000f') ? line.replace(ESCAPES, '') : line;
    shown.push(
      plain.includes('\b') && plain.length <= LONGEST_TYPED ? rubbedOut(plain) : plain.replaceAll('\u0007', ''),
    );
  }
  return shown;
}

function rubbedOut(line: string): string {
  const kept: string[] = [];
  for (const char of line) {
    if (char === '\b') kept.pop();
    else if (char !== '\u0007') kept.push(char);
  }
  return kept.join('');
}
