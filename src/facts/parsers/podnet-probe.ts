import { isIP } from 'node:net';
import type { EndpointHint, FlowError, FlowPattern, FlowProto, FlowStage, FlowState, Probe } from '../model.js';
import { nodeSubject } from '../model.js';
import { isHost } from './endpoint-hint.js';
import { FLOW_ERRORS, FLOW_PATTERNS, FLOW_STAGES, FLOW_STATES } from './flow-words.js';
import { isObject } from './json-shape.js';
import { LineProblems } from './line-problems.js';
import type { FactSink, Parser } from './parser.js';

const PROTOCOLS: ReadonlySet<unknown> = new Set<FlowProto>(['icmp', 'tcp', 'udp', 'dns', 'http']);
const COUNTS = ['size', 'mtu', 'sent', 'received', 'transferred'] as const;
const MAX_ANSWERS = 50;
const MAX_REASON = 300;
const STARVED = 'prober.starved';

/** A line of the output, by what it is. */
interface Lines {
  header?: Record<string, unknown>;
  probes: { probe: Probe; line: number }[];
  starved?: { value: boolean; line: number };
}

/**
 * What podnet's own prober tells, a JSON object a line: attempts as they ended, those that were not made with the reason,
 * and whether the prober was itself held up, in which case its times are none of the network's.
 */
export const podnetProbe: Parser = {
  id: 'podnet-probe',
  provides: ['probe', STARVED],
  reads: ({ program, args }) => program === 'podnet' && args[0] === 'probe',
  recognises: (head) => head.some((line) => line.startsWith('{"podnetProbe":1')),
  parse({ lines, subject }, sink) {
    const problems = new LineProblems(sink);
    const read: Lines = { probes: [] };
    let cut: string | undefined;
    for (let i = 0; i < lines.length; i += 1) {
      const text = lines[i]!;
      if (text.trim() === '') continue;
      const line = parsed(text);
      if (line === undefined) problems.report(i + 1, 'not a line of the prober', text);
      else if (isObject(line.probe)) {
        const probe = probeOf(line.probe);
        if (probe === undefined) problems.report(i + 1, 'not an attempt as the prober tells it', text);
        else read.probes.push({ probe, line: i + 1 });
      } else if (typeof line.unknown === 'string') {
        sink.unknown('probe.outcome', reasonOf(line.unknown, line.of), i + 1);
      } else if (line.podnetProbe === 1) {
        read.header = line;
        tellLeftOut(line.groups, i + 1, sink);
      } else if (isObject(line.end)) {
        if (typeof line.end.gone === 'string') cut = line.end.gone.slice(0, MAX_REASON);
        if (typeof line.end.starved === 'boolean') read.starved = { value: line.end.starved, line: i + 1 };
      } else if (typeof line.cut === 'string') cut = line.cut.slice(0, MAX_REASON);
      else problems.report(i + 1, 'not a line of the prober', text);
    }
    problems.finish();
    const isStarved = read.starved?.value === true;
    for (const { probe, line } of read.probes) sink.record('probe', isStarved ? withoutTimes(probe) : probe, line);
    if (cut !== undefined) sink.unknown('probe.outcome', `the prober was cut short: ${cut}`);
    const node = nodeOf(read.header) ?? subject;
    if (read.starved !== undefined) sink.fact(STARVED, isStarved, read.starved.line, { subject: node });
    else
      sink.unknown(STARVED, cut ?? 'the output of the prober ends before its last line', undefined, { subject: node });
  },
};

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The node that the prober ran on, also where it probed from a pod. */
function nodeOf(header: Record<string, unknown> | undefined): string | undefined {
  const source = header?.source;
  return isObject(source) && typeof source.node === 'string' && isHost(source.node)
    ? nodeSubject(source.node)
    : undefined;
}

function probeOf(value: Readonly<Record<string, unknown>>): Probe | undefined {
  const to = isObject(value.to) ? hintOf(value.to) : undefined;
  if (to === undefined || !PROTOCOLS.has(value.proto) || !FLOW_STATES.has(value.state)) return undefined;
  const probe: Probe = { to, proto: value.proto as FlowProto, state: value.state as FlowState, origin: 'tool' };
  if (value.error !== undefined) {
    if (!FLOW_ERRORS.has(value.error)) return undefined;
    probe.error = value.error as FlowError;
  }
  if (FLOW_STAGES.has(value.stage)) probe.stage = value.stage as FlowStage;
  if (FLOW_PATTERNS.has(value.pattern)) probe.pattern = value.pattern as FlowPattern;
  if (value.dontFragment === true) probe.dontFragment = true;
  for (const name of COUNTS) {
    const count = value[name];
    if (isCount(count)) probe[name] = count;
  }
  if (typeof value.rttMs === 'number' && Number.isFinite(value.rttMs) && value.rttMs >= 0) probe.rttMs = value.rttMs;
  if (typeof value.status === 'string' && /^[A-Z\d]{2,12}$/.test(value.status)) probe.status = value.status;
  if (isAddress(value.server)) probe.server = value.server;
  if (Array.isArray(value.answers)) {
    const answers = value.answers.filter(isAddress).slice(0, MAX_ANSWERS);
    if (answers.length > 0) probe.answers = answers;
  }
  if (value.family === 4 || value.family === 6) probe.family = value.family;
  return probe;
}

function hintOf(value: Readonly<Record<string, unknown>>): EndpointHint | undefined {
  const hint: EndpointHint = {};
  if (value.kind === 'dns') hint.kind = 'dns';
  if (isAddress(value.ip)) hint.ip = value.ip;
  if (typeof value.name === 'string' && isHost(value.name)) hint.name = value.name;
  if (isCount(value.port) && value.port > 0 && value.port < 65_536) hint.port = value.port;
  return hint.ip === undefined && hint.name === undefined ? undefined : hint;
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && isIP(value) !== 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Times of a prober that was held up are its own: what answered counts as an answer, and how late is not known. */
function withoutTimes(probe: Probe): Probe {
  const { rttMs: _rttMs, ...rest } = probe;
  return rest.state === 'slow' ? { ...rest, state: 'ok' } : rest;
}

function reasonOf(why: string, of: unknown): string {
  const reason = why.slice(0, MAX_REASON);
  if (!isObject(of)) return reason;
  const { proto, ip, name, port, server } = of;
  const words = [proto, ip ?? name, port, server === undefined ? undefined : `at ${server}`];
  const told = words.filter((word) => typeof word === 'string' || typeof word === 'number').join(' ');
  return `${told.slice(0, MAX_REASON)}: ${reason}`;
}

/** What a sample left out was never tried. */
function tellLeftOut(groups: unknown, line: number, sink: FactSink): void {
  if (!Array.isArray(groups)) return;
  for (const group of groups as unknown[]) {
    if (!isObject(group) || typeof group.what !== 'string' || !isCount(group.meant) || !isCount(group.chosen)) continue;
    const left = group.meant - group.chosen;
    if (left <= 0) continue;
    const what = group.what.slice(0, MAX_REASON);
    sink.unknown('probe.outcome', `${left} of ${group.meant} ${what} were not tried: a sample was taken`, line);
  }
}
