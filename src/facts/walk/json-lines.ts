/**
 * Lines, from 1, on which the elements of an array of a JSON text begin: of the text's own array, or of that under a key of
 * its object. The text is valid JSON.
 */
export function elementLines(text: string, key: string | undefined): number[] {
  const depthOfElements = key === undefined ? 1 : 2;
  let lines: number[] = [];
  let line = 1;
  let depth = 0;
  /** In the array whose elements are wanted, and none of them has begun since its bracket or comma. */
  let expects = false;
  let inside = false;
  let name: string | undefined;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i]!;
    if (character === '\n') line += 1;
    if (character === ' ' || character === '\n' || character === '\r' || character === '\t' || character === ':')
      continue;
    if (character === ',') {
      expects = inside && depth === depthOfElements;
      continue;
    }
    if (expects && character !== ']') {
      lines.push(line);
      expects = false;
    }
    if (character === '"') {
      const end = endOfString(text, i);
      if (depth === 1 && key !== undefined) name = text.slice(i + 1, end);
      i = end;
    } else if (character === '[' || character === '{') {
      depth += 1;
      if (character === '[' && depth === depthOfElements && (key === undefined || name === key)) {
        // The last of several keys of one name counts, as JSON.parse has it.
        lines = [];
        inside = true;
        expects = true;
      }
    } else if (character === ']' || character === '}') {
      if (depth === depthOfElements) inside = false;
      depth -= 1;
      expects = false;
    }
  }
  return lines;
}

/** Where a string that begins at `start` ends: its closing quote. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
