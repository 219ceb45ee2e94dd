import type { Sets } from './gain.js';
import { Look, Partition } from './partition.js';

/** Looks that are chosen for what they prove; more would be for what is hardly likely. */
const PROOFS = 3;

/** Statements of one command that count: what more it shows is mostly of the same. */
const STATEMENTS = 4;

/** A command, or a question, with what it makes known. */
export interface LookAt {
  /** Id of the evidence by which it is told. */
  tells: string;
  /** What it shows, each as P(shown | contender alone) by index, and P(shown | none of them). */
  shown: readonly { shows: ReadonlyMap<number, number>; elsewhere: number }[];
  /** Contenders, by index, that it may prove, and P(it does | that contender). */
  proves: ReadonlyMap<number, number>;
  /** The chance that it can be had. */
  answerable: number;
  /** Relative to a look. */
  cost: number;
}

export interface ChosenLook<T> {
  item: T;
  /** What it would tell by itself, bits. */
  gain: number;
}

interface Weighed<T> {
  item: T;
  looks: readonly Look[];
  /** Bits by itself. */
  alone: number;
  /** What it was worth in an earlier round: more it cannot be now. */
  bound: number;
}

/**
 * What to look at, in this order: first what would prove the suspects, the likeliest first, one look that proves several
 * before one that proves one, and a second proof of a likely one before the only one of an unlikely one; nobody acts on a
 * cause that is not proven, however sure the ranking is. Then each time what adds most, for what it costs, to what was
 * chosen before. `suspects` are probabilities of contenders by index,
 * `worthless` is what a look has to add at least, bits.
 */
export function chooseLooks<T extends LookAt>(
  sets: Sets,
  items: readonly T[],
  suspects: ReadonlyMap<number, number>,
  most: number,
  worthless: number,
): ChosenLook<T>[] {
  let known = Partition.of(sets);
  const left = items.map((item) => weighed(sets, item, known));
  const chosen: ChosenLook<T>[] = [];
  const open = new Map(suspects);
  const take = (one: Weighed<T>): void => {
    left.splice(left.indexOf(one), 1);
    // Another command that shows the same would only be told in the same words.
    for (let i = left.length - 1; i >= 0; i -= 1) if (left[i]!.item.tells === one.item.tells) left.splice(i, 1);
    chosen.push({ item: one.item, gain: one.alone });
    // What has its own proof besides is asked for it too, as far as the first may not show it.
    for (const [index, shown] of one.item.proves) {
      const left = (open.get(index) ?? 0) * (1 - shown * one.item.answerable);
      open.set(index, left);
    }
    for (const look of one.looks) known = known.with(look);
  };
  while (chosen.length < Math.min(most, PROOFS)) {
    const proof = bestOf(left, (one) => valueOfProof(one, open));
    if (proof === undefined) break;
    take(proof);
  }
  while (chosen.length < most) {
    let floor = 0;
    const next = bestOf(
      left.sort((a, b) => b.bound / b.item.cost - a.bound / a.item.cost),
      (one) => {
        const ease = one.item.answerable / one.item.cost;
        // What it was worth before is a bound: where that is too little, nothing has to be worked out.
        if (one.bound < worthless || one.bound * ease <= floor) return 0;
        one.bound = Math.min(one.bound, gainOf(known, one.looks));
        const value = one.bound < worthless ? 0 : one.bound * ease;
        floor = Math.max(floor, value);
        return value;
      },
    );
    if (next === undefined) break;
    take(next);
  }
  return chosen;
}

/** How much of the suspects' probability a look would prove, for what it costs. */
function valueOfProof<T extends LookAt>({ item, alone }: Weighed<T>, open: ReadonlyMap<number, number>): number {
  let proven = 0;
  for (const [index, shown] of item.proves) proven += (open.get(index) ?? 0) * shown;
  // Between looks that prove the same, the one that tells more besides.
  return proven === 0 ? 0 : ((proven + alone * 1e-3) * item.answerable) / item.cost;
}

/** The item of the largest value above 0; of equals the first. */
function bestOf<T>(items: readonly T[], worthOf: (item: T) => number): T | undefined {
  let best: T | undefined;
  let most = 0;
  for (const item of items) {
    const value = worthOf(item);
    if (value > most) {
      best = item;
      most = value;
    }
  }
  return best;
}

function weighed<T extends LookAt>(sets: Sets, item: T, known: Partition): Weighed<T> {
  const looks = item.shown
    .map(({ shows, elsewhere }) => new Look(sets, shows, elsewhere))
    .map((look) => ({ look, gain: known.gain(look) }))
    .sort((a, b) => b.gain - a.gain)
    .slice(0, STATEMENTS)
    .map(({ look }) => look);
  const alone = gainOf(known, looks);
  return { item, looks, alone, bound: alone };
}

/** What several looks at once add. Bits. */
function gainOf(known: Partition, looks: readonly Look[]): number {
  let gain = 0;
  let after = known;
  for (const [index, look] of looks.entries()) {
    gain += after.gain(look);
    if (index < looks.length - 1) after = after.with(look);
  }
  return gain;
}
