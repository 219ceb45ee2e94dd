import type { Flow } from '../facts/flow.js';
import { isSymptom } from '../facts/flow.js';
import type { FlowIndex } from './flow-index.js';
import { type Hypothesis, hypothesesOf } from './hypotheses.js';
import { ELSEWHERE, PRIOR, SHOWS } from './rulebook/numbers.js';
import type { Situation } from './situation.js';
import { type Antecedent, antecedentsOf, chanceShown, totalLogRatio, type Weighed, weigh } from './weigh.js';

/** P(a flow that ought to work does not | no cause that touches it): one attempt in a hundred fails for no reason of ours. */
const LEAK = 0.01;
/** Hypotheses that compete in sets of two, and those that compete in sets of three. */
const PAIRED = 40;
const TRIPLED = 8;
/** Flows that the leading hypotheses do not tell apart weigh as one, however many others would. */
const TELLING = 6;
/** A cause that no rule knows: it may explain any symptom, none of them well. */
const UNKNOWN_CAUSE = { logPrior: Math.log(PRIOR.rare), breaks: SHOWS.sometimes };
/** From here on a hypothesis is said to explain a symptom. */
export const EXPLAINS = 0.25;

export interface Contender {
  hypothesis: Hypothesis;
  weighed: Weighed[];
  antecedents: Antecedent[];
  /** Marginal over the competing sets. */
  probability: number;
  /** Symptoms that it explains. */
  explains: Flow[];
  /** Prior and evidence, without the flows: natural logarithm. */
  logScore: number;
  /** The same with the flows, as if there were no other hypothesis. */
  scoreAlone: number;
  /** P(does not work | the hypothesis) by index of the flow; flows that it does not touch are not there. */
  breaks: ReadonlyMap<number, number>;
}

export interface Ranking {
  /** Explaining at least one symptom or, where none is known, resting on evidence alone; best first. */
  contenders: Contender[];
  /** Shown by evidence, touching no symptom. */
  bystanders: Contender[];
  /** Probability that a cause is at work that no rule knows. */
  unknownCause: number;
  /** Sets of contenders that compete, with their probabilities: indices into `contenders`. */
  sets: { members: readonly number[]; probability: number }[];
  symptoms: Flow[];
}

/** Flows that no hypothesis tells apart: they count once, whatever their number. */
interface FlowClass {
  failing: boolean;
  /** P(breaks) by each contender. */
  breaks: Float64Array;
  /** 1 over the number of classes that the leading hypotheses do not tell apart from this one. */
  weight: number;
}

