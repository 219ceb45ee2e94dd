import { type CaseResult, expectsCauses, leads } from './run-case.js';

/** A margin below this is nearly a mistake. */
export const NARROW = 0.15;

/** Two causes of which one was taken for the other, or nearly. */
export interface Confusion {
  /** The cause that is at work; `none` where the case has no fault. */
  expected: string;
  /** The cause that won in its place, or came close. */
  taken: string;
  /** Cases in which it won. */
  mistaken: string[];
  /** Cases in which it came within `NARROW` of the expected one. */
  nearly: string[];
}

/** Pairs of causes that are mistaken for each other, the most mistaken first: of ninety causes only those that are. */
export function confusionOf(results: readonly CaseResult[]): Confusion[] {
  const pairs = new Map<string, Confusion>();
  const pairOf = (expected: string, taken: string): Confusion => {
    const key = `${expected} ${taken}`;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = { expected, taken, mistaken: [], nearly: [] };
      pairs.set(key, pair);
    }
    return pair;
  };
  for (const result of results) {
    const { name, expected, ranking, runnerUp, margin } = result;
    if (!expectsCauses(expected)) {
      const [first] = ranking;
      if (first === undefined || isAccepted(result, first.cause)) continue;
      if (expected.kind === 'near-miss') {
        // What it really is, the case does not say.
        if (expected.notCauses.includes(first.cause)) pairOf(`not ${first.cause}`, first.cause).mistaken.push(name);
      } else pairOf('none', first.cause).mistaken.push(name);
      continue;
    }
    if (runnerUp === undefined) continue;
    const missing = leads(result)
      ? undefined
      : expected.causes.find((cause) => !ranking.slice(0, expected.causes.length).some((one) => one.cause === cause));
    const pair = pairOf(missing ?? leastOf(result), runnerUp);
    if (missing !== undefined || margin === undefined || margin < 0) pair.mistaken.push(name);
    else if (margin < NARROW) pair.nearly.push(name);
  }
  return [...pairs.values()]
    .filter(({ mistaken, nearly }) => mistaken.length + nearly.length > 0)
    .sort(
      (a, b) =>
        b.mistaken.length - a.mistaken.length ||
        b.nearly.length - a.nearly.length ||
        (a.expected === b.expected ? (a.taken < b.taken ? -1 : 1) : a.expected < b.expected ? -1 : 1),
    );
}

/** The least probable of the expected causes: the one that the runner-up is compared with. */
function leastOf({ expected, ranking }: CaseResult): string {
  const places = ranking.filter(({ cause }) => expected.causes.includes(cause));
  return places.at(-1)?.cause ?? expected.causes[0] ?? 'none';
}

function isAccepted({ expected }: CaseResult, cause: string): boolean {
  return expected.causes.includes(cause) || expected.alsoAcceptable.includes(cause);
}
