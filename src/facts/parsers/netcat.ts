import { isIP } from 'node:net';
import type { EndpointHint, Probe } from '../model.js';
import { connectError, resolveError } from './connect-error.js';
import { endpointHint, familyOfHint, isHost } from './endpoint-hint.js';
import type { Command, Parser } from './parser.js';

const PROGRAMS = new Set(['nc', 'ncat', 'netcat', 'telnet']);
const WITH_VALUE = 'wWsipqIOTXxGgKlmM';

/**
 * `nc` (OpenBSD's, Nmap's, BusyBox's, the traditional one) and `telnet`: one probe of a TCP connect. A UDP scan that says
 * `open` has only sent something, so it proves nothing; a refusal does.
 */
export const netcat: Parser = {
  id: 'netcat',
  provides: ['probe'],
  reads: ({ program }) => PROGRAMS.has(program),
  parse({ lines, command }, sink) {
    const asked = readArgs(command);
    if (asked.listens) return;
    let { host, port } = asked;
    let address: string | undefined;
    let outcome: Probe['state'] | undefined;
    let error: Probe['error'];
    let unresolved = false;
    let at = 1;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 1000).trim();
      if (line === '') continue;
      const named = targetOf(line);
      if (named !== undefined) {
        if (isIP(named.host) === 0) host ??= named.host;
        else address = named.host;
        port = named.port ?? port;
      }
      if (/^Trying /.test(line)) continue;
      if (OPEN.test(line)) {
        outcome = 'ok';
        error = undefined;
        at = i + 1;
        // What follows is the session: the other end's words, or its closing.
        break;
      }
      if (!FAILED.test(line)) continue;
      const resolving = resolveError(line);
      if (resolving !== null) {
        unresolved = true;
        error = resolving;
      } else error = connectError(line) ?? error;
      outcome = 'failing';
      at = i + 1;
    }
    const to = unresolved ? nameOnly(host, port) : target(host, address, port);
    if (to === undefined) {
      sink.unknown('probe.outcome', 'neither output nor command names what was to be reached');
      return;
    }
    if (outcome === undefined) {
      sink.unknown('probe.outcome', `the output of ${command.program} ends before its result`);
      return;
    }
    if (asked.udp && outcome === 'ok') {
      sink.unknown('probe', 'a UDP scan without a refusal does not tell whether anybody answered', at);
      return;
    }
    const probe: Probe = {
      to,
      proto: asked.udp ? 'udp' : 'tcp',
      state: outcome,
      stage: unresolved ? 'resolve' : 'connect',
      origin: 'tool',
    };
    if (error !== undefined) probe.error = error;
    const family = familyOfHint(to);
    if (family !== undefined) probe.family = family;
    sink.record('probe', probe, at);
  },
};

const OPEN =
  / succeeded!|^Ncat: Connected to |^Connected to |\) open$|\) \[?[\w.:]*\]? ?open$| open$|连接成功|^Escape character is/;
const FAILED =
  /failed|refused|timed? ?out|timeout|unreachable|no route|can't connect|unable to connect|reset|bad address|getaddrinfo|name or service|name resolution|unknown host|拒绝|超时|不可达|没有到主机的路由|未知的/i;

/** The end that a line of output names. */
function targetOf(line: string): { host: string; port?: number } | undefined {
  const match =
    /^Connection to (\S{1,254}) (?:\([\da-fA-F.:]{2,45}\) )?(\d{1,5}) port /.exec(line) ??
    /connect to (\S{1,254}) (?:\([\da-fA-F.:]{2,45}\) )?port (\d{1,5})/.exec(line) ??
    /^Ncat: Connected to (\S{1,254}):(\d{1,5})\.$/.exec(line) ??
    /^(?:\S{1,254} )?\[([\da-fA-F.:]{2,45})\] (\d{1,5}) /.exec(line) ??
    /^(?:nc: )?\S{1,254} \(([\da-fA-F.:]{2,45}):(\d{1,5})\)/.exec(line) ??
    /^Trying (\S{1,80}?)\.\.\.$/.exec(line) ??
    /^Connected to (\S{1,254}?)\.?$/.exec(line) ??
    /connect to (?:remote host|address) \(?([\da-fA-F.:]{2,45}?)\)?:/.exec(line);
  const host = match?.[1];
  if (host === undefined || !isHost(host)) return undefined;
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  return port === undefined || port > 65_535 ? { host } : { host, port };
}

function target(
  host: string | undefined,
  address: string | undefined,
  port: number | undefined,
): EndpointHint | undefined {
  const main = address ?? host;
  if (main === undefined) return undefined;
  const hint = endpointHint(main, port);
  if (address !== undefined && host !== undefined && isIP(host) === 0) hint.name = host;
  return hint;
}

function nameOnly(host: string | undefined, port: number | undefined): EndpointHint | undefined {
  return host === undefined || isIP(host) !== 0 ? undefined : endpointHint(host, port);
}

function readArgs({ args }: Command): { host?: string; port?: number; udp: boolean; listens: boolean } {
  const asked: { host?: string; port?: number; udp: boolean; listens: boolean } = { udp: false, listens: false };
  const operands: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (arg.startsWith('--')) {
      if (arg === '--udp') asked.udp = true;
      if (arg === '--listen') asked.listens = true;
      continue;
    }
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at += 1) {
      const letter = arg[at]!;
      if (letter === 'u') asked.udp = true;
      if (letter === 'l') asked.listens = true;
      if (letter === 'l' || !WITH_VALUE.includes(letter)) continue;
      if (at === arg.length - 1) i += 1;
      break;
    }
  }
  const [host, port] = operands;
  if (host !== undefined && isHost(host)) asked.host = host;
  if (port !== undefined && /^\d{1,5}$/.test(port) && Number(port) <= 65_535) asked.port = Number(port);
  return asked;
}
