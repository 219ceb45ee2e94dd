import type { Flow } from '../../facts/flow.js';
import type { Subject } from '../../facts/model.js';
import { CLUSTER } from '../../facts/model.js';
import { LEAK } from '../flow-classes.js';
import { reasonUnknown } from '../next.js';
import type { Ranking } from '../rank.js';
import { COST, ELSEWHERE, SHOWS } from '../rulebook/numbers.js';
import type { Cost, Evidence, LegQuestion, Question } from '../rulebook/types.js';
import { type Situation, verdictOn } from '../situation.js';
import { isToldOnly } from '../weigh.js';
import { type Sets, worthOf } from './gain.js';
import { whereabouts } from './whereabouts.js';
import { wholeCommands } from './whole-command.js';

/** Contenders whose evidence is worth asking for. */
const LEADING = 24;
/** Bits below which an answer would not change what to do. */
const LEAST_GAIN = 0.02;
/** Sets that hardly count do not count when a question is chosen. */
const LEAST_SET = 1e-4;
/** What it is worth, in bits, to see the proof of the cause that leads. */
const PROOF = 0.4;
/** From here on a cause whose proof cannot be had is acted upon. */
const SETTLED = 0.9;
/** The same for one that is proven, as long as no other comes near it. */
const PROVEN = 0.75;
const RIVAL = 0.1;
/** What a person knows without looking costs less than a look. */
export const KNOWN = 0.25;
/** The share of its usual chance to be answered that something has which was tried in vain. */
const TRIED_IN_VAIN = 0.2;
/** Outputs asked for in one paste, and what each more of them costs, of a look. */
const OUTPUTS = 8;
const ONE_MORE = 0.05;
/** Statements offered for one output; its paste tells all that it holds. */
const STATEMENTS = 2;
/** How much of its gain is its own of each more evidence of one output, and of each more output. */
const OWN = 0.7;
const APART = 0.9;

/** A leg question about given nodes, with the flow that its answer would be. */
export interface AskableLeg {
  id: string;
  question: LegQuestion;
  /** As if it failed. */
  flow: Flow;
}

/** A question that is worth asking, in the order of what it is worth for what it costs. */
export type Chosen = {
  id: string;
  gain: number;
  cost: Cost;
  /** Gain for cost, times the chance of an answer. */
  value: number;
  /** Contenders that the answer parts, as indices. */
  parts: number[];
} & (
  | { kind: 'leg'; leg: AskableLeg }
  | { kind: 'yes-no'; question: Question }
  | { kind: 'output'; on: Subject; evidence: Evidence[] }
);

/** What was asked before. */
export interface History {
  /** Whether a leg or yes-no question, or an evidence at a place, was answered already, be it with "don't know". */
  asked(id: string, on?: Subject): boolean;
  /** Whether an output at a place was asked for and the person did not know: it may be asked for again, last. */
  declined(evidence: string, on: Subject): boolean;
  /** The chance that a question of a kind can be answered by this person, by what was answered so far. */
  answerable(kind: Chosen['kind']): number;
}

/** Why there is nothing more to ask. */
export type Done = 'proven' | 'sure' | 'no-gain';

/** An evidence that is not known, where it would be looked for. */
interface Open {
  evidence: Evidence;
  on: Subject;
  /** Index of a contender to P(present there | it). */
  shows: Map<number, number>;
  /** Somebody tried to learn it and could not. */
  inVain: boolean;
}

/** Ids of single statements: an output question names the evidence that it is after. */
export function outputId(on: Subject, evidence: readonly Evidence[]): string {
  return `output@${on}:${evidence.map(({ id }) => id).join('+')}`;
}

/**
 * What to ask next: the largest expected information about the competing sets of causes per cost, times the chance that
 * it can be answered. A pure function of what is known; nothing is judged again.
 */
export function chooseQuestions(
  situation: Situation,
  ranking: Ranking,
  legs: readonly AskableLeg[],
  history: History,
): { chosen: Chosen[]; done?: Done } {
  const [leader] = ranking.contenders;
  if (leader === undefined) return { chosen: [], done: 'no-gain' };
  const where = ranking.contenders.map((contender) => whereabouts(situation, contender));
  const sets = ranking.sets.filter(({ probability }) => probability > LEAST_SET);
  const open = openEvidence(situation, ranking, where, history);
  const proofs = openProofs(ranking, open);
  const explainsAll = leader.explains.length === ranking.symptoms.length;
  const sure = leader.probability >= SETTLED && explainsAll;
  const rival = ranking.contenders[1]?.probability ?? 0;
  // What is proven wrong and explains everything is put right first, whatever else might be at work besides.
  const proven = leader.hypothesis.proven && leader.probability >= PROVEN && rival <= RIVAL;
  if (proven && explainsAll) return { chosen: [], done: 'proven' };
  if (sure && proofs.size === 0) return { chosen: [], done: 'sure' };

  const chosen = [
    ...legQuestions(ranking, where, sets, legs, history),
    ...yesNoQuestions(situation, sets, open, history),
    ...outputQuestions(sets, open, proofs, history.answerable('output')),
  ].sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return chosen.length === 0 ? { chosen, done: sure ? 'sure' : 'no-gain' } : { chosen };
}

