import type { Subject } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import type { FlowIndex } from './flow-index.js';
import { type Judgement, statementOn } from './judge.js';
import { or, type Verdict } from './kleene.js';
import type { Relatives } from './relatives.js';
import type { Evidence, Rulebook } from './rulebook/types.js';

/** What a diagnosis knows before it ranks: facts, flows, and the verdict of every evidence. */
export interface Situation {
  rulebook: Rulebook;
  store: FactStore;
  flows: FlowIndex;
  judgement: Judgement;
  relatives: Relatives;
}

/** What an evidence says of a subject of any kind: judged on it, or on what belongs to it. */
export function verdictOn(
  { judgement, relatives, store }: Pick<Situation, 'judgement' | 'relatives' | 'store'>,
  evidence: Evidence,
  subject: Subject,
): Verdict {
  const about = relatives.of(subject, evidence.subject);
  const verdict = about.length === 0 ? 'unknown' : or(about.map((one) => judgement.verdict(evidence.id, one)));
  // Who does not know of which pod it holds says it of the whole.
  return verdict === 'unknown' ? statementOn(store, evidence.id, subject) : verdict;
}
