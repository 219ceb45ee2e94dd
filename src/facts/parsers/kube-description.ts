/** A field of what `kubectl describe` prints: its value, and the lines below it that are indented deeper. */
export interface DescribedField {
  key: string;
  value: string;
  /** From 1. */
  line: number;
  /** Lines that belong to it, trimmed at their end only, with their number. */
  below: { text: string; line: number }[];
}

/** One object: its fields by name, in order; a name may stand twice (`Port:` of a Service). */
export interface Description {
  fields: DescribedField[];
  line: number;
}

const FIELD = /^([A-Z][\w() /-]{0,60}?):(?:\s+(\S.*))?$/;
const MAX_LINE = 8000;

/** Cuts the output of `kubectl describe` into objects, each of which begins with `Name:` at the margin. */
export function readDescriptions(lines: readonly string[]): Description[] {
  const found: Description[] = [];
  let current: Description | undefined;
  let field: DescribedField | undefined;
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]!.slice(0, MAX_LINE).trimEnd();
    if (line === '') continue;
    if (/^\s/.test(line)) {
      field?.below.push({ text: line, line: i + 1 });
      continue;
    }
    const match = FIELD.exec(line);
    if (match === null) {
      field = undefined;
      continue;
    }
    if (match[1] === 'Name') {
      current = { fields: [], line: i + 1 };
      found.push(current);
    }
    field = { key: match[1]!, value: match[2] ?? '', line: i + 1, below: [] };
    current?.fields.push(field);
  }
  return found;
}

/** A field of an object by name. */
export function fieldOf({ fields }: Description, key: string): DescribedField | undefined {
  return fields.find((field) => field.key === key);
}

/** A field's value; undefined for an empty one and for `<none>`, `<unset>` and the like. */
export function textOf(description: Description, key: string): string | undefined {
  return toldOf(fieldOf(description, key)?.value ?? '');
}

/** A value, unless it says that there is none. */
export function toldOf(text: string): string | undefined {
  return text === '' || /^<[a-z ]+>$/.test(text) ? undefined : text;
}

/** `app=web` on the field's line and on those below it (labels, selectors), or `key: value` (annotations). */
export function pairsOf(field: DescribedField | undefined, separator: '=' | ': '): Record<string, string> {
  const pairs: Record<string, string> = {};
  if (field === undefined) return pairs;
  const texts = [field.value, ...field.below.map(({ text }) => text.trim())];
  for (const text of separator === '=' ? texts.flatMap((one) => one.split(',')) : texts) {
    const at = text.indexOf(separator);
    if (at > 0 && !text.startsWith('__proto__')) pairs[text.slice(0, at)] = text.slice(at + separator.length);
  }
  return pairs;
}
