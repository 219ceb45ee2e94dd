import type { Flow } from '../facts/flow.js';
import type { Subject } from '../facts/model.js';
import { CLUSTER, kindOf, partsOf } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import { worthOf } from './asking/gain.js';
import type { NextStep } from './diagnosis.js';
import type { Ranking } from './rank.js';
import { COST, ELSEWHERE, SHOWS } from './rulebook/numbers.js';
import type { Evidence, Lang, Question, Rulebook } from './rulebook/types.js';
import { shellQuote } from './shell-quote.js';
import type { Situation } from './situation.js';

/** Contenders whose evidence is worth asking for. */
const LEADING = 8;
/** Bits below which an answer would not change what to do. */
const LEAST_GAIN = 0.02;
/** What it is worth, in bits, to see the proof of a cause that nothing else questions. */
const PROOF = 0.3;
const SUGGESTIONS = 5;
/** From here on a proven cause is as good as certain. */
const SETTLED = 0.9;
/** The chance that an answer can be had at all; less where it was tried and could not be learnt. */
const ANSWERABLE = 0.9;
const TRIED_IN_VAIN = 0.2;

interface Open {
  evidence: Evidence;
  subjects: Subject[];
  /** Index of a contender to P(shown | it). */
  shows: Map<number, number>;
  reason?: string;
}

/**
 * What to look at next: the open evidence with the largest expected information about the competing sets of causes per
 * cost, times the chance that it can be answered. What an answer would do to the sets is worked out from the tables of
 * `shows` and `elsewhere`; nothing is judged again.
 */
export function nextSteps(situation: Situation, ranking: Ranking, lang: Lang): NextStep[] {
  if (isSettled(ranking)) return [];
  if (ranking.contenders.length === 0) return firstLooks(situation, lang);
  const open = openEvidence(situation, ranking);
  const steps: (NextStep & { value: number })[] = [];
  const asked = new Set<string>();
  const questions = questionsByEvidence(situation.rulebook);
  const proofs = missingProofs(ranking);
  for (const item of open.values()) {
    const { evidence } = item;
    // What only flows or a person can tell is asked where a question has the words for it.
    if (evidence.collect === '' && !questions.has(evidence.id)) continue;
    const { gain } = worthOf(ranking.sets, item.shows, ELSEWHERE[evidence.elsewhere], 'noisy-or', false);
    // A cause that leads without proof is proven before anybody acts on it, however sure the ranking is.
    const worth = proofs.has(evidence.id) ? Math.max(gain, PROOF) : gain;
    if (worth < LEAST_GAIN) continue;
    const value = (worth / COST[evidence.cost]) * (item.reason === undefined ? ANSWERABLE : TRIED_IN_VAIN);
    steps.push({ value, ...describe(situation, ranking, item, questions.get(evidence.id), gain, lang) });
  }
  steps.sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const chosen: NextStep[] = [];
  for (const { value: _, ...step } of steps) {
    // One command that answers two questions is asked for once.
    const command = step.collect ?? step.id;
    if (asked.has(command)) continue;
    asked.add(command);
    chosen.push({ ...step, gain: Math.round(step.gain * 100) / 100 });
    if (chosen.length === SUGGESTIONS) break;
  }
  return chosen;
}

/** Where nothing points anywhere: what is to be collected first, as far as it is not there. */
function firstLooks({ rulebook, store }: Situation, lang: Lang): NextStep[] {
  return rulebook.firstLooks
    .filter(({ unless }) => unless.every((name) => store.named(name).length === 0))
    .map(({ id, text, collect, cost }) => ({ id, text: text[lang], collect, gain: 0, cost, separates: [] }));
}

/** Nothing that could still be learnt would change what to do: every symptom has its proven cause, no rival is in sight. */
function isSettled({ contenders, symptoms }: Ranking): boolean {
  const explained = new Set<Flow>();
  for (const { probability, hypothesis, explains } of contenders) {
    if (probability >= SETTLED && hypothesis.proven) for (const flow of explains) explained.add(flow);
    else if (probability > 1 - SETTLED) return false;
  }
  return symptoms.length > 0 && explained.size === symptoms.length;
}

