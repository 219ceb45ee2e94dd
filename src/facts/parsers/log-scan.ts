import { escapeRegExp } from '../escape-regexp.js';
import type { EndpointHint, Probe, Subject } from '../model.js';
import { CLUSTER, kindOf } from '../model.js';
import type { FailedConnection } from './failed-connection.js';
import { failedConnection } from './failed-connection.js';
import type { FactSink, LogPattern } from './parser.js';
import { requiredLiterals } from './required-literals.js';

/** Characters of a line that patterns see. */
const MAX_LINE = 4000;
/** Characters of a line that a log event keeps. */
const MAX_TEXT = 300;
/** Log events of one pattern that are kept of one file: the first ones, and the last. */
const MAX_EVENTS = 50;
/** Different failed connections that are kept of one file. */
const MAX_PROBES = 2000;

/** Where a line was written and what is known of it beyond its text. */
export interface LineContext {
  line: number;
  at?: string | undefined;
  /** The patterns to search for, as `patternsFor` chose them. */
  patterns: PatternSet;
  /** The subject that facts about a node or a pod go to; else they go to the cluster. */
  subject: Subject;
  component: string;
  /** Who made the connections that the line tells of, where the subject is not it. */
  from?: EndpointHint | undefined;
  /** Who made kubelet's probes: the node, where it is known. */
  kubelet?: EndpointHint | undefined;
}

/** The patterns of some components, with expressions that tell at once whether any of them can match. */
export interface PatternSet {
  patterns: readonly LogPattern[];
  /** Finds a text of which one pattern or another needs it: quick, and passes some lines that none matches. */
  maybe: RegExp | undefined;
  /** Matches what any of the patterns matches. */
  any: RegExp | undefined;
}

/**
 * The patterns that apply to a log of one of these components: those for all logs, and those for a component whose name
 * begins the log's (`kube-flannel` applies to `kube-flannel-ds-x7k2p`).
 */
export function patternsFor(all: readonly LogPattern[] | undefined, components: readonly string[]): PatternSet {
  const patterns = (all ?? []).filter(
    (pattern) =>
      pattern.components.length === 0 ||
      pattern.components.some((name) => components.some((component) => component.startsWith(name))),
  );
  return { patterns, maybe: maybeOf(patterns), any: anyOf(patterns) };
}

