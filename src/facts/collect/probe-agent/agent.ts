import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { EndpointHint, Probe } from '../../model.js';
import { atOnce } from './at-once.js';
import { probeDns } from './dns-probe.js';
import { probeHttp } from './http-probe.js';
import { sweepMtu } from './mtu-sweep.js';
import { isUnknown, joined, type Outcome } from './outcome.js';
import { PLAIN, probePing } from './ping-probe.js';
import type { PlannedProbe, ProbePlan } from './plan.js';
import { Presence } from './presence.js';
import { resolveName } from './resolving.js';
import { StarvationWatch } from './starvation.js';
import { probeTcp, probeTo } from './tcp-probe.js';
import { probeUdp } from './udp-probe.js';

/** A target whose first attempts all fail is not tried further: each failure takes seconds. */
const FAILURES_ENOUGH = 2;
/** A ping that nobody answers takes this long, and all of them are to be done in what is left of the deadline. */
const SILENT_PING_MS = 3700;
const PINGS_WITHIN_MS = 25_000;
const MOST_PINGS = 40;

/**
 * Makes the probes of a plan from the network namespace it runs in and tells each as soon as it is over, one JSON object a
 * line: `{"podnetProbe":1,…}` first, then `{"probe":{…}}` or `{"unknown":"why","of":{…}}`, and `{"end":{…}}` last, so that
 * the lines of a run that was cut are what was done.
 */
export async function runAgent(plan: ProbePlan, write: (line: string) => void, now?: () => number): Promise<void> {
  await new Agent(plan, write, now ?? (() => performance.now())).run();
}

class Agent {
  readonly #plan: ProbePlan;
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  readonly #over = new AbortController();
  readonly #presence: Presence;
  #lastId = randomInt(0x10000);
  #made = 0;

