import { isIP } from 'node:net';
import type { Probe } from '../model.js';
import { connectError } from './connect-error.js';
import { isHost } from './endpoint-hint.js';
import type { Command, Parser } from './parser.js';

const MAX_ANSWERS = 50;

/**
 * `nslookup`: ISC's and BusyBox's. BusyBox asks for A and AAAA with each search suffix, prints NXDOMAIN for those that
 * have no answer and exits with 1 though it found the name: what was found wins.
 */
export const nslookup: Parser = {
  id: 'nslookup',
  provides: ['probe'],
  reads: ({ program }) => program === 'nslookup',
  recognises: (head) =>
    head.some((line) => /^Server:\s+[\dA-Fa-f.:]{2,45}\s*$/.test(line)) &&
    head.some((line) => /^Address(?: 1)?:\s/.test(line)),
  parse({ lines, command }, sink) {
    const asked = readArgs(command.args);
    let server = asked.server;
    let name = asked.name;
    let found: string | undefined;
    let error: Probe['error'];
    let failed = false;
    let inServer = false;
    let at = 1;
    const answers: string[] = [];
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 1000).trim();
      if (line === '') {
        inServer = false;
        continue;
      }
      const serverLine = /^Server:\s+(\S{1,254})/.exec(line);
      if (serverLine !== null) {
        inServer = true;
        if (isIP(serverLine[1]!) !== 0) server = serverLine[1];
        continue;
      }
      const nameLine = /^Name:\s+(\S{1,254})/.exec(line);
      if (nameLine !== null) {
        inServer = false;
        if (isHost(nameLine[1]!)) found = nameLine[1]!;
        at = i + 1;
        continue;
      }
      const address = /^Address(?:es)?(?: \d{1,3})?:\s+(\S{1,80})/.exec(line);
      if (address !== null) {
        const ip = addressOf(address[1]!);
        if (ip === undefined) continue;
        if (inServer) server = ip;
        else if (found !== undefined && answers.length < MAX_ANSWERS && !answers.includes(ip)) answers.push(ip);
        continue;
      }
      const missing = /^\*\* server can't find (\S{1,254}?): (\w{2,12})/.exec(line);
      if (missing !== null) {
        failed = true;
        name ??= isHost(missing[1]!) ? missing[1]! : undefined;
        const how =
          missing[2] === 'NXDOMAIN'
            ? 'nxdomain'
            : missing[2] === 'SERVFAIL'
              ? 'servfail'
              : missing[2] === 'REFUSED'
                ? 'refused'
                : undefined;
        // NXDOMAIN of one suffix says less than SERVFAIL of another.
        if (error === undefined || error === 'nxdomain') error = how ?? error;
        if (found === undefined) at = i + 1;
        continue;
      }
      if (/^;; Got SERVFAIL reply/.test(line)) {
        failed = true;
        error = 'servfail';
      } else if (
        /no servers could be reached|communications error|connection timed out|request timed out|timed-out|write to '|can't connect to remote host/i.test(
          line,
        )
      ) {
        failed = true;
        const to = /(?:error to |write to '|remote host \()([\dA-Fa-f.:]{2,45})(?:#\d{1,5}|'|\))/.exec(line)?.[1];
        if (to !== undefined && isIP(to) !== 0) server ??= to;
        if (error === undefined || error === 'nxdomain') error = connectError(line) ?? 'timeout';
        if (found === undefined) at = i + 1;
      } else if (/^nslookup: can't resolve '/.test(line)) {
        // Old BusyBox: a name that is not there and a server that does not answer look alike.
        failed = true;
        name ??= /'([\w.-]{1,254})'/.exec(line)?.[1];
        if (found === undefined) at = i + 1;
      }
    }
    const lookedUp = name ?? found;
    if (lookedUp === undefined && server === undefined) {
      sink.unknown('probe.outcome', 'neither output nor command names what was looked up');
      return;
    }
    const probe: Probe = { to: { kind: 'dns' }, proto: 'dns', state: 'ok', origin: 'tool' };
    const told = found ?? lookedUp;
    if (told !== undefined) probe.to.name = told.replace(/(?<=.)\.$/, '');
    if (server !== undefined) probe.server = server;
    const given = asked.name?.replace(/\.$/, '');
    if (given !== undefined && found?.startsWith(`${given}.`)) probe.askedAs = given;
    if (found !== undefined && answers.length > 0) {
      probe.status = 'NOERROR';
      probe.answers = answers;
    } else if (failed) {
      probe.state = 'failing';
      if (error !== undefined) probe.error = error;
      if (error === 'nxdomain' || error === 'servfail') probe.status = error.toUpperCase();
    } else {
      sink.unknown('probe.outcome', 'the output of nslookup ends before its result');
      return;
    }
    sink.record('probe', probe, at);
  },
};

/** `10.96.0.10`, ISC's `10.96.0.10#53`, newer BusyBox's `10.96.0.10:53` and `[fd00::a]:53`. */
function addressOf(text: string): string | undefined {
  const bare = text.replace(/#\d{1,5}$/, '');
  if (isIP(bare) !== 0) return bare;
  const match = /^\[?([\dA-Fa-f.:]{2,45}?)\]?:\d{1,5}$/.exec(bare);
  return match !== null && isIP(match[1]!) !== 0 ? match[1] : undefined;
}

function readArgs(args: Command['args']): { name?: string; server?: string } {
  const operands = args.filter((arg) => !arg.startsWith('-') && isHost(arg));
  const asked: { name?: string; server?: string } = {};
  if (operands[0] !== undefined && isIP(operands[0]) === 0) asked.name = operands[0];
  if (operands[1] !== undefined) asked.server = operands[1];
  return asked;
}
