import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Probe } from '../../model.js';
import { SLOW_MS } from '../../parsers/slow.js';
import { attempt } from './attempt.js';
import type { Outcome } from './outcome.js';
import { CONNECT_LIMIT_MS, failed, probeTo, rounded } from './tcp-probe.js';

/** For the whole request. Milliseconds. */
const LIMIT_MS = 4000;
/** A body is read this far: enough of full packets. */
const MAX_BODY = 4 * 1024 * 1024;

export interface Request {
  to: { ip: string; port: number; name?: string };
  scheme: 'http' | 'https';
  path: string;
}

/**
 * GETs a page. A connection that opens and then stands still is `stalled`, at the stage that it reached, as curl's own
 * words are read. Certificates are not looked at: whoever shows one was reached.
 */
export function probeHttp({ to, scheme, path }: Request, signal: AbortSignal): Promise<Outcome> {
  return attempt(signal, ({ elapsed, end, limit }) => {
    const probe = probeTo(to, 'http');
    let stage: NonNullable<Probe['stage']> = 'connect';
    const fail = (error: NodeJS.ErrnoException): void => {
      if (stage !== 'connect' && isProtocolError(error)) {
        // It talks another protocol: the network carried the connection and the answer.
        end({ ...probeTo(to, 'tcp'), stage: 'connect' });
        return;
      }
      // A server that closes without an answer: node's word for it is the reset's.
      const outcome = failed({ ...probe, stage }, error);
      if ('error' in outcome && outcome.error === 'timeout' && stage !== 'connect') outcome.error = 'stalled';
      end(outcome);
    };
    const host = to.name ?? (isIP(to.ip) === 6 ? `[${to.ip}]` : to.ip);
    const options = {
      host: to.ip,
      port: to.port,
      path,
      method: 'GET',
      headers: { host: `${host}:${to.port}`, 'user-agent': 'podnet', connection: 'close' },
      agent: false as const,
      insecureHTTPParser: true,
    };
    const sent =
      scheme === 'https'
        ? secureRequest({
            ...options,
            rejectUnauthorized: false,
            ...(to.name === undefined ? {} : { servername: to.name }),
          })
        : request(options);
    sent.on('socket', (socket) => {
      socket.once('connect', () => {
        stage = scheme === 'https' ? 'tls' : 'request';
      });
      if (scheme === 'https') (socket as TLSSocket).once('secureConnect', () => (stage = 'request'));
    });
    limit(CONNECT_LIMIT_MS, () =>
      stage === 'connect' ? { ...probe, state: 'failing', stage, error: 'timeout' } : undefined,
    );
    limit(LIMIT_MS, () => ({ ...probe, state: 'failing', stage, error: 'stalled' }));
    sent.on('error', fail);
    sent.on('response', (response) => {
      probe.status = String(response.statusCode ?? 0).padStart(3, '0');
      probe.rttMs = rounded(elapsed());
      probe.transferred = 0;
      const done = (): void => end({ ...probe, state: (probe.rttMs ?? 0) >= SLOW_MS ? 'slow' : 'ok' });
      response.on('data', (chunk: Buffer) => {
        stage = 'transfer';
        probe.transferred = (probe.transferred ?? 0) + chunk.length;
        if (probe.transferred >= MAX_BODY) done();
      });
      response.once('end', done);
      response.on('error', fail);
      response.once('aborted', () => end({ ...probe, state: 'failing', stage, error: 'reset' }));
    });
    sent.end();
    return () => sent.destroy();
  });
}

/** Errors of a server that was reached: it speaks no HTTP or no TLS. */
function isProtocolError({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('HPE_') || code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS');
}
