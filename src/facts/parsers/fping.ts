import { isIP } from 'node:net';
import type { FlowError, Probe } from '../model.js';
import { resolveError } from './connect-error.js';
import { endpointHint, isHost } from './endpoint-hint.js';
import { LineProblems } from './line-problems.js';
import type { Parser } from './parser.js';
import { SLOW_MS } from './slow.js';

/** `10.244.1.2 is alive`, `web (10.244.1.2) is alive (0.05 ms)`, `10.244.1.3 is unreachable`. */
const VERDICT = /^(\S{1,254})(?: \(([\da-fA-F.:]{2,45})\))? is (alive|unreachable)\b(?: \((\d{1,6}(?:\.\d{1,3})?) ms)?/;
/** `10.244.1.2 : xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.05/0.06/0.07`. */
const COUNTS =
  /^(\S{1,254})\s+: xmt\/rcv\/%\w{4,6} = (\d{1,9})\/(\d{1,9})\/\d{1,3}%(?:, min\/avg\/max = [\d.]{1,12}\/([\d.]{1,12})\/)?/;
/** `ICMP Host Unreachable from 10.244.1.1 for ICMP Echo sent to 10.244.1.3`. */
const ICMP_ERROR = /^ICMP ([\w ]{1,60}?)(?: \([^)]{1,60}\))? from \S{1,60} for ICMP Echo sent to (\S{1,254})/;
const UNRESOLVED =
  /^(?:fping6?: )?(\S{1,254}?)(?: address not found|: (?:Name or service|Temporary failure|nodename).{0,100})$/;
/** Lines of single pings, of `-l` and `-C`'s summary, which the counts sum up, and of `-s`. */
const PASSED_OVER =
  /^\S{1,254}\s+: (?:\[|[\d. -]*$)|^\s*[\d.]+ (?:ms|sec) \(|^\s+\d+ |^(?:fping6?: )?[\d.:a-fA-F]+ error while sending/;

function icmpError(words: string): FlowError {
  if (/^Network/i.test(words)) return 'no-route';
  if (/Fragmentation|too big/i.test(words)) return 'message-too-long';
  if (/Port/i.test(words)) return 'refused';
  return 'host-unreachable';
}

/** `fping`: a probe for each target, from its verdict or (`-c`) its counts. */
export const fping: Parser = {
  id: 'fping',
  provides: ['probe'],
  reads: ({ program }) => program === 'fping' || program === 'fping6',
  recognises: (head) => head.some((line) => COUNTS.test(line) || VERDICT.test(line)),
  parse({ lines }, sink) {
    const problems = new LineProblems(sink);
    const errors = new Map<string, FlowError>();
    const found = new Map<string, { probe: Probe; line: number }>();
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500).trimEnd();
      if (line === '') continue;
      const icmp = ICMP_ERROR.exec(line);
      if (icmp !== null) {
        errors.set(icmp[2]!, icmpError(icmp[1]!));
        continue;
      }
      const verdict = VERDICT.exec(line);
      const counts = verdict === null ? COUNTS.exec(line) : null;
      const host = verdict?.[1] ?? counts?.[1];
      if (host === undefined || !isHost(host)) {
        const unresolved = UNRESOLVED.exec(line)?.[1];
        if (unresolved !== undefined && isHost(unresolved) && isIP(unresolved) === 0) {
          const error = resolveError(line) ?? undefined;
          const probe: Probe = {
            to: { name: unresolved },
            proto: 'icmp',
            state: 'failing',
            stage: 'resolve',
            origin: 'tool',
          };
          if (error !== undefined) probe.error = error;
          found.set(unresolved, { probe, line: i + 1 });
        } else if (!PASSED_OVER.test(line)) problems.report(i + 1, 'not a line of fping', line);
        continue;
      }
      const ip = verdict?.[2];
      const to = endpointHint(ip !== undefined && isIP(ip) !== 0 ? ip : host);
      if (ip !== undefined && isIP(ip) !== 0 && isIP(host) === 0) to.name = host;
      const probe: Probe = { to, proto: 'icmp', state: 'ok', origin: 'tool' };
      const rtt = verdict?.[4] ?? counts?.[4];
      if (rtt !== undefined) probe.rttMs = Number(rtt);
      if (counts !== null) {
        probe.sent = Number(counts[2]);
        probe.received = Math.min(Number(counts[3]), probe.sent);
        if (probe.sent === 0) continue;
      }
      if (verdict?.[3] === 'unreachable' || probe.received === 0) probe.state = 'failing';
      else if (probe.received !== undefined && probe.received < probe.sent!) {
        probe.state = 'lossy';
        probe.pattern = 'intermittent';
      } else if ((probe.rttMs ?? 0) >= SLOW_MS) probe.state = 'slow';
      found.set(host, { probe, line: i + 1 });
    }
    for (const [host, { probe, line }] of found) {
      if ((probe.state === 'failing' || probe.state === 'lossy') && probe.stage === undefined)
        probe.error = errors.get(host) ?? 'timeout';
      sink.record('probe', probe, line);
    }
    problems.finish();
  },
};
