/** Times before this are of a day or since a start, not since the epoch: two days of 1970 are no captures. Seconds. */
const EPOCH = 2 * 86_400;
/** The last second that a date can say (year 9999). */
const LAST = 253_402_300_799;

/** Seconds since the epoch as ISO 8601 with microseconds, `2024-05-01T10:00:00.000001Z`; undefined for other times. */
export function timeText(seconds: number): string | undefined {
  if (!(seconds >= EPOCH && seconds <= LAST)) return undefined;
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${String(micros - whole * 1e6).padStart(6, '0')}Z`;
}
