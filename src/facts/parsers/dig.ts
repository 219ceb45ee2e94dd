import { isIP } from 'node:net';
import type { Probe } from '../model.js';
import { connectError } from './connect-error.js';
import { isHost } from './endpoint-hint.js';
import type { Command, Parser } from './parser.js';
import { SLOW_MS } from './slow.js';

const RECORD_TYPES = new Set([
  'A',
  'AAAA',
  'ANY',
  'CNAME',
  'MX',
  'NS',
  'PTR',
  'SOA',
  'SRV',
  'TXT',
  'HINFO',
  'CAA',
  'DS',
]);
const CLASSES = new Set(['IN', 'CH', 'HS']);
const STATUS_ERRORS: Readonly<Record<string, Probe['error']>> = {
  NXDOMAIN: 'nxdomain',
  SERVFAIL: 'servfail',
  REFUSED: 'refused',
};
const MAX_ANSWERS = 50;

/** `dig`, with its comments or `+short`: one probe of the lookup, to the server that was asked. */
export const dig: Parser = {
  id: 'dig',
  provides: ['probe'],
  reads: ({ program }) => program === 'dig',
  recognises: (head) => head.some((line) => line.startsWith('; <<>> DiG ') || line.startsWith(';; ->>HEADER<<-')),
  parse({ lines, command }, sink) {
    const asked = readArgs(command.args);
    let { name, server } = asked;
    let at = 1;
    let status: string | undefined;
    let rttMs: number | undefined;
    let failures = 0;
    let error: Probe['error'];
    let section = '';
    const answers: string[] = [];
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 1000).trim();
      if (line === '') {
        section = '';
        continue;
      }
      const header = /^;; ->>HEADER<<- .*status: (\w{2,12})/.exec(line);
      if (header !== null) {
        status = header[1]!;
        at = i + 1;
      } else if (line.startsWith(';; QUESTION SECTION')) section = 'question';
      else if (line.startsWith(';; ANSWER SECTION')) section = 'answer';
      else if (line.startsWith(';; AUTHORITY SECTION') || line.startsWith(';; ADDITIONAL SECTION')) section = '';
      else if (/no servers could be reached|;; communications error|connection timed out/.test(line)) {
        // `communications error to 10.96.0.10#53: timed out` stands once for each try, the other lines once at the end.
        const one = /^;; communications error to ([\dA-Fa-f.:]{2,45})#\d{1,5}: (.{1,60})$/.exec(line);
        if (one !== null) {
          failures += 1;
          error = connectError(one[2]!) ?? error;
          if (isIP(one[1]!) !== 0) server = one[1];
        }
        error ??= 'timeout';
        if (status === undefined) at = i + 1;
      } else if (line.startsWith(';; Query time:')) {
        const ms = /(\d{1,7}) (msec|usec)/.exec(line);
        if (ms !== null) rttMs = ms[2] === 'usec' ? Number(ms[1]) / 1000 : Number(ms[1]);
      } else if (line.startsWith(';; SERVER:')) {
        const ip = /^;; SERVER: ([\dA-Fa-f.:]{2,45})#/.exec(line)?.[1];
        if (ip !== undefined && isIP(ip) !== 0) server = ip;
      } else if (section === 'question' && line.startsWith(';')) {
        const question = line.slice(1).split(/\s+/, 1)[0]!;
        if (isHost(question)) name = question;
      } else if (section === 'answer' && !line.startsWith(';')) {
        const words = line.split(/\s+/, 6);
        const type = words.findIndex((word, index) => index > 0 && RECORD_TYPES.has(word));
        const value = type < 0 ? undefined : words[type + 1];
        if (
          value !== undefined &&
          (words[type] === 'A' || words[type] === 'AAAA') &&
          isIP(value) !== 0 &&
          answers.length < MAX_ANSWERS
        )
          answers.push(value);
      } else if (asked.short && !line.startsWith(';') && answers.length < MAX_ANSWERS) {
        if (isIP(line) !== 0) answers.push(line);
        if (isIP(line) !== 0 || isHost(line)) status ??= 'NOERROR';
      } else if (/^dig: couldn't get address for '/.test(line)) {
        sink.unknown('probe.outcome', 'the name of the DNS server could not be resolved', i + 1);
        return;
      }
    }
    if (name === undefined && server === undefined) {
      sink.unknown('probe.outcome', 'neither output nor command names what was looked up');
      return;
    }
    const probe: Probe = { to: { kind: 'dns' }, proto: 'dns', state: 'ok', origin: 'tool' };
    if (name !== undefined) probe.to.name = name.replace(/(?<=.)\.$/, '');
    if (server !== undefined) probe.server = server;
    if (status === undefined) {
      if (error === undefined) {
        sink.unknown('probe.outcome', 'the output of dig ends before its result');
        return;
      }
      probe.state = 'failing';
      probe.error = error;
      if (failures > 0) probe.sent = failures;
      probe.received = 0;
      sink.record('probe', probe, at);
      return;
    }
    probe.status = status;
    if (rttMs !== undefined) probe.rttMs = rttMs;
    if (answers.length > 0) probe.answers = answers;
    if (status !== 'NOERROR') {
      probe.state = 'failing';
      const meant = STATUS_ERRORS[status];
      if (meant !== undefined) probe.error = meant;
    } else if (failures > 0) {
      // The first tries went unanswered, a later one did not.
      probe.state = 'lossy';
      probe.pattern = 'intermittent';
      if (error !== undefined) probe.error = error;
      probe.sent = failures + 1;
      probe.received = 1;
    } else if (rttMs !== undefined && rttMs >= SLOW_MS) probe.state = 'slow';
    sink.record('probe', probe, at);
  },
};

function readArgs(args: Command['args']): { name?: string; server?: string; short: boolean } {
  const asked: { name?: string; server?: string; short: boolean } = { short: false };
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (arg === '+short') asked.short = true;
    else if (arg.startsWith('@')) {
      if (isHost(arg.slice(1))) asked.server = arg.slice(1);
    } else if (arg === '-x') i += 1;
    else if (/^-[btpckfyqm]$/.test(arg)) {
      i += 1;
      if (arg === '-q' && isHost(args[i] ?? '')) asked.name = args[i]!;
    } else if (
      !arg.startsWith('-') &&
      !arg.startsWith('+') &&
      !RECORD_TYPES.has(arg.toUpperCase()) &&
      !CLASSES.has(arg.toUpperCase())
    ) {
      if (isHost(arg)) asked.name ??= arg;
    }
  }
  return asked;
}
