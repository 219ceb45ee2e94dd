import type { Flow } from '../facts/flow.js';
import type { Subject } from '../facts/model.js';
import { CLUSTER, kindOf, partsOf } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import { chooseLooks, type LookAt } from './asking/choose-looks.js';
import { wholeCommands } from './asking/whole-command.js';
import type { NextStep } from './diagnosis.js';
import type { Ranking } from './rank.js';
import { COST, ELSEWHERE, SHOWS } from './rulebook/numbers.js';
import type { Evidence, Lang, Question, Rulebook } from './rulebook/types.js';
import { shellQuote } from './shell-quote.js';
import type { Situation } from './situation.js';

/** Contenders whose evidence is worth asking for. */
const LEADING = 24;
/** Sets that hardly count do not count when a look is chosen. */
const LEAST_SET = 1e-4;
/** What keeps a question's id apart from a command. */
const QUESTION = '\u0000';
/** Bits below which an answer would not change what to do. */
const LEAST_GAIN = 0.02;
const SUGGESTIONS = 5;
/** From here on a proven cause is as good as certain. */
const SETTLED = 0.9;
/** The chance that an answer can be had at all; less where it was tried and could not be learnt. */
const ANSWERABLE = 0.9;
const TRIED_IN_VAIN = 0.2;

/**
 * Causes whose proof is asked for before anything else, and how near to the leading one they must be. Where many fit about
 * as well, the one output that would prove any of several tells more than the proofs of the first few.
 */
const SUSPECTS = 24;
const LEAST_SUSPECT = 0.05;

interface Open {
  evidence: Evidence;
  subjects: Subject[];
  /** Index of a contender to P(shown | it). */
  shows: Map<number, number>;
  /** Contenders that it proves by itself. */
  proves: Set<number>;
  reason?: string;
}

interface NextLook extends LookAt {
  told: Open;
  collect: string;
}

/**
 * What to look at next: first what would prove the causes that lead without proof, then the open evidence with the largest
 * expected information about the competing sets of causes per cost, times the chance that it can be answered, given what
 * was chosen before it. What an answer would do to the sets is worked out from the tables of `shows` and `elsewhere`;
 * nothing is judged again. A step is one command with all that it shows.
 */
export function nextSteps(situation: Situation, ranking: Ranking, lang: Lang): NextStep[] {
  if (isSettled(ranking)) return [];
  if (ranking.contenders.length === 0) return firstLooks(situation, lang);
  const questions = questionsByEvidence(situation.rulebook);
  const open = openEvidence(situation, ranking);
  const suspects = suspectsOf(ranking, open.values());
  const byCommand = new Map<string, { wholes: readonly string[]; items: Open[] }>();
  for (const item of open.values()) {
    const { id, collect } = item.evidence;
    const question = questions.get(id);
    // What only flows or a person can tell is asked where a question has the words for it.
    if (collect === '' && question === undefined) continue;
    const wholes = question === undefined ? wholeCommands(collect) : [`${QUESTION}${question.id}`];
    const key = wholes.join('; ');
    const same = byCommand.get(key);
    if (same === undefined) byCommand.set(key, { wholes, items: [item] });
    else same.items.push(item);
  }
  // Who runs several commands has the output of each.
  const outputs = [...byCommand.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [, output] of outputs) {
    if (output.wholes.length < 2) continue;
    for (const [, part] of outputs)
      if (part !== output && part.wholes.every((whole) => output.wholes.includes(whole)))
        output.items.push(...part.items);
  }
  const sets = ranking.sets.filter(({ probability }) => probability > LEAST_SET);
  const looks = outputs.map(([whole, { items }]) => lookAt(whole, items, suspects));
  return chooseLooks(sets, looks, suspects, SUGGESTIONS, LEAST_GAIN).map(({ item, gain }) => {
    const asked = questions.get(item.told.evidence.id);
    return describe(situation, ranking, item.told, item.collect, asked, Math.round(gain * 100) / 100, lang);
  });
}

/** One command with all that it makes known; it is told by the evidence that speaks of the likeliest cause. */
function lookAt(whole: string, items: readonly Open[], suspects: ReadonlyMap<number, number>): NextLook {
  const proves = new Map<number, number>();
  for (const { shows, proves: proven } of items)
    for (const index of proven) proves.set(index, 1 - (1 - (proves.get(index) ?? 0)) * (1 - shows.get(index)!));
  const urgency = ({ shows, proves: proven }: Open): number =>
    Math.max(0, ...[...proven].map((index) => (suspects.get(index) ?? 0) * shows.get(index)!));
  const first = ({ shows }: Open): number => Math.min(...shows.keys());
  const [told] = [...items].sort(
    (a, b) => urgency(b) - urgency(a) || first(a) - first(b) || (a.evidence.id < b.evidence.id ? -1 : 1),
  );
  const parts = new Set(items.map(({ evidence }) => evidence.collect));
  return {
    told: told!,
    tells: told!.evidence.id,
    collect: parts.size === 1 ? told!.evidence.collect : whole,
    shown: items.map(({ evidence, shows }) => ({ shows, elsewhere: ELSEWHERE[evidence.elsewhere] })),
    proves,
    answerable: items.every(({ reason }) => reason !== undefined) ? TRIED_IN_VAIN : ANSWERABLE,
    cost: Math.max(...items.map(({ evidence }) => COST[evidence.cost])),
  };
}

/** Causes that lead without proof, by index, with their probabilities: as many as proof can be asked for at once. */
function suspectsOf({ contenders }: Ranking, open: Iterable<Open>): Map<number, number> {
  const provable = new Set([...open].flatMap(({ proves }) => [...proves]));
  const suspects = new Map<number, number>();
  for (const [index, { hypothesis, probability }] of contenders.entries()) {
    if (hypothesis.proven || !provable.has(index)) continue;
    if (suspects.size === SUSPECTS || probability < LEAST_SUSPECT * contenders[0]!.probability) break;
    suspects.set(index, probability);
  }
  return suspects;
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
  const note = (
    index: number,
    evidence: Evidence,
    shows: number,
    direct: boolean,
    subjects: readonly Subject[],
  ): void => {
    let item = open.get(evidence.id);
    if (item === undefined) {
      item = { evidence, subjects: [], shows: new Map(), proves: new Set() };
      open.set(evidence.id, item);
      const reason = reasonUnknown(situation, evidence, subjects);
      if (reason !== undefined) item.reason = reason;
    }
    for (const subject of subjects) if (!item.subjects.includes(subject)) item.subjects.push(subject);
    if (direct) item.proves.add(index);
    item.shows.set(index, Math.max(item.shows.get(index) ?? 0, shows));
  };
  ranking.contenders.slice(0, LEADING).forEach((contender, index) => {
    const { weighed, antecedents, hypothesis } = contender;
    for (const item of weighed) {
      if (item.verdict === 'unknown' && !item.tooLate)
        note(index, item.evidence, SHOWS[item.of.shows], item.of.direct, hypothesis.subjects);
    }
    for (const antecedent of antecedents) {
      for (const item of antecedent.weighed) {
        if (item.verdict === 'unknown' && !item.tooLate)
          note(index, item.evidence, SHOWS[item.of.shows] * antecedent.probability, false, hypothesis.subjects);
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
  collect: string,
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
    collect: commandFor(store, collect, where),
    gain,
    cost: evidence.cost,
    separates: parts,
  };
}
