import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import type { FlowError, Probe } from '../../model.js';
import { SLOW_MS } from '../../parsers/slow.js';
import { attempt } from './attempt.js';
import { type DnsAnswer, dnsQuery, readDnsAnswer } from './dns-message.js';
import { isUnknown, type Outcome } from './outcome.js';
import { CONNECT_LIMIT_MS, failed, probeTo, rounded } from './tcp-probe.js';

const DNS_PORT = 53;
/** As long as people let dig wait (`+time=2`). Milliseconds. */
const TRY_MS = 2000;
/** Queries over UDP before a server counts as silent: one datagram may be lost. */
const TRIES = 2;

/** The error of a status, as dig's parser has it. */
const STATUS_ERRORS: Readonly<Record<string, FlowError>> = {
  NXDOMAIN: 'nxdomain',
  SERVFAIL: 'servfail',
  REFUSED: 'refused',
};

export interface Lookup {
  name: string;
  server: string;
  transport: 'udp' | 'tcp';
}

/** Makes the id of a query, 16 bits: not the same twice in a row. */
export type NextId = () => number;

/**
 * Looks a name up at one server, by the whole name. Over UDP it is the lookup that counts; over TCP the connection does, to
 * port 53: the model does not tell lookups apart by transport, and one that fails would look like one that fails at times.
 */
export async function probeDns(lookup: Lookup, nextId: NextId, signal: AbortSignal): Promise<Outcome> {
  if (lookup.transport === 'tcp') return overTcp(lookup, nextId(), signal);
  let failure: Probe | undefined;
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const outcome = await overUdp(lookup, nextId(), signal);
    if (isUnknown(outcome)) return failure ?? outcome;
    if (outcome.status === undefined) {
      failure = { ...(failure ?? outcome), sent: tried, received: 0 };
      continue;
    }
    if (failure === undefined || outcome.state === 'failing') return outcome;
    const error = failure.error === undefined ? {} : { error: failure.error };
    return { ...outcome, state: 'lossy', pattern: 'intermittent', ...error, sent: tried, received: 1 };
  }
  return failure!;
}

function lookupProbe({ name, server }: Lookup): Probe {
  return { to: { kind: 'dns', name: name.replace(/\.$/, '') }, proto: 'dns', state: 'ok', origin: 'tool', server };
}

function overUdp(lookup: Lookup, id: number, signal: AbortSignal): Promise<Outcome> {
  return attempt(signal, ({ elapsed, end, limit }) => {
    const probe = lookupProbe(lookup);
    const query = dnsQuery(id, lookup.name);
    const socket = createSocket(isIP(lookup.server) === 6 ? 'udp6' : 'udp4');
    limit(TRY_MS, () => ({ ...probe, state: 'failing', error: 'timeout' }));
    socket.on('error', (error) => end(failed(probe, error)));
    socket.on('message', (bytes) => {
      const answer = readDnsAnswer(bytes);
      if (isAnswerTo(answer, id, lookup.name)) end(answered(probe, answer, elapsed()));
    });
    socket.connect(DNS_PORT, lookup.server, (error?: Error) => {
      if (error !== undefined && error !== null) end(failed(probe, error));
      else socket.send(query);
    });
    return () => socket.close();
  });
}

function overTcp(lookup: Lookup, id: number, signal: AbortSignal): Promise<Outcome> {
  return attempt(signal, ({ elapsed, end, limit }) => {
    const probe: Probe = { ...probeTo({ ip: lookup.server, port: DNS_PORT }, 'tcp'), stage: 'connect' };
    const query = dnsQuery(id, lookup.name);
    const socket = connect({ host: lookup.server, port: DNS_PORT });
    let rttMs: number | undefined;
    let received = Buffer.alloc(0);
    const silent = (): Outcome => ({ ...probe, state: 'failing', error: 'timeout' });
    limit(CONNECT_LIMIT_MS, () => (rttMs === undefined ? silent() : undefined));
    socket.once('connect', () => {
      rttMs = rounded(elapsed());
      probe.stage = 'request';
      limit(TRY_MS, silent);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const answer = readDnsAnswer(received.subarray(2, 2 + received.readUInt16BE(0)));
      if (!isAnswerTo(answer, id, lookup.name)) end({ unknown: 'what came on port 53 is no answer of DNS' });
      else end({ ...probe, stage: 'connect', state: (rttMs ?? 0) >= SLOW_MS ? 'slow' : 'ok', rttMs: rttMs ?? 0 });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => end(failed(probe, error)));
    socket.once('close', () => end({ ...probe, state: 'failing', error: 'reset' }));
    return () => socket.destroy();
  });
}

function isAnswerTo(answer: DnsAnswer | undefined, id: number, name: string): answer is DnsAnswer {
  if (answer === undefined || answer.id !== id) return false;
  return answer.question === '' || answer.question === name.replace(/\.$/, '').toLowerCase();
}

function answered(probe: Probe, { status, answers }: DnsAnswer, elapsed: number): Probe {
  const rttMs = rounded(elapsed);
  const found: Probe = { ...probe, status, rttMs, ...(answers.length === 0 ? {} : { answers }) };
  if (status !== 'NOERROR') {
    const error = STATUS_ERRORS[status];
    return { ...found, state: 'failing', ...(error === undefined ? {} : { error }) };
  }
  return rttMs >= SLOW_MS ? { ...found, state: 'slow' } : found;
}
