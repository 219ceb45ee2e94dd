/** Draws that are the same each time (a linear congruential generator with Numerical Recipes' constants). */
export class RandomSequence {
  constructor(private state: number) {}

  /** From 0 to below `count`. */
  below(count: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * count);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  chance(share: number): boolean {
    return this.below(1000) < share * 1000;
  }
}
