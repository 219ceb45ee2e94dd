import type { Diagnosis } from '../engine/diagnosis.js';

/** Exit statuses of every command; `--help` and the README list them. */
export const EXIT = {
  healthy: 0,
  diagnosed: 1,
  usage: 2,
  unexplained: 3,
  insufficient: 4,
  internal: 70,
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export function statusOf(outcome: Diagnosis['outcome']): ExitStatus {
  if (outcome === 'diagnosed') return EXIT.diagnosed;
  if (outcome === 'unexplained') return EXIT.unexplained;
  return outcome === 'insufficient' ? EXIT.insufficient : EXIT.healthy;
}
