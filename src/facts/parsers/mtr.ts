import { isIP } from 'node:net';
import type { Probe } from '../model.js';
import { wordsOf } from './command-words.js';
import { endpointHint, isHost } from './endpoint-hint.js';
import { LineProblems } from './line-problems.js';
import type { Command, Parser } from './parser.js';
import { SLOW_MS } from './slow.js';

const HEADER = /^HOST: \S{1,254}\s+Loss%\s+Snt\b/;
/** `  1.|-- 10.244.1.1   0.0%    10    0.1   0.1   0.1   0.1   0.0`; `???` is a hop that never answered. */
const HOP = /^\s*(\d{1,3})\.\|-- (\S{1,254})(?: \(([\da-fA-F.:]{2,45})\))?\s+(\d{1,3}(?:\.\d?)?)%?\s+(\d{1,6})\s+(.+)$/;
/** Options of mtr(8) that take a value. */
const WITH_VALUE = 'acfFimPsByQXUzZGo';

function readArgs({ args }: Command): { target?: string; proto: 'icmp' | 'udp' | 'tcp'; port?: number } {
  const asked: { target?: string; proto: 'icmp' | 'udp' | 'tcp'; port?: number } = { proto: 'icmp' };
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (arg === '-u' || arg === '--udp') asked.proto = 'udp';
    else if (arg === '-T' || arg === '--tcp') asked.proto = 'tcp';
    if (arg === '-P' || arg === '--port') {
      const port = Number(args[i + 1]);
      if (Number.isInteger(port) && port > 0 && port <= 65_535) asked.port = port;
    }
    if (/^-\w$/.test(arg) && WITH_VALUE.includes(arg[1]!)) i += 1;
    else if (/^--(?:report-cycles|port|interval|psize|first-ttl|max-ttl|address|filename)$/.test(arg)) i += 1;
    else if (!arg.startsWith('-') && isHost(arg)) asked.target = arg;
  }
  return asked;
}

/**
 * `mtr --report`: one probe of the target, which is the last hop. Losses of hops before it are routers that answer few
 * packets of their own; they are no losses of the path.
 */
export const mtr: Parser = {
  id: 'mtr',
  provides: ['probe'],
  reads: ({ program }) => program === 'mtr',
  recognises: (head) => head.some((line) => HEADER.test(line)),
  parse({ lines, command }, sink) {
    const problems = new LineProblems(sink);
    const asked = readArgs(command);
    let last:
      | { host: string; ip: string | undefined; loss: number; sent: number; avg: number; line: number }
      | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500);
      // `Start: …`, the heading, and further addresses of one hop: `    |  `|-- 10.0.0.9`.
      if (line.trim() === '' || line.startsWith('Start: ') || HEADER.test(line) || /^\s+\|\s/.test(line)) continue;
      const hop = HOP.exec(line);
      const columns = wordsOf(hop?.[6] ?? '');
      // A long round trip is cut to its digits and a dot: `1012.`.
      if (hop === null || columns.length < 2 || !/^\d{1,6}(?:\.\d?)?$/.test(columns[1]!)) {
        problems.report(i + 1, 'not a hop of mtr', line);
        continue;
      }
      last = {
        host: hop[2]!,
        ip: hop[3] ?? (isIP(hop[2]!) === 0 ? undefined : hop[2]!),
        loss: Number(hop[4]),
        sent: Number(hop[5]),
        avg: Number(columns[1]),
        line: i + 1,
      };
    }
    problems.finish();
    if (last === undefined) {
      sink.unknown('probe', 'the output of mtr lists no hop');
      return;
    }
    const reached =
      last.host !== '???' && (asked.target === undefined || isIP(asked.target) === 0 || last.ip === asked.target);
    const target = asked.target ?? (reached ? (last.ip ?? last.host) : undefined);
    if (target === undefined || last.sent === 0) {
      sink.unknown('probe', 'neither output nor command names what mtr was to reach', last.line);
      return;
    }
    const to = endpointHint(
      reached ? (last.ip ?? target) : target,
      asked.proto === 'tcp' ? (asked.port ?? 80) : undefined,
    );
    if (isIP(target) === 0) to.name = target;
    const probe: Probe = { to, proto: asked.proto, state: 'ok', origin: 'tool', sent: last.sent };
    // The hops beyond the target's place are not listed: where the last one is another router, the target is silent.
    const received = reached ? Math.round(last.sent * (1 - Math.min(last.loss, 100) / 100)) : 0;
    if (!reached && asked.proto === 'udp') {
      sink.unknown('probe', 'mtr did not reach its target by UDP, which firewalls alone explain', last.line);
      return;
    }
    probe.received = received;
    if (received === 0) {
      probe.state = 'failing';
      probe.error = 'timeout';
    } else if (received < last.sent) {
      probe.state = 'lossy';
      probe.error = 'timeout';
      probe.pattern = 'intermittent';
    }
    if (received > 0) probe.rttMs = last.avg;
    if (probe.state === 'ok' && last.avg >= SLOW_MS) probe.state = 'slow';
    sink.record('probe', probe, last.line);
  },
};
