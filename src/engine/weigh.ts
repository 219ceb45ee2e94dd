import type { Subject } from '../facts/model.js';
import { CLUSTER } from '../facts/model.js';
import type { Hypothesis } from './hypotheses.js';
import type { Verdict } from './kleene.js';
import { ELSEWHERE, MISREPORT, SHOWS } from './rulebook/numbers.js';
import type { Cause, CauseEvidence, Evidence } from './rulebook/types.js';
import { type Situation, verdictOn } from './situation.js';

/** An evidence of a cause, weighed for a hypothesis. */
export interface Weighed {
  evidence: Evidence;
  of: CauseEvidence;
  verdict: Verdict;
  /** Where it is present or absent, sorted. */
  subjects: Subject[];
  /** Natural logarithm of P(verdict | cause) / P(verdict | none of our causes); 0 where unknown. */
  logRatio: number;
  /** It is a person's word, not an output: wrong at times, and no proof. */
  answered: boolean;
  /** Not counted, because another evidence of its group says the same. */
  repeats: boolean;
  /** Why a verdict does not count: the state was collected after the fault had gone. */
  tooLate: boolean;
}

/** Derivations that speak of what happened, not of the state at the time of collecting. */
const TIMELESS = new Set(['derivation timeline', 'derivation flows', 'derivation matrix', 'log', 'answer']);

/** How the facts of an evidence come to be known decides whether they outlive the fault. */
export function tellsThePast(evidence: Evidence, origins: ReadonlyMap<string, string>): boolean {
  return evidence.facts.every((fact) => TIMELESS.has(origins.get(fact) ?? ''));
}

/** Weighs all evidence of a cause on the subjects of a hypothesis. */
export function weigh(situation: Situation, cause: Cause, subjects: readonly Subject[]): Weighed[] {
  const { rulebook, store } = situation;
  const byId = indexOf(rulebook.evidence);
  const over = store.value(CLUSTER, 'incident.over') === true;
  const origins = over ? new Map(rulebook.facts.map((fact) => [fact.name, fact.from])) : undefined;
  const weighed: Weighed[] = [];
  for (const of of cause.evidence) {
    const evidence = byId.get(of.id)!;
    const present: Subject[] = [];
    const absent: Subject[] = [];
    for (const subject of subjects.length === 0 ? [CLUSTER] : subjects) {
      const verdict = verdictOn(situation, evidence, subject);
      if (verdict === 'present') present.push(subject);
      else if (verdict === 'absent') absent.push(subject);
    }
    let verdict: Verdict = present.length > 0 ? 'present' : absent.length > 0 ? 'absent' : 'unknown';
    const tooLate = verdict === 'absent' && origins !== undefined && !tellsThePast(evidence, origins);
    if (tooLate) verdict = 'unknown';
    const where = verdict === 'present' ? present : verdict === 'absent' ? absent : [];
    const answered = where.length > 0 && where.every((subject) => isAnswered(situation, evidence, subject));
    weighed.push({
      evidence,
      of,
      verdict,
      subjects: where,
      logRatio: logRatio(of, evidence, verdict, answered),
      answered,
      repeats: false,
      tooLate,
    });
  }
  markRepeats(weighed);
  return weighed;
}

let indexed: { of: readonly Evidence[]; map: ReadonlyMap<string, Evidence> } | undefined;
function indexOf(evidence: readonly Evidence[]): ReadonlyMap<string, Evidence> {
  if (indexed?.of !== evidence) indexed = { of: evidence, map: new Map(evidence.map((item) => [item.id, item])) };
  return indexed.map;
}

/** P(evidence present) where a cause shows it and where none does: noisy-or of the two. */
export function chanceShown(shows: number, elsewhere: number): number {
  return 1 - (1 - shows) * (1 - elsewhere);
}

/**
 * Whether a verdict rests on a person's word: an answer of the questionnaire, or a statement in the place of an output.
 * Such a verdict never rules a cause out, and never proves it by itself.
 */
export function isAnswered(
  { store, relatives }: Pick<Situation, 'store' | 'relatives'>,
  evidence: Evidence,
  subject: Subject,
): boolean {
  if (isToldOnly(evidence)) return true;
  for (const about of new Set([...relatives.of(subject, evidence.subject), subject])) {
    if (store.value(about, `statement.${evidence.id}`) === undefined) continue;
    const measured = evidence.facts.some(
      (fact) => store.value(about, fact) !== undefined || store.value(CLUSTER, fact) !== undefined,
    );
    if (!measured) return true;
  }
  return false;
}