function legQuestions(
  ranking: Ranking,
  where: readonly ReadonlyMap<Subject, number>[],
  sets: Sets,
  legs: readonly AskableLeg[],
  history: History,
): Chosen[] {
  const found: Chosen[] = [];
  for (const leg of legs) {
    if (history.asked(leg.id)) continue;
    const shows = new Map<number, number>();
    ranking.contenders.forEach(({ hypothesis }, index) => {
      const { breakage, subjects, cause } = hypothesis;
      const places = where[index]!;
      let fails = 0;
      if (cause.scope === 'cluster' || subjects.length > 1 || places.size === 0)
        fails = breakage.probability(leg.flow, new Set(subjects));
      else for (const [subject, share] of places) fails += share * breakage.chanceOn(leg.flow, subject);
      if (fails > 0) shows.set(index, fails);
    });
    const { gain } = worthOf(sets, shows, LEAK, 'strongest', true);
    if (gain < LEAST_GAIN) continue;
    const { cost } = leg.question;
    const value = (gain / COST[cost]) * history.answerable('leg');
    found.push({ id: leg.id, kind: 'leg', leg, gain, cost, value, parts: parted(shows) });
  }
  return found;
}

function yesNoQuestions({ rulebook }: Situation, sets: Sets, open: readonly Open[], history: History): Chosen[] {
  const found: Chosen[] = [];
  for (const question of rulebook.questions) {
    if (history.asked(question.id)) continue;
    let best: Chosen | undefined;
    for (const { evidence, shows } of open) {
      if (evidence.facts.length !== 1 || evidence.facts[0] !== question.fact) continue;
      const { gain } = worthOf(sets, shows, ELSEWHERE[evidence.elsewhere], 'noisy-or', true);
      const { id, cost } = question;
      const value = (gain / (COST[cost] * KNOWN)) * history.answerable('yes-no');
      if (gain >= LEAST_GAIN && gain > (best?.gain ?? 0))
        best = { id, kind: 'yes-no', question, gain, cost, value, parts: parted(shows) };
    }
    if (best !== undefined) found.push(best);
  }
  return found;
}

/** A command at a place, with what its output would tell. */
interface Output {
  command: string;
  items: Open[];
  cost: Cost;
  /** Bits, as far as evidence of one output has its own to tell. */
  gain: number;
  /** The same with what a proof is worth, and the chance that it can be had. */
  worth: number;
}

