import type { Elsewhere, Prior, Rulebook, Shows } from './types.js';

/** The words of the rulebook, each list from one end to the other: a word's neighbours are one level away. */
const SHOWS: readonly Shows[] = ['always', 'often', 'sometimes'];
const ELSEWHERE: readonly Elsewhere[] = ['never', 'rare', 'sometimes', 'common'];
const PRIOR: readonly Prior[] = ['common', 'normal', 'rare'];

/**
 * The rulebook with words moved by one level, each with probability `share` (0 to 1): how often a leg breaks or an
 * evidence is shown, how often it is met elsewhere, priors. In the middle of its list a word moves either way; at an end
 * the only way that there is. Nobody who writes rules knows these words better than by one level, so an answer that hangs
 * on one of them is not worth much. The same seed moves the same words.
 */
export function movedWords(rulebook: Rulebook, share: number, seed: number): Rulebook {
  const random = mulberry32(seed);
  const move = <W extends string>(levels: readonly W[], word: W): W => {
    if (random() >= share) return word;
    const level = levels.indexOf(word);
    const ways = [level - 1, level + 1].filter((way) => way >= 0 && way < levels.length);
    return levels[ways[Math.floor(random() * ways.length)]!]!;
  };
  return {
    ...rulebook,
    evidence: rulebook.evidence.map((evidence) => ({ ...evidence, elsewhere: move(ELSEWHERE, evidence.elsewhere) })),
    causes: rulebook.causes.map((cause) => ({
      ...cause,
      prior: move(PRIOR, cause.prior),
      signature: {
        ...cause.signature,
        breaks: cause.signature.breaks.map((item) => ({ ...item, how: move(SHOWS, item.how) })),
      },
      evidence: cause.evidence.map((item) => ({ ...item, shows: move(SHOWS, item.shows) })),
    })),
  };
}

/** Numbers from 0 up to 1 that look random and are the same for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
