import type { Cost, Elsewhere, Prior, Shows } from './types.js';

/**
 * The one table of numbers behind the rulebook's words. Rules speak in words because nobody who writes one knows whether
 * an evidence is shown in 91 % or 96 % of the cases; what counts is the order and the rough distance. They are judgement,
 * not measurement: change them here, and let the cases of test/cases say whether the change is good.
 */

/** P(evidence present, or symptom seen | the cause is at work). */
export const SHOWS: Readonly<Record<Shows, number>> = { always: 0.95, often: 0.7, sometimes: 0.3 };

/** P(evidence present | none of our causes is at work): the leak of the noisy-or. */
export const ELSEWHERE: Readonly<Record<Elsewhere, number>> = {
  never: 0.005,
  rare: 0.03,
  sometimes: 0.15,
  common: 0.4,
};

/** P(the cause is at work) before anything is known, for a cluster that somebody complains about. */
export const PRIOR: Readonly<Record<Prior, number>> = { common: 0.05, normal: 0.02, rare: 0.005 };

/** P(a person's answer is wrong): misread, mistaken for another node, tried at another time. */
export const MISREPORT = 0.05;

/** What it costs to learn something, relative to a look: `access` needs a login elsewhere, `disturb` touches traffic. */
export const COST: Readonly<Record<Cost, number>> = { look: 1, access: 2, disturb: 5 };
