import { isIP } from 'node:net';
import type { EndpointHint, FlowError, Probe } from '../model.js';
import { endpointHint, isHost } from './endpoint-hint.js';
import type { Command, Parser } from './parser.js';

/** `traceroute to web (10.244.2.2), 30 hops max, 60 byte packets`; BusyBox writes `38 byte packets`. */
const HEADER =
  /^traceroute6? to (\S{1,254}) \(([\da-fA-F.:]{2,45})\)(?: from [\da-fA-F.:]{2,45})?, \d{1,3} hops max(?:, (\d{1,5}) byte packets)?/;
/** ` 3  10.0.0.1 (10.0.0.1)  0.1 ms !H  * 0.2 ms`. */
const HOP = /^\s{0,2}(\d{1,3})\s{1,4}(\S.{0,400})$/;
/** Annotations of traceroute(8). X is ICMP administratively prohibited, which connect(2) calls host unreachable. */
const ANNOTATIONS: readonly (readonly [RegExp, FlowError])[] = [
  [/ !F(?:-\d{1,5})?(?= |$)/, 'message-too-long'],
  [/ !N(?= |$)/, 'no-route'],
  [/ ![HXVC](?= |$)/, 'host-unreachable'],
];
/** Hops without an answer at the end that say the target is not reached, for protocols that it would answer. */
const SILENT_HOPS = 3;

interface Asked {
  proto: 'udp' | 'icmp' | 'tcp';
  port?: number;
}

function readArgs({ args }: Command): Asked {
  const asked: Asked = { proto: 'udp' };
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (arg === '-I' || arg === '--icmp') asked.proto = 'icmp';
    else if (arg === '-T' || arg === '--tcp') asked.proto = 'tcp';
    else if (arg === '-p' || arg === '--port') {
      const port = Number(args[i + 1]);
      if (Number.isInteger(port) && port > 0 && port <= 65_535) asked.port = port;
    }
  }
  // The kernel's ICMP error tells that a UDP datagram arrived, whatever its port.
  if (asked.proto !== 'tcp') delete asked.port;
  else asked.port ??= 80;
  return asked;
}

/**
 * `traceroute`, of Linux, BSD and BusyBox: one probe, ok where the target itself answers, failing where a hop answers
 * with an ICMP error. Silence decides only for `-I` and `-T`: plain traceroute's high UDP ports are dropped by many
 * firewalls that pass everything else.
 */
export const traceroute: Parser = {
  id: 'traceroute',
  provides: ['probe'],
  reads: ({ program }) => /^(?:traceroute6?|tcptraceroute)$/.test(program),
  recognises: (head) => head.some((line) => HEADER.test(line)),
  parse({ lines, command }, sink) {
    const asked = readArgs(command);
    if (command.program === 'tcptraceroute') asked.proto = 'tcp';
    let to: EndpointHint | undefined;
    let at = 1;
    let size: number | undefined;
    let reached = false;
    let silent = 0;
    let error: FlowError | undefined;
    let mtu: number | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 500);
      const header = HEADER.exec(line);
      if (header !== null && to === undefined && isIP(header[2]!) !== 0) {
        to = endpointHint(header[2]!, asked.port);
        if (isIP(header[1]!) === 0 && isHost(header[1]!)) to.name = header[1]!;
        if (header[3] !== undefined) size = Number(header[3]);
        at = i + 1;
        continue;
      }
      const hop = HOP.exec(line);
      if (hop === null || to === undefined) continue;
      if (/^(?:\*\s*){1,10}$/.test(hop[2]!)) {
        silent += 1;
        continue;
      }
      silent = 0;
      const annotated = ANNOTATIONS.find(([pattern]) => pattern.test(line))?.[1];
      if (annotated !== undefined) {
        error = annotated;
        const told = / !F-(\d{1,5})(?= |$)/.exec(line);
        if (told !== null) mtu = Number(told[1]);
      } else if (hop[2]!.split(/[\s()]+/, 4).includes(to.ip!)) reached = true;
    }
    if (to === undefined) {
      sink.unknown('probe', 'the output of traceroute does not name its target');
      return;
    }
    const probe: Probe = { to, proto: asked.proto, state: 'ok', origin: 'tool', family: isIP(to.ip!) as 4 | 6 };
    if (size !== undefined) probe.size = size;
    if (!reached && error === undefined) {
      if (asked.proto === 'udp' || silent < SILENT_HOPS) {
        sink.unknown('probe', 'traceroute did not reach its target, which firewalls alone explain', at);
        return;
      }
      error = 'timeout';
    }
    if (!reached) {
      probe.state = 'failing';
      probe.error = error!;
    }
    if (mtu !== undefined) probe.mtu = mtu;
    sink.record('probe', probe, at);
  },
};