  constructor(plan: ProbePlan, write: (line: string) => void, now: () => number) {
    this.#plan = plan;
    this.#write = write;
    this.#now = now;
    this.#presence = new Presence(plan.holder);
    // Each attempt that runs listens.
    setMaxListeners(0, this.#over.signal);
  }

  async run(): Promise<void> {
    const { source, groups, probes, deadlineMs } = this.#plan;
    const start = this.#now();
    const watch = new StarvationWatch();
    const deadline = setTimeout(() => this.#over.abort('the time for all probes was up'), deadlineMs);
    this.#tell({ podnetProbe: 1, source, planned: probes.length, groups });
    const pings = probes.filter((probe) => probe.proto === 'icmp');
    const others = probes.filter((probe) => probe.proto !== 'icmp');
    await Promise.all([
      atOnce(
        pings.map((probe) => () => this.#make(probe)),
        this.#pingsAtOnce(pings.length),
      ),
      atOnce(
        others.map((probe) => () => this.#make(probe)),
        this.#plan.atOnce,
      ),
    ]);
    clearTimeout(deadline);
    const gone = this.#presence.gone();
    const ms = Math.round(this.#now() - start);
    this.#tell({ end: { made: this.#made, ms, ...watch.end(), ...(gone === undefined ? {} : { gone }) } });
  }

  /** As many as are asked for, or as it takes to be done in time if nobody answers: they do nothing but wait. */
  #pingsAtOnce(pings: number): number {
    const needed = Math.ceil((pings * SILENT_PING_MS) / PINGS_WITHIN_MS);
    return Math.max(this.#plan.pingsAtOnce, Math.min(needed, MOST_PINGS));
  }

  #tell(line: unknown): void {
    this.#write(`${JSON.stringify(line)}\n`);
  }

  #tellOutcome(probe: PlannedProbe, outcome: Outcome): void {
    if (!isUnknown(outcome) && outcome.state !== 'ok' && !this.#over.signal.aborted) {
      const gone = this.#presence.gone();
      if (gone !== undefined) this.#over.abort(gone);
    }
    // What failed when nothing could be told any more says nothing.
    if (!isUnknown(outcome) && outcome.state !== 'ok' && this.#over.signal.aborted) {
      this.#tellOutcome(probe, { unknown: `broken off: ${String(this.#over.signal.reason)}` });
    } else if (isUnknown(outcome)) this.#tell({ unknown: outcome.unknown, of: subjectOf(probe) });
    else this.#tell({ probe: outcome });
  }

  async #make(probe: PlannedProbe): Promise<void> {
    if (this.#over.signal.aborted) {
      this.#tellOutcome(probe, { unknown: `not made: ${String(this.#over.signal.reason)}` });
      return;
    }
    this.#made += 1;
    const outcome = await this.#outcomeOf(probe);
    this.#tellOutcome(probe, outcome);
    if (probe.proto !== 'icmp' || probe.sweep !== true || isUnknown(outcome) || outcome.to.ip === undefined) return;
    if ((outcome.received ?? 0) === 0) return;
    for (const step of await sweepMtu(outcome.to.ip, this.#over.signal)) this.#tellOutcome(probe, step);
  }

  async #outcomeOf(probe: PlannedProbe): Promise<Outcome> {
    const signal = this.#over.signal;
    const nextId = () => this.#nextId();
    if (probe.proto === 'dns') return this.#repeated(probe.count, () => probeDns(probe, nextId, signal));
    const target = await this.#addressOf(probe);
    if ('outcome' in target) return target.outcome;
    const { to } = target;
    switch (probe.proto) {
      case 'icmp':
        return probePing(to, PLAIN, signal);
      case 'tcp':
        return this.#repeated(probe.count, () => probeTcp({ ...to, port: probe.to.port }, signal));
      case 'udp':
        return probeUdp({ ...to, port: probe.to.port }, signal);
      case 'http': {
        const request = { to: { ...to, port: probe.to.port }, scheme: probe.scheme, path: probe.path };
        return this.#repeated(probe.count, () => probeHttp(request, signal));
      }
    }
  }

  /** Attempts one after another: what works and fails in turn shows only so. */
  async #repeated(count: number | undefined, make: () => Promise<Outcome>): Promise<Outcome> {
    const outcomes: Outcome[] = [];
    let failures = 0;
    for (let i = 0; i < (count ?? 1); i += 1) {
      const outcome = await make();
      outcomes.push(outcome);
      if (isUnknown(outcome)) break;
      if (outcome.state === 'failing') failures += 1;
      if (failures === outcomes.length && failures >= FAILURES_ENOUGH) break;
    }
    return joined(outcomes);
  }

  async #addressOf(
    probe: Exclude<PlannedProbe, { proto: 'dns' }>,
  ): Promise<{ to: { ip: string; name?: string } } | { outcome: Outcome }> {
    const { ip, name, port } = probe.to;
    if (ip !== undefined) return { to: name === undefined ? { ip } : { ip, name } };
    if (name === undefined) return { outcome: { unknown: 'neither an address nor a name is given' } };
    const found = await resolveName(name, this.#plan.resolver, () => this.#nextId(), this.#over.signal);
    if ('unknown' in found) return { outcome: found };
    if ('ip' in found) return { to: { ip: found.ip, name } };
    const to: EndpointHint = port === undefined ? { name } : { name, port };
    const outcome: Probe = { ...probeTo(to, probe.proto), state: 'failing', stage: 'resolve' };
    return { outcome: found.error === undefined ? outcome : { ...outcome, error: found.error } };
  }

  #nextId(): number {
    this.#lastId = (this.#lastId + randomInt(1, 0x8000)) & 0xffff;
    return this.#lastId;
  }
}

/** What a line that tells no outcome is about. */
function subjectOf(probe: PlannedProbe): Record<string, unknown> {
  if (probe.proto === 'dns')
    return { proto: probe.proto, name: probe.name, server: probe.server, transport: probe.transport };
  return { proto: probe.proto, ...probe.to };
}
