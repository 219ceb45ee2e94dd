import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { attempt } from './attempt.js';
import type { Outcome } from './outcome.js';
import { failed, probeTo, rounded } from './tcp-probe.js';

const LIMIT_MS = 1500;

/**
 * Sends an empty datagram. Most servers answer none, so silence tells nothing: only an answer does, and the ICMP error of
 * a port on which nobody listens.
 */
export function probeUdp(to: { ip: string; port: number; name?: string }, signal: AbortSignal): Promise<Outcome> {
  return attempt(signal, ({ elapsed, end, limit }) => {
    const probe = probeTo(to, 'udp');
    const socket = createSocket(isIP(to.ip) === 6 ? 'udp6' : 'udp4');
    limit(LIMIT_MS, () => ({ unknown: 'no answer, which over UDP tells nothing' }));
    socket.on('error', (error) => end(failed(probe, error)));
    socket.once('message', () => end({ ...probe, rttMs: rounded(elapsed()) }));
    // A connected socket is told of ICMP errors.
    socket.connect(to.port, to.ip, (error?: Error) => {
      if (error !== undefined && error !== null) end(failed(probe, error));
      else socket.send(new Uint8Array(0));
    });
    return () => socket.close();
  });
}