/** What cannot be one of several ways of an expression: it has groups with names, or refers to one by name or number. */
const NAMES_GROUPS = /\\[1-9k]|\(\?<[^=!]/;

/** Undefined where a pattern has a flag, for its texts may be written otherwise, or cannot be joined. */
function maybeOf(patterns: readonly LogPattern[]): RegExp | undefined {
  if (patterns.length === 0 || patterns.some(({ pattern }) => pattern.flags !== '')) return undefined;
  const literals = new Set<string>();
  const whole: string[] = [];
  for (const { pattern } of patterns) {
    const required = requiredLiterals(pattern.source);
    if (required !== undefined && required.length > 0) for (const literal of required) literals.add(literal);
    else if (NAMES_GROUPS.test(pattern.source)) return undefined;
    else whole.push(`(?:${pattern.source})`);
  }
  // Of two texts of which one holds the other the shorter one finds both.
  const shortest = [...literals].filter((one) => ![...literals].some((other) => other !== one && one.includes(other)));
  const texts = shortest.sort().map(escapeRegExp);
  return new RegExp([...texts, ...whole].join('|'));
}

/** Undefined where the patterns cannot be joined: flags that differ, groups that are referred to by name or number. */
function anyOf(patterns: readonly LogPattern[]): RegExp | undefined {
  const flags = patterns[0]?.pattern.flags ?? '';
  for (const { pattern } of patterns) {
    if (pattern.flags !== flags || /[gy]/.test(pattern.flags) || NAMES_GROUPS.test(pattern.source)) return undefined;
  }
  return patterns.length === 0
    ? undefined
    : new RegExp(patterns.map(({ pattern }) => `(?:${pattern.source})`).join('|'), flags);
}

interface Seen {
  context: LineContext;
  text: string;
  subject: Subject;
  count: number;
}

/**
 * Reads the lines of one log: what the catalogue's patterns recognise becomes a fact and a log event, what tells of a
 * failed connection becomes a probe, the same one once with the times it was seen. Call `finish` after the last line.
 */
export class LogScan {
  readonly #sink: FactSink;
  readonly #events = new Map<string, Seen>();
  readonly #probes = new Map<string, { probe: Probe; context: LineContext; at: string | undefined }>();
  #probesFull = false;

  constructor(sink: FactSink) {
    this.#sink = sink;
  }

  read(raw: string, context: LineContext): void {
    const text = raw.length > MAX_LINE ? raw.slice(0, MAX_LINE) : raw;
    const { patterns, maybe, any } = context.patterns;
    if (patterns.length > 0 && maybe?.test(text) !== false && any?.test(text) !== false) {
      for (const pattern of patterns) if (pattern.pattern.test(text)) this.#event(pattern, text, context);
    }
    const failed = failedConnection(text);
    if (failed !== undefined) this.#failed(failed, context);
  }

  /** A failed connection that was recognised elsewhere; `times` it was seen. */
  add(probe: Probe, context: LineContext, times = 1): void {
    const key = JSON.stringify([
      context.subject,
      probe.from,
      probe.to,
      probe.proto,
      probe.error,
      probe.stage,
      probe.server,
    ]);
    const known = this.#probes.get(key);
    if (known !== undefined) {
      known.probe.sent = (known.probe.sent ?? 0) + times;
      if (context.at !== undefined && (known.at === undefined || context.at > known.at)) known.at = context.at;
      return;
    }
    if (this.#probes.size >= MAX_PROBES) {
      if (!this.#probesFull)
        this.#sink.problem(context.line, `more than ${MAX_PROBES} different failed connections: the rest is not read`);
      this.#probesFull = true;
      return;
    }
    this.#probes.set(key, { probe: { ...probe, sent: times }, context, at: context.at });
  }

  finish(): void {
    for (const [key, seen] of this.#events)
      if (seen.count > MAX_EVENTS) this.#recordEvent(key.slice(0, key.indexOf(' ')), seen);
    for (const { probe, context, at } of this.#probes.values()) {
      this.#sink.record('probe', probe, context.line, {
        subject: context.subject,
        ...(at === undefined ? {} : { at }),
      });
    }
  }

  #event(pattern: LogPattern, text: string, context: LineContext): void {
    const subject = placeOf(pattern, context.subject);
    const key = `${pattern.fact} ${subject}`;
    const known = this.#events.get(key);
    if (known === undefined) {
      const seen = { context, text, subject, count: 1 };
      this.#events.set(key, seen);
      this.#sink.fact(pattern.fact, true, context.line, {
        subject,
        ...(context.at === undefined ? {} : { at: context.at }),
      });
      this.#recordEvent(pattern.fact, seen);
      return;
    }
    known.count += 1;
    known.context = context;
    known.text = text;
    if (known.count <= MAX_EVENTS) this.#recordEvent(pattern.fact, known);
  }

  #recordEvent(event: string, { context, text, subject }: Seen): void {
    const kept = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
    this.#sink.record('log-event', { component: context.component, event, text: kept.trim() }, context.line, {
      subject,
      ...(context.at === undefined ? {} : { at: context.at }),
    });
  }

  #failed(failed: FailedConnection, context: LineContext): void {
    const probe: Probe = { to: failed.to, proto: failed.proto, state: 'failing', error: failed.error, origin: 'log' };
    if (failed.stage !== undefined) probe.stage = failed.stage;
    if (failed.server !== undefined) probe.server = failed.server;
    const from = failed.kubeletProbe
      ? context.kubelet
      : failed.byApiServer && !context.component.startsWith('kube-apiserver')
        ? { kind: 'node' as const }
        : context.from;
    if (from !== undefined)
      probe.from = failed.source === undefined || failed.kubeletProbe ? from : { ...from, ip: failed.source };
    else if (failed.source !== undefined && context.subject === CLUSTER) probe.from = { ip: failed.source };
    this.add(probe, context);
  }
}

/**
 * What a line's fact is about. The log of a pod that tells of its node (an agent's) keeps the fact on the pod: where that
 * runs is found out when all objects are read.
 */
function placeOf(pattern: LogPattern, subject: Subject): Subject {
  const kind = kindOf(subject);
  if (pattern.subject === 'cluster') return CLUSTER;
  return kind === pattern.subject || (pattern.subject === 'node' && kind === 'pod') ? subject : CLUSTER;
}
