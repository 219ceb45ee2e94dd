/** Index of the parenthesis that closes the one at `from`, or -1. */
export function closingParenthesis(text: string, from = 0): number {
  let depth = 0;
  for (let i = from; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === 40) depth += 1;
    else if (char === 41) {
      depth -= 1;
      if (depth === 0) return i;
    }
  }
  return -1;
}
