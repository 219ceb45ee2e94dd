/** All texts under a key in a nested value, in the order in which they stand. */
export function textsIn(value: unknown, key = 'text'): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => textsIn(each, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === key && typeof each === 'string' ? [each] : textsIn(each, key),
  );
}
