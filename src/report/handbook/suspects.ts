import { legsOf } from '../../engine/rulebook/attempt-legs.js';
import { PRIOR, SHOWS } from '../../engine/rulebook/numbers.js';
import type { Break, Cause, OpeningSymptom, Rulebook } from '../../engine/rulebook/types.js';
import { NOT_A_FAULT } from '../../engine/rulebook/words.js';
import { matchLeg } from '../../facts/leg.js';

type SymptomFlow = OpeningSymptom['flows'][number];

/** What a leg that may be another (a Service with backends anywhere) counts. */
const MAYBE = 0.5;

/** Whether a break can show as what a reporter says of an attempt. */
function showsAs({ as }: Break, { state, error }: SymptomFlow): boolean {
  if (as.length === 0) return state === 'failing' || state === 'ok';
  if (state === 'slow' || state === 'lossy') return as.includes(state);
  if (error !== undefined) return as.includes(error);
  return as.some((one) => one !== 'slow' && one !== 'lossy');
}

/** How surely a cause breaks an attempt in the way that is told, 0 to 1. */
function chanceOf({ signature }: Cause, flow: SymptomFlow): number {
  let chance = 0;
  for (const leg of legsOf(flow)) {
    if (signature.spares.some((pattern) => matchLeg(pattern, leg) === 'yes')) continue;
    for (const item of signature.breaks) {
      const match = matchLeg(item.leg, leg);
      if (match === 'no' || !showsAs(item, flow)) continue;
      chance = Math.max(chance, SHOWS[item.how] * (match === 'yes' ? 1 : MAYBE));
    }
  }
  return chance;
}

/** Causes that a complaint may come from, the likeliest first: by how surely it shows, and how often it is met. */
export function suspectsOf(symptom: OpeningSymptom, { causes }: Rulebook): Cause[] {
  return causes
    .filter(({ category }) => category !== NOT_A_FAULT)
    .map((cause) => {
      let fit = PRIOR[cause.prior];
      for (const flow of symptom.flows) {
        const chance = chanceOf(cause, flow);
        fit *= flow.state === 'ok' ? 1 - chance : chance;
      }
      return { cause, fit };
    })
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit || (a.cause.id < b.cause.id ? -1 : 1))
    .map(({ cause }) => cause);
}

/** Ways of failing that narrow it down; most causes time out. */
export const TELLING = [
  'refused',
  'reset',
  'no-route',
  'host-unreachable',
  'nxdomain',
  'servfail',
  'stalled',
  'message-too-long',
  'slow',
  'lossy',
] as const satisfies readonly Break['as'][number][];

/** Causes that show in one way, the surest first; those that show in almost any way are left out. */
export function showingAs(way: (typeof TELLING)[number], { causes }: Rulebook): Cause[] {
  return causes
    .filter(({ category }) => category !== NOT_A_FAULT)
    .map((cause) => {
      const chances = cause.signature.breaks
        .filter(({ as }) => as.includes(way) && as.length <= 3)
        .map(({ as, how }) => SHOWS[how] / (as.indexOf(way) + 1));
      return { cause, fit: Math.max(0, ...chances) * PRIOR[cause.prior] };
    })
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit || (a.cause.id < b.cause.id ? -1 : 1))
    .map(({ cause }) => cause);
}
