import type { Flow } from '../facts/flow.js';
import { byCause, type Contender, contendersOf } from './contenders.js';
import { classify, type FlowClass, flowLog } from './flow-classes.js';
import { ELSEWHERE, PRIOR, SHOWS } from './rulebook/numbers.js';
import type { Situation } from './situation.js';
import { chanceSaid, chanceShown } from './weigh.js';

/** Hypotheses that compete in sets of two, and those that compete in sets of three. */
const PAIRED = 40;
const TRIPLED = 8;
/** A cause that no rule knows: it may explain any symptom, none of them well. */
const UNKNOWN_CAUSE = { logPrior: Math.log(PRIOR.rare), breaks: SHOWS.sometimes };
/** Sets below this are not worth a thought when the next question is chosen. */
const LEAST_SET = 1e-6;

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

/** Some causes that are at work together: indices of contenders, and whether one that no rule knows is among them. */
interface CauseSet {
  members: readonly number[];
  unnamed: boolean;
  /** Natural logarithm of prior times likelihood. */
  log: number;
}

/**
 * Ranks the hypotheses by their marginal probability over competing sets of no, one, two and three causes: so two faults
 * are found, and the symptoms of one are not blamed on a second.
 */
export function rank(situation: Situation): Ranking {
  const { flows } = situation;
  const { contenders, bystanders } = contendersOf(situation);
  const classes = classify(contenders, flows);
  const sets = competingSets(contenders, classes);

  const top = Math.max(...sets.map((set) => set.log));
  let total = 0;
  for (const set of sets) total += Math.exp(set.log - top);
  const probable = sets.map((set) => ({ ...set, probability: Math.exp(set.log - top) / total }));
  for (const { members, probability } of probable) {
    for (const member of members) contenders[member]!.probability += probability;
  }

  const alone = contenders.map((contender, index) => contender.logScore + flowLog(classes, [index], 0));
  const order = Array.from(contenders.keys()).sort(
    (a, b) =>
      contenders[b]!.probability - contenders[a]!.probability ||
      alone[b]! - alone[a]! ||
      byCause(contenders[a]!, contenders[b]!),
  );
  const place = new Map(order.map((index, position) => [index, position]));
  return {
    contenders: order.map((index) => contenders[index]!),
    bystanders,
    unknownCause: probable.find((set) => set.unnamed && set.members.length === 0)!.probability,
    sets: probable
      .filter(({ probability }) => probability > LEAST_SET)
      .map(({ members, probability }) => ({ members: members.map((member) => place.get(member)!), probability })),
    symptoms: flows.symptoms.map((index) => flows.flows[index]!),
  };
}

/** Sets of one contender, of two among the best, of three among the leading few, each alone or with an unnamed cause. */
function competingSets(contenders: readonly Contender[], classes: readonly FlowClass[]): CauseSet[] {
  const sets: CauseSet[] = [];
  const add = (members: readonly number[], unnamed: boolean): void => {
    let log = flowLog(classes, members, unnamed ? UNKNOWN_CAUSE.breaks : 0) + (unnamed ? UNKNOWN_CAUSE.logPrior : 0);
    members.forEach((member, position) => {
      log += contenders[member]!.logScore;
      for (const other of members.slice(position + 1)) log += sharedEvidence(contenders[member]!, contenders[other]!);
    });
    sets.push({ members, log, unnamed });
  };
  add([], false);
  add([], true);
  for (const one of contenders.keys()) add([one], false);
  const best = sets
    .filter(({ members }) => members.length === 1)
    .sort((a, b) => b.log - a.log || a.members[0]! - b.members[0]!)
    .slice(0, PAIRED)
    .map(({ members }) => members[0]!);
  best.forEach((one, position) => {
    for (const other of best.slice(position + 1)) add([one, other], false);
  });
  const leading = leadingOf(sets, contenders.length).slice(0, TRIPLED);
  for (const one of leading) add([one], true);
  leading.forEach((one, first) => {
    leading.slice(first + 1).forEach((two, second) => {
      for (const three of leading.slice(first + second + 2)) add([one, two, three], false);
    });
  });
  return sets;
}

/** Contenders by their probability in the sets so far, best first. */
function leadingOf(sets: readonly { members: readonly number[]; log: number }[], count: number): number[] {
  const top = Math.max(...sets.map((set) => set.log));
  const marginal = new Float64Array(count);
  for (const { members, log } of sets) for (const member of members) marginal[member]! += Math.exp(log - top);
  return Array.from(marginal.keys()).sort((a, b) => marginal[b]! - marginal[a]! || a - b);
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
    const alone = ELSEWHERE[mine.evidence.elsewhere];
    const together = chanceShown(chanceShown(SHOWS[mine.of.shows], SHOWS[theirs.of.shows]), alone);
    const elsewhere = mine.answered ? chanceSaid(alone) : alone;
    const both = mine.answered ? chanceSaid(together) : together;
    const joint = mine.verdict === 'present' ? Math.log(both / elsewhere) : Math.log((1 - both) / (1 - elsewhere));
    correction += joint - mine.logRatio - theirs.logRatio;
  }
  return correction;
}
