import { isIP } from 'node:net';
import type { EndpointHint, Probe } from '../model.js';
import { CLUSTER } from '../model.js';
import { certificateFault, DEFAULT_CERTIFICATE, FACT_OF_FAULT } from './certificate-error.js';
import { connectError } from './connect-error.js';
import { endpointHint, hostAndPort, isHost } from './endpoint-hint.js';
import type { Command, Parser } from './parser.js';

/** `Verify return code: 20 (unable to get local issuer certificate)`, `verify error:num=10:certificate has expired`. */
const VERIFY = /^\s*(?:Verify return code: |verify error:num=)(\d{1,3})(?::| \()(.{1,200})/;

/**
 * `openssl s_client`: the connection that it made, and what is wrong with the certificate that it was shown. One that the
 * prober's own trust store does not know (it was asked by an address, or inside the cluster) is told of all the same:
 * s_client is typed by whoever looks at certificates.
 */
export const openssl: Parser = {
  id: 'openssl',
  provides: [
    'probe',
    'tls.authority-unknown',
    'tls.certificate-expired',
    'tls.name-not-covered',
    'tls.default-certificate',
  ],
  reads: ({ program, args }: Command) => program === 'openssl' && args.includes('s_client'),
  recognises: (head) => head.some((line) => /^CONNECTED\([\da-fA-F]{8}\)$/.test(line)),
  parse({ lines, command }, sink) {
    const told = new Set<string>();
    const tell = (fact: string, line: number): void => {
      if (told.has(fact)) return;
      told.add(fact);
      sink.fact(fact, true, line, { subject: CLUSTER });
    };
    let connected: number | undefined;
    let failure: { line: number; text: string } | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 2000);
      if (/^CONNECTED\(/.test(line)) connected = i + 1;
      else if (/^connect:errno=\d{1,3}|:connect: ?|^connect: /i.test(line)) failure ??= { line: i + 1, text: line };
      if (DEFAULT_CERTIFICATE.test(line)) tell('tls.default-certificate', i + 1);
      const verify = VERIFY.exec(line);
      const fault =
        verify !== null && verify[1] !== '0'
          ? certificateFault(verify[2]!)
          : /:error:|alert number|^error:/i.test(line)
            ? certificateFault(line)
            : undefined;
      if (fault !== undefined) tell(FACT_OF_FAULT[fault], i + 1);
    }
    const to = targetOf(command);
    if (to === undefined) return;
    if (connected !== undefined) {
      const probe: Probe = { to, proto: 'tcp', state: 'ok', stage: 'connect', origin: 'tool' };
      sink.record('probe', probe, connected);
    } else if (failure !== undefined) {
      const probe: Probe = { to, proto: 'tcp', state: 'failing', stage: 'connect', origin: 'tool' };
      const error = connectError(failure.text);
      if (error !== undefined) probe.error = error;
      sink.record('probe', probe, failure.line);
    }
  },
};

function targetOf({ args }: Command): EndpointHint | undefined {
  const at = args.indexOf('-connect');
  const text = at < 0 ? undefined : args[at + 1];
  const place = text === undefined ? undefined : hostAndPort(text);
  if (place === undefined || !isHost(place.host)) return undefined;
  return isIP(place.host) === 0
    ? { name: place.host, port: place.port ?? 443 }
    : endpointHint(place.host, place.port ?? 443);
}
