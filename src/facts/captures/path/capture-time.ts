/** Times up to here are of a day whose date the capture does not tell. Seconds. */
const TIME_OF_DAY = 172_800;
/** What zones differ by. Seconds. */
const ZONE_STEP = 900;

/**
 * Seconds from `a` to `b`, of which one may be a time of day in an unknown zone: then what is left beside whole quarters of an
 * hour. NaN where either is not told.
 */
export function secondsBetween(a: number, b: number): number {
  const difference = b - a;
  if (a < TIME_OF_DAY === b < TIME_OF_DAY) return difference;
  const rest = ((difference % ZONE_STEP) + ZONE_STEP) % ZONE_STEP;
  return rest > ZONE_STEP / 2 ? rest - ZONE_STEP : rest;
}
