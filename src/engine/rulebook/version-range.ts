/**
 * Ranges of versions, as rules write them: `<5.7`, `>=1.16 <1.16.13 || >=1.17 <1.17.9`. Comparators side by side must all
 * hold, those around `||` are alternatives.
 *
 * Versions are compared by their leading numbers alone, and a number behind a hyphen counts as one more of them:
 * `v1.28.3-eks-4f4795d` is 1.28.3, `3.10.0-1160.el7` is 3.10.0.1160. Distributions port fixes back into kernels whose
 * number stays: a range says what a version was released with, evidence that uses it must not be `always`.
 */
export type VersionRange = readonly (readonly Comparator[])[];

interface Comparator {
  operator: '<' | '<=' | '>' | '>=' | '=';
  version: readonly number[];
}

const COMPARATOR = /^(<=|>=|<|>|=)(\d+(?:[.-]\d+)*)$/;

/** Reads a range; undefined where it is none. */
export function versionRange(text: string): VersionRange | undefined {
  const range: Comparator[][] = [];
  for (const alternative of text.split('||')) {
    const comparators: Comparator[] = [];
    for (const word of alternative.trim().split(/\s+/)) {
      const [, operator, version] = COMPARATOR.exec(word) ?? [];
      if (operator === undefined || version === undefined) return undefined;
      comparators.push({ operator: operator as Comparator['operator'], version: version.split(/[.-]/).map(Number) });
    }
    range.push(comparators);
  }
  return range;
}

/** The numbers that a version begins with; undefined where it begins with none. */
export function versionNumbers(version: string): number[] | undefined {
  const leading = /^v?(\d{1,9}(?:[.-]\d{1,9})*)/.exec(version.trim())?.[1];
  return leading?.split(/[.-]/).map(Number);
}

/** Whether a version lies in a range; false where the version is none. */
export function withinVersions(version: string, range: VersionRange): boolean {
  const numbers = versionNumbers(version);
  if (numbers === undefined) return false;
  return range.some((comparators) =>
    comparators.every(({ operator, version: bound }) => holds(compare(numbers, bound), operator)),
  );
}

function holds(order: number, operator: Comparator['operator']): boolean {
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  if (operator === '>') return order > 0;
  if (operator === '>=') return order >= 0;
  return order === 0;
}

/** Up to the bound's own length: 5.4.0-42 is `=5.4`, and not above it. */
function compare(version: readonly number[], bound: readonly number[]): number {
  for (const [index, wanted] of bound.entries()) {
    const difference = (version[index] ?? 0) - wanted;
    if (difference !== 0) return difference;
  }
  return 0;
}
