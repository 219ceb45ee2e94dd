import { connect, isIP } from 'node:net';
import type { Probe } from '../../model.js';
import { SLOW_MS } from '../../parsers/slow.js';
import { attempt } from './attempt.js';
import { errorOfCode, type Outcome } from './outcome.js';

/**
 * A neighbour that does not answer ARP fails a connect after three requests, a second apart: a limit below that would
 * call a missing host a lost packet. Milliseconds.
 */
export const CONNECT_LIMIT_MS = 3500;

/** What every probe of an address has in common. */
export function probeTo(to: Probe['to'], proto: Probe['proto']): Probe {
  const family = isIP(to.ip ?? '');
  const probe: Probe = { to, proto, state: 'ok', origin: 'tool' };
  if (family !== 0) probe.family = family as 4 | 6;
  return probe;
}

/** Connects to an address and closes. An answer after a second or more came to a SYN that was sent again. */
export function probeTcp(to: { ip: string; port: number; name?: string }, signal: AbortSignal): Promise<Outcome> {
  return attempt(signal, ({ elapsed, end, limit }) => {
    const probe: Probe = { ...probeTo(to, 'tcp'), stage: 'connect' };
    const socket = connect({ host: to.ip, port: to.port });
    limit(CONNECT_LIMIT_MS, () => ({ ...probe, state: 'failing', error: 'timeout' }));
    socket.once('connect', () => {
      const rttMs = rounded(elapsed());
      end({ ...probe, state: rttMs >= SLOW_MS ? 'slow' : 'ok', rttMs });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(failed(probe, error)));
    return () => socket.destroy();
  });
}

/** The probe of an attempt that ended with an error of a socket. */
export function failed(probe: Probe, { code, message }: NodeJS.ErrnoException): Outcome {
  const error = errorOfCode(code);
  if (error === undefined) return { unknown: (code ?? message).slice(0, 200) };
  return { ...probe, state: 'failing', ...(error === null ? {} : { error }) };
}

/** Milliseconds with the precision that a clock of the event loop has. */
export function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
