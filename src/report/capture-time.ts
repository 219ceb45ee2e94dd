/** Times before this are of a day or since a start, not since the epoch: two days of 1970 are no captures. Seconds. */
const EPOCH = 2 * 86_400;
/** The last second that a date can say (year 9999). */
const LAST = 253_402_300_799;

/** The second that was written last: most times of a capture are close to each other. */
let second = { at: Number.NaN, text: '' };

/** Seconds since the epoch as ISO 8601 with microseconds, `2024-05-01T10:00:00.000001Z`; undefined for other times. */
export function timeText(seconds: number): string | undefined {
  if (!(seconds >= EPOCH && seconds < LAST)) return undefined;
  let at = Math.floor(seconds);
  let micros = Math.round((seconds - at) * 1e6);
  if (micros === 1e6) {
    at += 1;
    micros = 0;
  }
  if (second.at !== at) second = { at, text: new Date(at * 1000).toISOString().slice(0, 20) };
  return `${second.text}${String(micros).padStart(6, '0')}Z`;
}
