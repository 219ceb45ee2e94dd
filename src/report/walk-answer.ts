import type { WalkedFlow } from '../facts/walk/walked-flow.js';
import { renderWalkJson } from './walk-json.js';
import { renderNothingWalked, WalkOverview } from './walk-overview.js';
import { renderWalk, type WalkTextOptions } from './walk-text.js';

export interface WalkAnswerOptions extends WalkTextOptions {
  format: 'text' | 'json';
  /** How many flows of the input were tried, for where none is walked. */
  tried: number;
}

/** The answer of `podnet walk`, whoever asks, in pieces: one flow in full, several grouped; as JSON an array. */
export async function* renderWalks(
  walks: Iterable<WalkedFlow> | AsyncIterable<WalkedFlow>,
  { format, tried, ...options }: WalkAnswerOptions,
): AsyncGenerator<string> {
  if (format === 'json') {
    yield* renderWalkJson(walks);
    return;
  }
  const overview = new WalkOverview(options);
  let only: WalkedFlow | undefined;
  let count = 0;
  for await (const walked of walks) {
    count += 1;
    only = walked;
    overview.add(walked);
  }
  if (only === undefined) yield renderNothingWalked(tried, options);
  else yield count === 1 ? renderWalk(only, options) : overview.toString();
}
