import { Option } from 'commander';
import type { WalkCliSay } from './walk-words.js';
import type { Say } from './words.js';

/** A whole number of an option: throws what commander takes for a refusal where it is none, or out of the range. */
export type Whole = (option: string, allowed: string, from: number, to: number) => (value: string) => number;

/** The smallest header, and the longest that IPv4 can be. */
const SIZES = { from: 20, to: 65_535 } as const;

/** The options of `podnet walk` that no other command has. */
export function walkOptions(say: Say, walk: WalkCliSay, whole: Whole): Option[] {
  return [
    new Option('--from <end>', walk('optionFrom')),
    new Option('--to <end>', walk('optionTo')),
    new Option('--size <bytes>', walk('optionSize')).argParser(
      whole('--size', walk('invalidSize'), SIZES.from, SIZES.to),
    ),
    new Option('--flows <file>', walk('optionFlows')),
    new Option('--all', walk('optionAll')),
    new Option('-v, --verbose', walk('optionVerbose')),
    new Option('-f, --format <format>', say('optionFormatRules')).choices(['text', 'json']).default('text'),
  ];
}
