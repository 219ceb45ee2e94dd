import type { FlowError, FlowPattern, FlowState } from '../facts/model.js';

/** What may come of an attempt, as a person tells it: the choices of a leg question, and what each stands for. */
export const OUTCOMES = {
  works: { state: 'ok' },
  timeout: { state: 'failing', error: 'timeout' },
  refused: { state: 'failing', error: 'refused' },
  unreachable: { state: 'failing', error: 'no-route' },
  stalls: { state: 'failing', error: 'stalled' },
  nxdomain: { state: 'failing', error: 'nxdomain' },
  servfail: { state: 'failing', error: 'servfail' },
  fails: { state: 'failing' },
  slow: { state: 'slow' },
  'at-times': { state: 'failing', pattern: 'intermittent' },
} as const satisfies Record<string, { state: FlowState; error?: FlowError; pattern?: FlowPattern }>;

export type Outcome = keyof typeof OUTCOMES;

/** The outcomes that can be seen with a protocol, the likeliest first. */
export function outcomesOf(proto: 'icmp' | 'tcp' | 'udp' | 'dns' | 'http', large: boolean): Outcome[] {
  if (proto === 'icmp') return ['works', 'timeout', 'unreachable', 'at-times'];
  if (proto === 'dns') return ['works', 'timeout', 'nxdomain', 'servfail', 'slow', 'at-times'];
  if (large) return ['works', 'stalls', 'timeout', 'fails', 'slow'];
  return ['works', 'timeout', 'refused', 'unreachable', 'slow', 'at-times'];
}

export function isOutcome(value: string): value is Outcome {
  return Object.hasOwn(OUTCOMES, value);
}
