import type { Flow } from '../facts/flow.js';
import type { Subject, SubjectKind } from '../facts/model.js';
import { CLUSTER } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import { Breakage } from './breakage.js';
import type { FlowIndex } from './flow-index.js';
import type { Verdict } from './kleene.js';
import type { Cause, Evidence } from './rulebook/types.js';
import { type Situation, verdictOn } from './situation.js';
import { isAnswered, isToldOnly, totalLogRatio, weigh } from './weigh.js';

/** A cause on a set of subjects. */
export interface Hypothesis {
  cause: Cause;
  /** Sorted. Empty: at work on a subject that the input does not name. */
  subjects: Subject[];
  breakage: Breakage;
  /** Whether direct evidence is present on one of its subjects that the symptoms pass. */
  proven: boolean;
}

/** How many always-broken flows that work outweigh one symptom, when subjects are picked by symptoms alone. */
const WORKING_WEIGHT = 3;
/** A symptom whose error does not fit the signature never chooses a subject. */
const LEAST_FIT = 0.2;
/** A subject through which nearly everything works is not chosen for the little that fails. */
const LEAST_SHARE = 0.1;
/** Flows that reached a Service: more of them tell no more. */
const WORKING_KEPT = 20;
/** Above this a break counts as one that a working flow contradicts. */
const STRONG = 0.6;

/** What a subject would explain, and what speaks against it. */
interface Gain {
  /** Indices of symptoms. */
  failing: Set<number>;
  working: number;
  /** Natural logarithm of the likelihood ratio of all that is known of the subject itself. */
  evidence: number;
}

/** One hypothesis a cause: on the subjects that direct evidence and symptoms point to. */
export function hypothesesOf(situation: Situation): Hypothesis[] {
  const evidence = new Map(situation.rulebook.evidence.map((item) => [item.id, item]));
  const found: Hypothesis[] = [];
  const working = workingServices(situation);
  for (const cause of situation.rulebook.causes) {
    if (cause.signature.breaks.length === 0) continue;
    const hypothesis = hypothesisOf(situation, cause, evidence, working);
    if (hypothesis !== undefined) found.push(hypothesis);
  }
  return found;
}

function hypothesisOf(
  situation: Situation,
  cause: Cause,
  evidence: ReadonlyMap<string, Evidence>,
  working: ReadonlyMap<string, readonly Flow[]>,
): Hypothesis | undefined {
  const { store, flows, relatives } = situation;
  const breakage = new Breakage(cause, store);
  const everywhere = cause.scope === 'cluster' ? [CLUSTER] : relatives.all(cause.scope as SubjectKind);
  const possible = everywhere.filter(
    (subject) =>
      meetsRequirements(store, cause, subject) &&
      !cause.excludes.some((id) => isRuledOutBy(situation, evidence.get(id)!, subject)),
  );
  if (possible.length === 0 && everywhere.length > 0) return undefined;
  const direct = cause.evidence.filter((item) => item.direct).map((item) => evidence.get(item.id)!);
  const proof = new Map<Subject, Verdict>();
  for (const subject of possible)
    proof.set(subject, proofOf(direct.map((item) => verdictOn(situation, item, subject))));

  const allowed = new Set(possible);
  /** Whether somebody reached the same Service by a way that the cause would break as well. */
  const isServed = (flow: Flow): boolean =>
    working.get(serviceOf(flow) ?? '')?.some((other) => breakage.strengthOnWorking(other) >= STRONG) === true;
  const gain = new Map<Subject, Gain>();
  const open = new Set<number>();
  let nowhere = false;
  for (const index of flows.symptoms) {
    const flow = flows.flows[index]!;
    if (!breakage.touches(flow)) continue;
    let known = false;
    for (const [subject, chance] of breakage.candidates(flow)) {
      if (!allowed.has(subject) || chance < LEAST_FIT) continue;
      let entry = gain.get(subject);
      if (entry === undefined) {
        entry = { failing: new Set(), working: 0, evidence: 0 };
        gain.set(subject, entry);
      }
      entry.failing.add(index);
      known = true;
    }
    if (known) open.add(index);
    else if (!(cause.scope === 'service' && isServed(flow)) && breakage.mayExplainSomewhere(flow)) nowhere = true;
  }
  // A cluster has no other subject to choose in its place: what works there is weighed by the ranking.
  if (cause.scope !== 'cluster') {
    for (const [subject, entry] of gain) {
      entry.working = contradictions(flows, breakage, subject, entry.failing.size);
      entry.evidence = totalLogRatio(weigh(situation, cause, [subject]));
    }
  }

  const proven = possible.filter((subject) => proof.get(subject) === 'present');
  const touched = proven.filter((subject) => (gain.get(subject)?.failing.size ?? 0) > 0);
  const chosen = new Set(touched);
  for (const subject of chosen) for (const index of gain.get(subject)!.failing) open.delete(index);
  // Where it was not looked, symptoms may show the cause; where it was looked for and not found, only as a last resort.
  const unsampled = possible.filter((subject) => proof.get(subject) === 'unknown');
  const lookedAt = possible.filter((subject) => proof.get(subject) === 'absent');
  // Beside subjects that are proven, what fails elsewhere may as well be another fault: only where nothing works that the
  // cause would break is it the same.
  cover(
    touched.length === 0 ? unsampled : unsampled.filter((subject) => gain.get(subject)?.working === 0),
    gain,
    open,
    chosen,
  );
  // What was found on one node makes the same likelier on nodes that nobody looked at.
  const borrowed = touched.length === 0 && chosen.size > 0 && proven.length > 0;
  if (borrowed) for (const subject of proven) chosen.add(subject);
  if (chosen.size === 0 && proven.length === 0) cover(lookedAt, gain, open, chosen);
  if (chosen.size === 0) {
    // What is known of the cluster alone proves the cause, and says nothing of where.
    const own = direct.filter((item) => item.subject !== 'cluster' || cause.scope === 'cluster');
    for (const subject of proven) {
      if (own.some((item) => verdictOn(situation, item, subject) === 'present')) chosen.add(subject);
    }
    if (proven.length === 0 && !nowhere) {
      for (const subject of sufferingOf(situation, cause, evidence, unsampled.length > 0 ? unsampled : lookedAt))
        chosen.add(subject);
      if (chosen.size === 0) return undefined;
    }
  }
  if (cause.scope === 'node' && chosen.size > 1 && chosen.size === everywhere.length - 1 && touched.length === 0) {
    // All nodes but one explain what all nodes do: the set that names none of them apart is the simpler one.
    for (const subject of unsampled) if ((gain.get(subject)?.failing.size ?? 0) > 0) chosen.add(subject);
  }
  const subjects = [...chosen].sort();
  const isProven =
    !borrowed &&
    proven.length > 0 &&
    (subjects.length === 0 || subjects.some((subject) => proof.get(subject) === 'present')) &&
    (subjects.length === 0 ? proven : subjects).some((subject) =>
      direct.some(
        // What only a person can know a person proves; what an output would show is shown by the output.
        (item) =>
          verdictOn(situation, item, subject) === 'present' &&
          (isToldOnly(item) || !isAnswered(situation, item, subject)),
      ),
    );
  return { cause, subjects, breakage, proven: isProven };
}