/** One paste a place: the outputs that tell most there, as many as are worth their while. */
function outputQuestions(sets: Sets, open: readonly Open[], proofs: ReadonlySet<Open>, answerable: number): Chosen[] {
  const found: Chosen[] = [];
  const looked = open.filter(({ evidence }) => evidence.collect !== '' && !isToldOnly(evidence));
  for (const [on, items] of groupedBy(looked, (item) => item.on)) {
    const outputs = [...groupedBy(items, (item) => wholeCommands(item.evidence.collect).join('; '))]
      .map(([command, shown]) => outputOf(command, shown, sets, proofs, answerable))
      .filter(({ worth }) => worth >= LEAST_GAIN)
      .sort((a, b) => b.worth / COST[b.cost] - a.worth / COST[a.cost] || (a.command < b.command ? -1 : 1));
    if (outputs.length === 0) continue;
    const { batch, value } = bestBatch(outputs);
    const shown = batch.flatMap((output) => output.items);
    const evidence = shown.map((item) => item.evidence);
    const parts = [...new Set(shown.flatMap(({ shows }) => parted(shows)))].sort((a, b) => a - b);
    const cost = batch.map((output) => output.cost).reduce((a, b) => (COST[a] >= COST[b] ? a : b));
    const gain = batch.reduce((sum, output, index) => sum + output.gain * APART ** index, 0);
    found.push({ id: outputId(on, evidence), kind: 'output', on, evidence, gain, cost, value, parts });
  }
  return found;
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function outputOf(
  command: string,
  items: readonly Open[],
  sets: Sets,
  proofs: ReadonlySet<Open>,
  answerable: number,
): Output {
  const told = items
    .map((item) => {
      const { gain } = worthOf(sets, item.shows, ELSEWHERE[item.evidence.elsewhere], 'noisy-or', false);
      const worth = (proofs.has(item) ? Math.max(gain, PROOF) : gain) * answerable * (item.inVain ? TRIED_IN_VAIN : 1);
      return { item, gain, worth };
    })
    .sort((a, b) => b.worth - a.worth || (a.item.evidence.id < b.item.evidence.id ? -1 : 1))
    .slice(0, STATEMENTS);
  return {
    command,
    items: told.map(({ item }) => item),
    cost: told[0]!.item.evidence.cost,
    gain: told.reduce((sum, { gain }, index) => sum + gain * OWN ** index, 0),
    worth: told.reduce((sum, { worth }, index) => sum + worth * OWN ** index, 0),
  };
}

function bestBatch(sorted: readonly Output[]): { batch: Output[]; value: number } {
  let best: { batch: Output[]; value: number } = { batch: [], value: 0 };
  const batch: Output[] = [];
  let worth = 0;
  for (const output of sorted.slice(0, OUTPUTS)) {
    worth += output.worth * APART ** batch.length;
    batch.push(output);
    const value = worth / batchCost(batch.map(({ command, cost }) => ({ collect: command, cost })));
    if (value > best.value) best = { batch: [...batch], value };
  }
  return best;
}

/** What it costs to run several commands at one place and paste what they print: the dearest, and a little for each more. */
export function batchCost(evidence: readonly Pick<Evidence, 'cost' | 'collect'>[]): number {
  const commands = new Map(evidence.map(({ collect, cost }) => [collect, COST[cost]]));
  return Math.max(...commands.values()) + ONE_MORE * (commands.size - 1);
}

function openEvidence(
  situation: Situation,
  ranking: Ranking,
  where: readonly ReadonlyMap<Subject, number>[],
  history: History,
): Open[] {
  const open = new Map<string, Open | undefined>();
  const note = (index: number, evidence: Evidence, on: Subject, shows: number): void => {
    const key = `${evidence.id}@${on}`;
    if (!open.has(key))
      open.set(key, isOpen(situation, evidence, on, history) ? openOn(situation, evidence, on, history) : undefined);
    const item = open.get(key);
    if (item !== undefined) item.shows.set(index, Math.max(item.shows.get(index) ?? 0, shows));
  };
  ranking.contenders.slice(0, LEADING).forEach((contender, index) => {
    const all = [
      ...contender.weighed.map((item) => ({ item, chance: 1 })),
      ...contender.antecedents.flatMap(({ weighed, probability }) =>
        weighed.map((item) => ({ item, chance: probability })),
      ),
    ];
    const places = where[index]!;
    for (const { item, chance } of all) {
      if (item.tooLate) continue;
      const shows = SHOWS[item.of.shows] * chance;
      if (item.evidence.subject === 'cluster' || places.size === 0) note(index, item.evidence, CLUSTER, shows);
      else for (const [subject, share] of places) note(index, item.evidence, subject, shows * share);
    }
  });
  return [...open.values()].filter((item) => item !== undefined);
}

function isOpen(situation: Situation, evidence: Evidence, on: Subject, history: History): boolean {
  return !history.asked(evidence.id, on) && verdictOn(situation, evidence, on) === 'unknown';
}

function openOn(situation: Situation, evidence: Evidence, on: Subject, history: History): Open {
  const inVain =
    history.declined(evidence.id, on) || reasonUnknown(situation, evidence, on === CLUSTER ? [] : [on]) !== undefined;
  return { evidence, on, shows: new Map(), inVain };
}

/** Evidence that would prove the leading cause, which nothing proves yet. */
function openProofs({ contenders: [leader] }: Ranking, open: readonly Open[]): ReadonlySet<Open> {
  if (leader === undefined || leader.hypothesis.proven) return new Set();
  const direct = new Set(leader.weighed.filter((item) => item.of.direct).map((item) => item.evidence.id));
  return new Set(open.filter((item) => direct.has(item.evidence.id) && item.shows.has(0) && !item.inVain));
}

/** The contenders that speak up for an answer, and the leading one, which the answer parts from them. */
function parted(shows: ReadonlyMap<number, number>): number[] {
  return [...new Set([0, ...shows.keys()])].sort((a, b) => a - b);
}
