import { isIP } from 'node:net';
import type { EndpointHint, Probe } from '../model.js';
import { hostAndPort } from './endpoint-hint.js';
import type { JsonObject } from './json-shape.js';
import { isObject, objectOf, portOf, textOf } from './json-shape.js';
import { LineProblems } from './line-problems.js';
import type { LineContext } from './log-scan.js';
import { LogScan, patternsFor } from './log-scan.js';
import { isoTime, logTime } from './log-time.js';
import type { Parser } from './parser.js';

/**
 * `Jun 10 10:00:00.123: default/a:45678 (ID:1) -> kube-system/b:53 (ID:2) Policy denied DROPPED (UDP)`; the time may have
 * a node in brackets behind it, an end may be `10.0.0.1:443 (world)`, and of old ones `10.0.0.1:443(default/a)`.
 */
const LINE =
  /^((?:[A-Z][a-z]{2} {1,2}\d{1,2}|\d{4}-\d{2}-\d{2}T?) ?\d{2}:\d{2}:\d{2}[\d.,Z+:]{0,30}?):? (?:\[[^\]]{1,200}\]:? )?(\S{1,300})(?: \(([^)]{1,60})\))? (->|<-|<>|xx?>|<xx?) (\S{1,300})(?: \(([^)]{1,60})\))? (.{1,300})$/;
/** What no pod network needs: neighbour discovery and the like, dropped on every healthy node. */
const NO_FAULT =
  /Unsupported (?:L[23] )?protocol|UNSUPPORTED_(?:L[23]_)?PROTOCOL|INVALID_SOURCE_MAC|Invalid source mac/i;

interface Drop {
  from: EndpointHint;
  to: EndpointHint;
  proto: 'tcp' | 'udp' | 'icmp';
}

/** `default/a:45678` or `10.0.0.1:443`; undefined where it is neither. */
function endOf(text: string, isServer: boolean): EndpointHint | undefined {
  const pod = /^([a-z0-9.-]{1,63})\/([a-z0-9.-]{1,253})(?::(\d{1,5}))?(?:\(.*\))?$/.exec(text);
  const hint: EndpointHint = {};
  let port: string | undefined;
  if (pod !== null) {
    hint.kind = 'pod';
    hint.namespace = pod[1]!;
    hint.pod = pod[2]!;
    port = pod[3];
  } else {
    const bare = hostAndPort(text.replace(/\(.*\)$/, ''));
    if (bare === undefined || isIP(bare.host) === 0) return undefined;
    hint.ip = bare.host;
    if (bare.port !== undefined) port = String(bare.port);
  }
  // The client's port is its own affair.
  if (isServer && port !== undefined && Number(port) > 0 && Number(port) <= 65_535) hint.port = Number(port);
  return hint;
}

