import type { Source } from '../model.js';

export type Verdict = 'accept' | 'drop' | 'reject' | 'maybe';

/** What a chain does with a kind of packets. `maybe`: with some of them, or it cannot be told. */
export interface Decision {
  verdict: Verdict;
  by: 'policy' | 'rule';
  /** The rule as printed, or the policy as `iptables -S` prints it. */
  text: string;
  source: Source;
}