/** Evidence that nothing but a person's answer makes known. */
export function isToldOnly(evidence: Evidence): boolean {
  return evidence.facts.every((fact) => fact.startsWith('answer.'));
}

/** P(a person says that it is so), where it is so with `probability`. */
export function chanceSaid(probability: number): number {
  return probability * (1 - MISREPORT) + (1 - probability) * MISREPORT;
}

function logRatio(of: CauseEvidence, evidence: Evidence, verdict: Verdict, answered: boolean): number {
  if (verdict === 'unknown') return 0;
  const said = answered ? chanceSaid : (probability: number): number => probability;
  const elsewhere = said(ELSEWHERE[evidence.elsewhere]);
  const shown = said(chanceShown(SHOWS[of.shows], ELSEWHERE[evidence.elsewhere]));
  return verdict === 'present' ? Math.log(shown / elsewhere) : Math.log((1 - shown) / (1 - elsewhere));
}

/** Of a group the strongest word for the cause counts, else the strongest against; the others repeat it. */
function markRepeats(weighed: Weighed[]): void {
  const best = new Map<string, Weighed>();
  for (const item of weighed) {
    const { group } = item.evidence;
    if (group === undefined || item.verdict === 'unknown') continue;
    const leader = best.get(group);
    if (leader === undefined) best.set(group, item);
    else if (outweighs(item, leader)) {
      leader.repeats = true;
      best.set(group, item);
    } else item.repeats = true;
  }
}

function outweighs(a: Weighed, b: Weighed): boolean {
  const speaksFor = (item: Weighed): boolean => item.logRatio > 0;
  if (speaksFor(a) !== speaksFor(b)) return speaksFor(a);
  // What proves the cause by itself is quoted rather than what only hints at it.
  if (speaksFor(a) && a.of.direct !== b.of.direct) return a.of.direct;
  return Math.abs(a.logRatio) > Math.abs(b.logRatio);
}

/** Sum of what counts. */
export function totalLogRatio(weighed: readonly Weighed[]): number {
  let sum = 0;
  for (const item of weighed) if (!item.repeats) sum += item.logRatio;
  return sum;
}

/** A cause that may have brought about a hypothesis. */
export interface Antecedent {
  cause: Cause;
  /** P(it did | the hypothesis, its evidence). */
  probability: number;
  weighed: Weighed[];
}

/** How often a cause that another leads to was brought about by it, before anything is known. */
const LED_BY = SHOWS.sometimes;

/**
 * Causes that lead to the hypothesis' one and of which something is seen, most probable first. What the effect itself
 * shows is no sign of what brought it about: such evidence is left out.
 */
export function antecedentsOf(
  situation: Situation,
  hypothesis: Hypothesis,
): { antecedents: Antecedent[]; logRatio: number } {
  const antecedents: Antecedent[] = [];
  const byId = indexOf(situation.rulebook.evidence);
  const own = hypothesis.cause.evidence.map((item) => byId.get(item.id)!);
  const ownFacts = new Set(own.flatMap((item) => item.facts));
  const ownGroups = new Set(own.map((item) => item.group).filter((group) => group !== undefined));
  const isOfEffect = ({ facts, group }: Evidence): boolean =>
    facts.some((fact) => ownFacts.has(fact)) || (group !== undefined && ownGroups.has(group));
  let best = 0;
  for (const cause of situation.rulebook.causes) {
    if (!cause.leadsTo.includes(hypothesis.cause.id)) continue;
    const weighed = weigh(situation, cause, hypothesis.subjects).filter((item) => !isOfEffect(item.evidence));
    if (!weighed.some((item) => item.verdict === 'present')) continue;
    const ratio = Math.exp(totalLogRatio(weighed));
    const odds = (LED_BY / (1 - LED_BY)) * ratio;
    antecedents.push({ cause, probability: odds / (1 + odds), weighed });
    best = Math.max(best, Math.log(LED_BY * ratio + 1 - LED_BY));
  }
  antecedents.sort((a, b) => b.probability - a.probability || (a.cause.id < b.cause.id ? -1 : 1));
  return { antecedents, logRatio: best };
}
