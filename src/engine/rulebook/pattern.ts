/**
 * What is wrong with a log pattern of the catalogue, or undefined. A pattern runs over every line of a stranger's logs, so
 * it must compile, must not hold on any line, and must not repeat what itself repeats without bound, as `(a+)+` does: such
 * a pattern takes exponential time on a line that almost matches.
 */
export function patternFault(pattern: string): string | undefined {
  let compiled: RegExp;
  try {
    compiled = new RegExp(pattern);
  } catch (error) {
    return `not a regular expression: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (compiled.test('')) return 'the pattern holds on an empty line, so on every one';
  const nested = nestedRepetition(pattern);
  return nested === undefined ? undefined : `${nested} repeats a repetition: it may take for ever on a hostile line`;
}

/** The first group that is repeated without bound and holds something that is. Assumes that the pattern compiles. */
function nestedRepetition(pattern: string): string | undefined {
  /** Open groups: where each begins, and whether it holds an unbounded repetition so far. */
  const groups: { start: number; repeats: boolean }[] = [{ start: 0, repeats: false }];
  let index = 0;
  while (index < pattern.length) {
    const character = pattern[index]!;
    let closed: { start: number; repeats: boolean } | undefined;
    if (character === '\\') index += 1;
    else if (character === '[') index = endOfClass(pattern, index);
    else if (character === '(') {
      groups.push({ start: index, repeats: false });
      index += pattern[index + 1] === '?' ? 2 : 1; // the ? of (?: is no quantifier
      continue;
    } else if (character === ')') closed = groups.pop();
    index += 1;

    const quantifier = /^(?:[*+]|\{\d+,\})/.exec(pattern.slice(index, index + 12))?.[0];
    if (closed?.repeats === true) {
      if (quantifier !== undefined) return pattern.slice(closed.start, index + quantifier.length);
      groups.at(-1)!.repeats = true;
    }
    if (quantifier !== undefined) {
      groups.at(-1)!.repeats = true;
      index += quantifier.length;
    }
  }
  return undefined;
}

/** Index of the `]` that ends the class beginning at `start`. */
function endOfClass(pattern: string, start: number): number {
  let index = start + 1;
  while (index < pattern.length && pattern[index] !== ']') index += pattern[index] === '\\' ? 2 : 1;
  return index;
}
