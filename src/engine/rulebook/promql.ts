const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * What is wrong with an alert's expression, or undefined: brackets or quotes that do not pair, and an expression that
 * compares nothing, which would fire for good. A check of form; Prometheus knows the rest.
 */
export function promqlFault(expr: string): string | undefined {
  const open: string[] = [];
  let bare = '';
  for (let index = 0; index < expr.length; index += 1) {
    const character = expr[index]!;
    if (character === '"' || character === "'" || character === '`') {
      const end = endOfQuote(expr, index);
      if (end === undefined) return `the quote ${character} is not closed`;
      index = end;
    } else if (character === '#') {
      const end = expr.indexOf('\n', index);
      index = end < 0 ? expr.length : end;
    } else if (CLOSES[character] !== undefined) {
      open.push(CLOSES[character]);
      bare += ' ';
    } else if (character === ')' || character === ']' || character === '}') {
      if (open.pop() !== character) return `"${character}" closes nothing`;
    } else if (!open.includes('}')) bare += character;
  }
  if (open.length > 0) return `"${open.at(-1)}" is missing`;
  // `absent(...)`, `changes(...) > 0`, `a unless b`: something must decide.
  if (!/[<>]|[=!]=|\babsent(?:_over_time)?\b|\bunless\b|\band\b/.test(bare))
    return 'it compares nothing: it would fire whatever the value is';
  return undefined;
}

/** Index of the quote that ends the text beginning at `start`. */
function endOfQuote(expr: string, start: number): number | undefined {
  const quote = expr[start]!;
  for (let index = start + 1; index < expr.length; index += 1) {
    if (expr[index] === '\\' && quote !== '`') index += 1;
    else if (expr[index] === quote) return index;
  }
  return undefined;
}