/**
 * Where no flow is known to fail, subjects on which something else is seen that the cause brings about and people complain
 * of: a node that is not ready, pods that do not start.
 */
function sufferingOf(
  situation: Situation,
  cause: Cause,
  evidence: ReadonlyMap<string, Evidence>,
  subjects: readonly Subject[],
): Subject[] {
  if (situation.flows.symptoms.length > 0) return [];
  const complained = cause.evidence.map(({ id }) => evidence.get(id)!).filter(({ symptom }) => symptom === true);
  return subjects.filter((subject) => complained.some((item) => verdictOn(situation, item, subject) === 'present'));
}

/** What reached a Service address: what is wrong with a Service itself is wrong for all that ask it. */
function workingServices({ flows }: Situation): ReadonlyMap<string, readonly Flow[]> {
  const found = new Map<string, Flow[]>();
  for (const flow of flows.flows) {
    const { kind } = flow.to;
    if (flow.state !== 'ok' || (kind !== 'clusterip' && kind !== 'nodeport' && kind !== 'loadbalancer')) continue;
    const service = serviceOf(flow);
    if (service === undefined) continue;
    const own = found.get(service);
    if (own === undefined) found.set(service, [flow]);
    else if (own.length < WORKING_KEPT) own.push(flow);
  }
  return found;
}

/** Address, port and protocol, where an address is known. */
function serviceOf({ to, proto }: Flow): string | undefined {
  // Every node has the Service at its port.
  if (to.kind === 'nodeport' && to.port !== undefined) return `nodeport ${to.port}`;
  return to.ip === undefined ? undefined : `${to.ip} ${to.port ?? ''} ${proto === 'icmp' ? 'icmp' : ''}`;
}

/** A person's word alone rules nothing out. */
function isRuledOutBy(situation: Situation, evidence: Evidence, subject: Subject): boolean {
  return verdictOn(situation, evidence, subject) === 'present' && !isAnswered(situation, evidence, subject);
}

/** Looked for and not found is absent, even where other looks that would have proved it were not taken. */
function proofOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('present')) return 'present';
  return verdicts.includes('absent') ? 'absent' : 'unknown';
}

/**
 * Flows that pass a subject, that the cause would all but always break there, and that work. Counts no further than it
 * takes to rule the subject out.
 */
function contradictions(flows: FlowIndex, breakage: Breakage, subject: Subject, failing: number): number {
  const enough = (failing * (1 / LEAST_SHARE - 1)) / WORKING_WEIGHT;
  let working = 0;
  for (const index of flows.passing(subject)) {
    const flow = flows.flows[index]!;
    if (flow.state !== 'ok' || breakage.chanceOn(flow, subject) < STRONG) continue;
    working += 1;
    if (working > enough) break;
  }
  return working;
}

/** Greedily adds the subject that explains most open symptoms, as long as what works through it does not outweigh them. */
function cover(
  subjects: readonly Subject[],
  gain: ReadonlyMap<Subject, Gain>,
  open: Set<number>,
  chosen: Set<Subject>,
): void {
  const left = new Set(subjects.filter((subject) => (gain.get(subject)?.failing.size ?? 0) > 0));
  while (open.size > 0 && left.size > 0) {
    let best: Subject | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const subject of left) {
      const entry = gain.get(subject)!;
      let covers = 0;
      for (const index of entry.failing) if (open.has(index)) covers += 1;
      if (covers === 0) {
        left.delete(subject);
        continue;
      }
      // The share of what passes the subject and fails, and what is known of it; more symptoms decide between equals.
      const share = covers / (covers + WORKING_WEIGHT * entry.working);
      const score = Math.log(share) + entry.evidence + covers / 1e6;
      if (share >= LEAST_SHARE && score > bestScore) {
        best = subject;
        bestScore = score;
      }
    }
    if (best === undefined) return;
    chosen.add(best);
    left.delete(best);
    for (const index of gain.get(best)!.failing) open.delete(index);
  }
}

function meetsRequirements(store: FactStore, cause: Cause, subject: Subject): boolean {
  for (const [fact, values] of Object.entries(cause.requires)) {
    const value = store.value(subject, fact) ?? store.value(CLUSTER, fact);
    if (value !== undefined && !values.includes(String(value))) return false;
  }
  return true;
}