export function rank(situation: Situation): Ranking {
  const { flows } = situation;
  const symptoms = flows.symptoms.map((index) => flows.flows[index]!);

  const contenders: Contender[] = [];
  const bystanders: Contender[] = [];
  for (const hypothesis of hypothesesOf(situation)) {
    const weighed = weigh(situation, hypothesis.cause, hypothesis.subjects);
    const { antecedents, logRatio } = antecedentsOf(situation, hypothesis);
    const breaks = breaksOf(flows, hypothesis);
    const explains = flows.symptoms
      .filter((index) => (breaks.get(index) ?? 0) >= EXPLAINS)
      .map((index) => flows.flows[index]!);
    const logScore = Math.log(PRIOR[hypothesis.cause.prior]) + totalLogRatio(weighed) + logRatio;
    const contender: Contender = {
      hypothesis,
      weighed,
      antecedents,
      probability: 0,
      explains,
      breaks,
      logScore,
      scoreAlone: scoreAlone(flows, breaks, logScore),
    };
    if (explains.length > 0) contenders.push(contender);
    else if (hypothesis.proven) (symptoms.length > 0 ? bystanders : contenders).push(contender);
  }

  contenders.sort((a, b) => b.scoreAlone - a.scoreAlone || compare(a, b));
  const classes = classify(contenders, flows);
  const alone = contenders.map((contender, index) => contender.logScore + flowLog(classes, [index], false));
  const order = contenders
    .map((_, index) => index)
    .sort((a, b) => alone[b]! - alone[a]! || compare(contenders[a]!, contenders[b]!));
  const best = order.slice(0, PAIRED);

  const sets: { members: readonly number[]; log: number; unknown: boolean }[] = [];
  const add = (members: readonly number[], unknown: boolean): void => {
    let log = flowLog(classes, members, unknown) + (unknown ? UNKNOWN_CAUSE.logPrior : 0);
    for (const member of members) log += contenders[member]!.logScore;
    for (let i = 0; i < members.length; i++) {
      for (let j = i + 1; j < members.length; j++)
        log += sharedEvidence(contenders[members[i]!]!, contenders[members[j]!]!);
    }
    sets.push({ members, log, unknown });
  };
  add([], false);
  add([], true);
  for (const one of order) add([one], false);
  for (let i = 0; i < best.length; i++) for (let j = i + 1; j < best.length; j++) add([best[i]!, best[j]!], false);
  const leading = leadingOf(sets, contenders.length).slice(0, TRIPLED);
  for (const one of leading) add([one], true);
  for (let i = 0; i < leading.length; i++) {
    for (let j = i + 1; j < leading.length; j++) {
      for (let k = j + 1; k < leading.length; k++) add([leading[i]!, leading[j]!, leading[k]!], false);
    }
  }

  const top = Math.max(...sets.map((set) => set.log));
  let total = 0;
  for (const set of sets) total += Math.exp(set.log - top);
  let unknownCause = 0;
  const weightedSets: { members: readonly number[]; probability: number }[] = [];
  for (const set of sets) {
    const probability = Math.exp(set.log - top) / total;
    for (const member of set.members) contenders[member]!.probability += probability;
    if (set.unknown && set.members.length === 0) unknownCause += probability;
    if (probability > 1e-6) weightedSets.push({ members: set.members, probability });
  }

  const byProbability = contenders
    .map((_, index) => index)
    .sort(
      (a, b) =>
        contenders[b]!.probability - contenders[a]!.probability ||
        alone[b]! - alone[a]! ||
        compare(contenders[a]!, contenders[b]!),
    );
  const place = new Map(byProbability.map((index, position) => [index, position]));
  return {
    contenders: byProbability.map((index) => contenders[index]!),
    bystanders: bystanders.sort((a, b) => b.logScore - a.logScore || compare(a, b)),
    unknownCause,
    sets: weightedSets.map((set) => ({
      members: set.members.map((member) => place.get(member)!),
      probability: set.probability,
    })),
    symptoms,
  };
}

/** Contenders by their probability in the sets so far, best first. */
function leadingOf(sets: readonly { members: readonly number[]; log: number }[], count: number): number[] {
  const top = Math.max(...sets.map((set) => set.log));
  const marginal = new Float64Array(count);
  for (const { members, log } of sets) for (const member of members) marginal[member]! += Math.exp(log - top);
  return Array.from(marginal.keys()).sort((a, b) => marginal[b]! - marginal[a]! || a - b);
}

function compare(a: Contender, b: Contender): number {
  return a.hypothesis.cause.id < b.hypothesis.cause.id ? -1 : a.hypothesis.cause.id > b.hypothesis.cause.id ? 1 : 0;
}

/** What a hypothesis does to the flows that it touches: those of its subjects, and symptoms of unknown whereabouts. */
function breaksOf(flows: FlowIndex, { breakage, subjects, cause }: Hypothesis): Map<number, number> {
  const found = new Map<number, number>();
  const members = new Set(subjects);
  const look = (index: number): void => {
    if (found.has(index)) return;
    const probability = breakage.probability(flows.flows[index]!, members);
    if (probability > 0) found.set(index, probability);
  };
  if (cause.scope === 'cluster') for (let index = 0; index < flows.flows.length; index++) look(index);
  else for (const subject of subjects) for (const index of flows.passing(subject)) look(index);
  for (const index of flows.symptoms) look(index);
  return found;
}

/**
 * A hypothesis by itself, before others tell flows apart that it does not: each probability with which it breaks flows
 * counts once for what fails and once for what works.
 */
