import { chanceSaid } from '../weigh.js';
import { entropy } from './partition.js';

/** Sets of causes that compete, as the ranking has them: indices of contenders, and their probability. */
export type Sets = readonly { members: readonly number[]; probability: number }[];

/** What an answer is worth. */
export interface Worth {
  /** Mutual information of the answer and the set of causes that is at work, bits. */
  gain: number;
  /** P(yes). */
  yes: number;
}

/**
 * What a yes or no would tell about the competing sets. `shows` gives P(yes | that contender alone), `elsewhere`
 * P(yes | none of them); several causes of a set are joined by `join`.
 */
export function worthOf(
  sets: Sets,
  shows: ReadonlyMap<number, number>,
  elsewhere: number,
  join: 'noisy-or' | 'strongest',
  said: boolean,
): Worth {
  let yes = 0;
  let all = 0;
  let conditional = 0;
  for (const { members, probability } of sets) {
    let hidden = 1;
    for (const member of members) {
      const shown = shows.get(member);
      if (shown === undefined) continue;
      hidden = join === 'noisy-or' ? hidden * (1 - shown) : Math.min(hidden, 1 - shown);
    }
    let p = 1 - hidden * (1 - elsewhere);
    if (said) p = chanceSaid(p);
    all += probability;
    yes += probability * p;
    conditional += probability * entropy(p);
  }
  if (all === 0) return { gain: 0, yes: 0 };
  return { gain: Math.max(0, entropy(yes / all) - conditional / all), yes: yes / all };
}
