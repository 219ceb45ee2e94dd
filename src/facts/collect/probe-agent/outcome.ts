import type { FlowError, Probe } from '../../model.js';

/** What came of an attempt, or why it tells nothing of the network. */
export type Outcome = Probe | { unknown: string };

export function isUnknown(outcome: Outcome): outcome is { unknown: string } {
  return 'unknown' in outcome;
}

/**
 * What connect(2), send(2) and what comes back on a socket say: a word of the model; null where the attempt failed and no
 * word stands for it (the sender's own netfilter or routing refused it); undefined where it is no matter of the network.
 */
export function errorOfCode(code: string | undefined): FlowError | null | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return 'no-route';
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return 'host-unreachable';
    case 'EMSGSIZE':
      return 'message-too-long';
    // A rule of OUTPUT that drops, a route that prohibits, a blackhole.
    case 'EPERM':
    case 'EACCES':
    case 'EINVAL':
      return null;
    default:
      return undefined;
  }
}

/** Joins what several attempts at one target came to: counts, and whether it fails at times. */
export function joined(outcomes: readonly Outcome[]): Outcome {
  const probes = outcomes.filter((outcome): outcome is Probe => !isUnknown(outcome));
  const first = probes[0];
  if (first === undefined) return outcomes[0] ?? { unknown: 'it was not tried' };
  if (probes.length === 1) return first;
  const failed = probes.filter(({ state }) => state === 'failing' || state === 'lossy');
  const counts = {
    sent: sum(probes, ({ sent }) => sent ?? 1),
    received: sum(probes, (probe) => probe.received ?? (probe.state === 'failing' ? 0 : 1)),
  };
  if (failed.length === 0) return { ...(probes.find(({ state }) => state === 'slow') ?? first), ...counts };
  if (counts.received === 0) return { ...failed[0]!, ...counts };
  return { ...failed[0]!, state: 'lossy', pattern: 'intermittent', ...counts };
}

function sum(probes: readonly Probe[], of: (probe: Probe) => number): number {
  return probes.reduce((total, probe) => total + of(probe), 0);
}
