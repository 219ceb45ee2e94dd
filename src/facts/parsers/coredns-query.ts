import { isIP } from 'node:net';
import { CLUSTER, type Probe } from '../model.js';
import { isHost } from './endpoint-hint.js';
import type { LineContext, LogScan } from './log-scan.js';
import type { FactSink } from './parser.js';

/**
 * A line of CoreDNS' `log` plugin in its common format: `[INFO] 10.244.2.2:54431 - 62098 "A IN name. udp 54 false 1232"
 * SERVFAIL qr,rd 33 4.003s`.
 */
const QUERY =
  /\[INFO\] \[?([\da-fA-F.:]{2,45}?)\]?:\d{1,5} - \d{1,5} "([A-Z\d]{1,10}) IN ([\w.-]{1,254}) (?:udp|tcp) [^"]{1,60}" ([A-Z]{3,10}|-) /;
/** Different askers and names that are counted of one file. */
const MAX_COUNTED = 20_000;

interface Counted {
  ip: string;
  name: string;
  answered: number;
  failed: number;
  context: LineContext;
  /** When it failed last, where the log tells. */
  lastAt?: string | undefined;
}

/**
 * Counts the queries of a CoreDNS log by asker and name. A name that was answered SERVFAIL makes a failing lookup;
 * NXDOMAIN makes none, nor does an answer, which is kept as such: resolvers try each search suffix, and most names exist under one of them only.
 */
export class CorednsQueries {
  readonly #counted = new Map<string, Counted>();
  /** Names that were answered for A. */
  readonly #answered = new Set<string>();
  /** Names of which NXDOMAIN was said for AAAA, with the line. */
  readonly #denied = new Map<string, number>();

  /** Whether the line is one of the query log; it is counted where it is. */
  read(line: string, context: LineContext): boolean {
    const match = line.includes('[INFO]') ? QUERY.exec(line) : null;
    if (match === null) return false;
    const [, ip, type, fullName, rcode] = match as unknown as [string, string, string, string, string];
    this.#noteType(type, fullName, rcode, context.line);
    if (isIP(ip) === 0 || (rcode !== 'SERVFAIL' && rcode !== 'NOERROR')) return true;
    const name = fullName.replace(/\.$/, '');
    const key = `${ip} ${name}`;
    let counted = this.#counted.get(key);
    if (counted === undefined) {
      if (this.#counted.size >= MAX_COUNTED || !isHost(name)) return true;
      counted = { ip, name, answered: 0, failed: 0, context };
      this.#counted.set(key, counted);
    }
    if (rcode === 'NOERROR') counted.answered += 1;
    else {
      if (counted.failed === 0) counted.context = context;
      counted.failed += 1;
      counted.lastAt = context.at ?? counted.lastAt;
    }
    return true;
  }

  /** A name that has an address and of which the upstream says, asked for AAAA, that it does not exist at all. */
  #noteType(type: string, name: string, rcode: string, line: number): void {
    if (type === 'A' && rcode === 'NOERROR') {
      if (this.#answered.size < MAX_COUNTED) this.#answered.add(name);
    } else if (type === 'AAAA' && rcode === 'NXDOMAIN') {
      if (this.#denied.size < MAX_COUNTED && !this.#denied.has(name)) this.#denied.set(name, line);
    }
  }

  finish(scan: LogScan, sink: FactSink): void {
    for (const [name, line] of this.#denied) {
      if (!this.#answered.has(name)) continue;
      sink.fact('dns.aaaa-denied', true, line, { subject: CLUSTER });
      break;
    }
    for (const { ip, name, answered, failed, context, lastAt } of this.#counted.values()) {
      if (failed === 0) {
        sink.record('answered-lookup', { client: ip, name, times: answered }, context.line, { subject: CLUSTER });
        continue;
      }
      const probe: Probe = {
        from: { ip },
        to: { kind: 'dns', name },
        proto: 'dns',
        state: answered > 0 ? 'lossy' : 'failing',
        error: 'servfail',
        status: 'SERVFAIL',
        origin: 'log',
      };
      if (answered > 0) {
        probe.pattern = 'intermittent';
        probe.received = answered;
      }
      const { line, patterns, subject, component, from, kubelet } = context;
      scan.add(probe, { line, patterns, subject, component, from, kubelet, at: lastAt }, failed + answered);
    }
  }
}
