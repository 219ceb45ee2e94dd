import type { Subject } from '../facts/model.js';
import type { FactStore } from '../facts/store.js';
import type { FlowIndex } from './flow-index.js';
import type { Judgement } from './judge.js';
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
  { judgement, relatives }: Pick<Situation, 'judgement' | 'relatives'>,
  evidence: Evidence,
  subject: Subject,
): Verdict {
  const about = relatives.of(subject, evidence.subject);
  if (about.length === 0) return 'unknown';
  return or(about.map((one) => judgement.verdict(evidence.id, one)));
}