/** A dropped packet that opens an exchange; replies tell of a flow in the other direction. */
function dropOfLine(match: RegExpExecArray): Drop | undefined {
  const said = match[7]!;
  if (!/\bDROPPED\b/.test(said) || NO_FAULT.test(said)) return undefined;
  if (match[4] === '<-' || match[4]!.startsWith('<x')) return undefined;
  const kind = /\((TCP Flags: ([A-Z, ]{1,40})|UDP|ICMPv[46] (\w{1,30}))/.exec(said);
  const proto = kind === null ? undefined : protocolOf(kind[1]!, kind[2], kind[3]);
  const from = endOf(match[2]!, false);
  const to = endOf(match[5]!, true);
  return proto === undefined || from === undefined || to === undefined ? undefined : { from, to, proto };
}

function protocolOf(kind: string, flags: string | undefined, icmp: string | undefined): Drop['proto'] | undefined {
  if (kind === 'UDP') return 'udp';
  if (flags !== undefined) return flags.trim() === 'SYN' ? 'tcp' : undefined;
  return icmp === 'EchoRequest' ? 'icmp' : undefined;
}

/** The end of a flow's JSON: its pod, or its address where it is none. */
function endOfJson(end: JsonObject, ip: unknown, port: unknown): EndpointHint | undefined {
  const address = textOf(ip);
  const hint: EndpointHint = {};
  const namespace = textOf(end.namespace);
  const pod = textOf(end.pod_name);
  if (namespace !== undefined && pod !== undefined) Object.assign(hint, { kind: 'pod', namespace, pod });
  if (address !== undefined && isIP(address) !== 0) hint.ip = address;
  const number = portOf(port);
  if (number !== undefined) hint.port = number;
  return hint.pod === undefined && hint.ip === undefined ? undefined : hint;
}

/** Reads `-o json` and `-o jsonpb`: the flow, or `{"flow": …}` around it. */
function dropOfJson(flow: JsonObject): Drop | undefined {
  const reason = textOf(flow.drop_reason_desc) ?? '';
  if (flow.verdict !== 'DROPPED' || flow.is_reply === true || NO_FAULT.test(reason)) return undefined;
  const l4 = objectOf(flow.l4);
  const ip = objectOf(flow.IP);
  let proto: Drop['proto'] | undefined;
  let port: unknown;
  if (isObject(l4.TCP)) {
    const flags = objectOf(l4.TCP.flags);
    if (flags.SYN === true && flags.ACK !== true) proto = 'tcp';
    port = l4.TCP.destination_port;
  } else if (isObject(l4.UDP)) {
    proto = 'udp';
    port = l4.UDP.destination_port;
  } else if (isObject(l4.ICMPv4) && l4.ICMPv4.type === 8) proto = 'icmp';
  const from = endOfJson(objectOf(flow.source), ip.source, undefined);
  const to = endOfJson(objectOf(flow.destination), ip.destination, port);
  return proto === undefined || from === undefined || to === undefined ? undefined : { from, to, proto };
}

function nameOf(hint: EndpointHint): string {
  return hint.pod === undefined ? (hint.ip ?? '') : `${hint.namespace}/${hint.pod}`;
}

/**
 * `hubble observe`, text and JSON: a failing probe for each pair of ends between which packets that open an exchange were
 * dropped, with how often, and what the log patterns know of a drop's reason.
 */
export const hubble: Parser = {
  id: 'hubble',
  provides: ['probe'],
  reads: ({ program, args }) => program === 'hubble' && args.includes('observe'),
  recognises: (head) =>
    head.some(
      (line) =>
        (LINE.test(line) && /\b(?:FORWARDED|DROPPED|AUDIT|TRANSLATED)\b/.test(line)) ||
        /^\{"flow":\{"time":/.test(line),
    ),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const scan = new LogScan(sink);
    const patterns = patternsFor(input.logPatterns, ['cilium', 'hubble']);
    const add = (drop: Drop | undefined, context: LineContext): void => {
      if (drop === undefined) return;
      const probe: Probe = {
        from: drop.from,
        to: drop.to,
        proto: drop.proto,
        state: 'failing',
        error: 'timeout',
        origin: 'log',
      };
      if (drop.proto === 'tcp') probe.stage = 'connect';
      scan.add(probe, context);
    };
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.trim() === '' || /^(?:EVENTS LOST|TIMESTAMP\s|Handling connection)/.test(line)) continue;
      const context: LineContext = {
        line: i + 1,
        at: logTime(line, input.at),
        patterns,
        subject: input.subject,
        component: 'cilium',
      };
      if (line.startsWith('{')) {
        const flow = flowOf(line);
        if (flow === undefined) {
          problems.report(i + 1, 'not a flow of hubble', line);
          continue;
        }
        const time = textOf(flow.time);
        context.at = time === undefined ? undefined : isoTime(time);
        const drop = dropOfJson(flow);
        add(drop, context);
        // What hubble's own text says of it, which the patterns are written for.
        if (flow.verdict === 'DROPPED') scan.read(spoken(flow, drop), context);
        continue;
      }
      const match = LINE.exec(line.slice(0, 1200));
      if (match === null) {
        problems.report(i + 1, 'not a flow of hubble', line);
        continue;
      }
      add(dropOfLine(match), context);
      if (/\b(?:DROPPED|DENIED)\b/.test(match[7]!)) scan.read(line, context);
    }
    scan.finish();
    problems.finish();
  },
};

function spoken(flow: JsonObject, drop: Drop | undefined): string {
  const reason = (textOf(flow.drop_reason_desc) ?? 'unknown reason').toLowerCase().replaceAll('_', ' ');
  const ends = drop === undefined ? '' : `${nameOf(drop.from)} -> ${nameOf(drop.to)} `;
  return `${ends}${reason.charAt(0).toUpperCase()}${reason.slice(1)} DROPPED`;
}

function flowOf(line: string): JsonObject | undefined {
  if (line.length > 65_536) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value)) return undefined;
    const flow = isObject(value.flow) ? value.flow : value;
    // Lost events and node states stand between the flows.
    return flow.verdict === undefined && !isObject(value.lost_events) && value.node_status === undefined
      ? undefined
      : flow;
  } catch {
    return undefined;
  }
}