function openEvidence(situation: Situation, ranking: Ranking): Map<string, Open> {
  const open = new Map<string, Open>();
  const note = (index: number, evidence: Evidence, shows: number, subjects: readonly Subject[]): void => {
    let item = open.get(evidence.id);
    if (item === undefined) {
      item = { evidence, subjects: [], shows: new Map() };
      open.set(evidence.id, item);
      const reason = reasonUnknown(situation, evidence, subjects);
      if (reason !== undefined) item.reason = reason;
    }
    for (const subject of subjects) if (!item.subjects.includes(subject)) item.subjects.push(subject);
    item.shows.set(index, Math.max(item.shows.get(index) ?? 0, shows));
  };
  ranking.contenders.slice(0, LEADING).forEach((contender, index) => {
    const { weighed, antecedents, hypothesis } = contender;
    for (const item of weighed) {
      if (item.verdict === 'unknown' && !item.tooLate)
        note(index, item.evidence, SHOWS[item.of.shows], hypothesis.subjects);
    }
    for (const antecedent of antecedents) {
      for (const item of antecedent.weighed) {
        if (item.verdict === 'unknown' && !item.tooLate)
          note(index, item.evidence, SHOWS[item.of.shows] * antecedent.probability, hypothesis.subjects);
      }
    }
  });
  return open;
}

/** Why an evidence's facts are not known, where somebody tried to learn them. */
export function reasonUnknown(
  { store, relatives }: Pick<Situation, 'store' | 'relatives'>,
  evidence: Evidence,
  subjects: readonly Subject[],
): string | undefined {
  for (const subject of subjects.length === 0 ? [CLUSTER] : subjects) {
    for (const about of relatives.of(subject, evidence.subject)) {
      for (const fact of evidence.facts) {
        if (store.value(about, fact) !== undefined) continue;
        const why = store.whyUnknown(about, fact) ?? store.whyUnknown(CLUSTER, fact);
        if (why !== undefined) return why.reason;
      }
    }
  }
  return undefined;
}

/** Facts that tell the device which a capital word of the rulebook's commands stands for. */
const DEVICES: Readonly<Record<string, string>> = { NIC: 'addresses.nic', TUNNEL: 'tunnel.device' };

/**
 * The command with the one node or pod that it is meant for in place of the rulebook's capital words, and the names that its
 * devices have there; on several nodes those names that are the same on all of them.
 */
export function commandFor(store: FactStore, collect: string, where: readonly Subject[]): string {
  const [only] = where;
  if (only === undefined) return collect;
  let command = collect;
  for (const [word, fact] of Object.entries(DEVICES)) {
    const names = new Set(where.map((subject) => store.value(subject, fact)));
    const [name] = names;
    if (names.size !== 1 || typeof name !== 'string' || name === '') continue;
    command = command.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), () => shellQuote(name));
  }
  if (where.length > 1) return command;
  return named(command, only);
}

function named(collect: string, only: Subject): string {
  const [first = '', second = ''] = partsOf(only);
  if (kindOf(only) === 'node') return collect.replaceAll(/\bNODE\b/g, () => shellQuote(first));
  if (kindOf(only) !== 'pod') return collect;
  return collect.replaceAll(/\bNAMESPACE\b/g, () => shellQuote(first)).replaceAll(/\bPOD\b/g, () => shellQuote(second));
}

/** Evidence that would prove the leading cause, which nothing proves yet. */
function missingProofs({ contenders: [leader] }: Ranking): ReadonlySet<string> {
  if (leader === undefined || leader.hypothesis.proven) return new Set();
  return new Set(leader.weighed.filter((item) => item.of.direct).map((item) => item.evidence.id));
}

/** Questions that a person answers, by the evidence that the answer decides alone. */
function questionsByEvidence({ questions, evidence }: Rulebook): Map<string, Question> {
  const found = new Map<string, Question>();
  for (const question of questions) {
    for (const item of evidence)
      if (item.facts.length === 1 && item.facts[0] === question.fact) found.set(item.id, question);
  }
  return found;
}

function describe(
  { store }: Situation,
  ranking: Ranking,
  item: Open,
  asked: Question | undefined,
  gain: number,
  lang: Lang,
): NextStep {
  const { evidence, subjects, shows } = item;
  const where = subjects.filter((subject) => subject !== CLUSTER).slice(0, 3);
  const separates = new Set<string>();
  const leading = ranking.contenders[0]?.hypothesis.cause.id;
  for (const index of shows.keys()) separates.add(ranking.contenders[index]!.hypothesis.cause.id);
  if (leading !== undefined) separates.add(leading);
  for (const contender of ranking.contenders.slice(0, 3))
    if (separates.size < 2) separates.add(contender.hypothesis.cause.id);
  const parts = [...separates].slice(0, 4);
  if (asked !== undefined) return { id: asked.id, text: asked.text[lang], gain, cost: asked.cost, separates: parts };
  const place = where.length === 0 ? '' : lang === 'zh' ? `（${where.join('、')}）` : ` (${where.join(', ')})`;
  const text =
    lang === 'zh' ? `是否如此：${evidence.statement.zh}${place}` : `Is it so: ${evidence.statement.en}${place}`;
  return {
    id: evidence.id,
    text,
    collect: commandFor(store, evidence.collect, where),
    gain,
    cost: evidence.cost,
    separates: parts,
  };
}