function scoreAlone(flows: FlowIndex, breaks: ReadonlyMap<number, number>, logScore: number): number {
  const failing = new Set<number>();
  const working = new Set<number>();
  for (const [index, probability] of breaks) (isSymptom(flows.flows[index]!) ? failing : working).add(probability);
  if (flows.symptoms.some((index) => !breaks.has(index))) failing.add(0);
  let score = logScore;
  for (const probability of failing) score += Math.log(1 - (1 - LEAK) * (1 - probability));
  for (const probability of working) score += Math.log(1 - probability);
  return score;
}

/**
 * Contenders best first: the first few decide which flows weigh as one. Classes are split contender by contender, and
 * only flows that a contender touches are looked at.
 */
function classify(contenders: readonly Contender[], flows: FlowIndex): FlowClass[] {
  const classOf = new Int32Array(flows.flows.length);
  for (const index of flows.symptoms) classOf[index] = 1;
  let count = 2;
  let told: Int32Array | undefined;
  contenders.forEach((contender, position) => {
    if (position === TELLING) told = classOf.slice();
    const split = new Map<string, number>();
    for (const [index, probability] of contender.breaks) {
      const key = `${classOf[index]}:${probability}`;
      let next = split.get(key);
      if (next === undefined) {
        next = count;
        count += 1;
        split.set(key, next);
      }
      classOf[index] = next;
    }
  });
  told ??= classOf;
  const classes = new Map<number, { flowClass: FlowClass; told: number }>();
  const alike = new Map<number, number>();
  for (let index = 0; index < classOf.length; index++) {
    const id = classOf[index]!;
    if (classes.has(id)) continue;
    const breaks = Float64Array.from(contenders, (contender) => contender.breaks.get(index) ?? 0);
    const group = told[index]!;
    classes.set(id, { flowClass: { failing: isSymptom(flows.flows[index]!), breaks, weight: 1 }, told: group });
    alike.set(group, (alike.get(group) ?? 0) + 1);
  }
  return Array.from(classes.values(), ({ flowClass, told: group }) => ({
    ...flowClass,
    weight: 1 / alike.get(group)!,
  }));
}

/**
 * log P(what the flows did | the causes of the set), relative to no cause for what works. A symptom is credited to the
 * cause of the set that explains it best, not to all of them (noisy-or would be): how often a cause breaks a leg is a
 * guess that is wrong for all flows of the leg alike, and many such guesses would buy a second cause its way into the set.
 */
function flowLog(classes: readonly FlowClass[], members: readonly number[], unknown: boolean): number {
  let log = 0;
  for (const { failing, breaks, weight } of classes) {
    if (failing) {
      let best = unknown ? UNKNOWN_CAUSE.breaks : 0;
      for (const member of members) best = Math.max(best, breaks[member]!);
      log += weight * Math.log(1 - (1 - LEAK) * (1 - best));
    } else {
      let works = 1;
      for (const member of members) works *= 1 - breaks[member]!;
      log += weight * Math.log(works);
    }
  }
  return log;
}

/**
 * What two causes that show the same evidence were credited for twice: the correction from the sum of their ratios to
 * that of both together (noisy-or).
 */
function sharedEvidence(a: Contender, b: Contender): number {
  let correction = 0;
  for (const mine of a.weighed) {
    if (mine.repeats || mine.verdict === 'unknown') continue;
    const theirs = b.weighed.find(
      (item) => item.evidence.id === mine.evidence.id && !item.repeats && item.verdict === mine.verdict,
    );
    if (theirs === undefined) continue;
    // What is known of the cluster is one finding, whichever nodes the two are thought to be on.
    const apart = !theirs.subjects.some((subject) => mine.subjects.includes(subject));
    if (apart && mine.evidence.subject !== 'cluster') continue;
    const elsewhere = ELSEWHERE[mine.evidence.elsewhere];
    const both = chanceShown(chanceShown(SHOWS[mine.of.shows], SHOWS[theirs.of.shows]), elsewhere);
    const joint = mine.verdict === 'present' ? Math.log(both / elsewhere) : Math.log((1 - both) / (1 - elsewhere));
    correction += joint - mine.logRatio - theirs.logRatio;
  }
  return correction;
}
