import type { Sets } from './gain.js';

/** Branches of answers below this share are not followed: what is asked after an answer that hardly comes is no matter. */
const LEAST_BRANCH = 0.01;
/** More combinations of answers than these are not told apart. */
const MOST_BRANCHES = 32;

/** A yes or no about the sets of causes that compete. */
export class Look {
  /** P(yes) for each set. */
  readonly yes: Float64Array;
  /** Its entropy, bits. */
  readonly uncertain: Float64Array;

  /** `shows` gives P(yes | that contender alone) by index, `elsewhere` P(yes | none of them); several are a noisy-or. */
  constructor(sets: Sets, shows: ReadonlyMap<number, number>, elsewhere: number) {
    this.yes = Float64Array.from(sets, ({ members }) => {
      let hidden = 1 - elsewhere;
      for (const member of members) hidden *= 1 - (shows.get(member) ?? 0);
      return 1 - hidden;
    });
    this.uncertain = this.yes.map(entropy);
  }
}

/**
 * What some looks together tell about the competing sets of causes: what a second look adds to a first that asks nearly
 * the same is little, however much it would tell by itself. Each branch is one combination of answers with the weight
 * that each set has in it; given the causes, answers are independent.
 */
export class Partition {
  readonly #branches: readonly Float64Array[];

  private constructor(branches: readonly Float64Array[]) {
    this.#branches = branches;
  }

  /** Nothing was looked at yet. */
  static of(sets: Sets): Partition {
    let all = 0;
    for (const { probability } of sets) all += probability;
    return new Partition([Float64Array.from(sets, ({ probability }) => (all === 0 ? 0 : probability / all))]);
  }

  /** Mutual information of one more look and the set that is at work, given the answers to those before. Bits. */
  gain({ yes, uncertain }: Look): number {
    let gain = 0;
    for (const weights of this.#branches) {
      let mass = 0;
      let said = 0;
      let conditional = 0;
      for (let set = 0; set < weights.length; set += 1) {
        const weight = weights[set]!;
        mass += weight;
        said += weight * yes[set]!;
        conditional += weight * uncertain[set]!;
      }
      if (mass > 0) gain += mass * entropy(said / mass) - conditional;
    }
    return Math.max(0, gain);
  }

  /** The same with one more look taken. */
  with({ yes }: Look): Partition {
    const branches: Float64Array[] = [];
    for (const [index, weights] of this.#branches.entries()) {
      const room = branches.length + (this.#branches.length - index) < MOST_BRANCHES;
      const present = weights.map((weight, set) => weight * yes[set]!);
      const absent = weights.map((weight, set) => weight * (1 - yes[set]!));
      if (room && massOf(present) >= LEAST_BRANCH && massOf(absent) >= LEAST_BRANCH) branches.push(present, absent);
      else branches.push(weights);
    }
    return new Partition(branches);
  }
}

function massOf(weights: Float64Array): number {
  let mass = 0;
  for (const weight of weights) mass += weight;
  return mass;
}

/** Entropy of a yes or no that is `yes` with probability `p`, bits. */
export function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}
