import { u16 } from './byte-order.js';

/** What an option's code and length take. */
export const OPTION_HEADER = 4;

/** The offset behind the option at `at`; -1 where there is none, or one that does not fit before `end`. */
export function behindOption(bytes: Uint8Array, at: number, end: number, little: boolean): number {
  if (end - at < OPTION_HEADER || u16(bytes, at, little) === 0) return -1;
  const length = u16(bytes, at + 2, little);
  if (at + OPTION_HEADER + length > end) return -1;
  // The padding may be missing behind the last one.
  return at + OPTION_HEADER + ((length + 3) & ~3);
}
