import type { Flow } from '../../facts/flow.js';
import { isSymptom } from '../../facts/flow.js';
import type { Subject } from '../../facts/model.js';
import type { Contender } from '../contenders.js';
import type { Situation } from '../situation.js';

/** Flows that are looked at to tell where a cause may sit. A large dump tells that by its facts. */
const FLOWS = 40;
/** A subject that could not have broken a symptom is not out of the question: the symptom may be another cause's. */
const LEAST = 0.05;

/**
 * Where a contender's cause may be at work: each subject with its probability, which sum up to 1. A hypothesis names the
 * subjects that fit best; before the next question is chosen those that fit nearly as well are thought of too, since the
 * question that parts them (does the third node reach it?) is often the best one.
 */
export function whereabouts(situation: Situation, contender: Contender): ReadonlyMap<Subject, number> {
  const { hypothesis } = contender;
  const { cause, subjects, breakage, proven } = hypothesis;
  const chosen = new Map(subjects.map((subject) => [subject, 1]));
  if (proven || cause.scope === 'cluster' || subjects.length > 1 || situation.flows.flows.length > FLOWS) return chosen;
  const scores = new Map<Subject, number>();
  const explained = contender.explains.slice(0, FLOWS);
  for (const flow of explained)
    for (const subject of breakage.candidates(flow).keys()) if (!scores.has(subject)) scores.set(subject, 1);
  if (scores.size === 0) return chosen;
  for (const [subject] of scores)
    scores.set(
      subject,
      fitOf(situation.flows.flows, (flow) => breakage.chanceOn(flow, subject)),
    );
  const total = [...scores.values()].reduce((sum, score) => sum + score, 0);
  return new Map([...scores].map(([subject, score]) => [subject, score / total]));
}

/** P(what the flows did | the cause is at work on one subject), up to what is the same for all subjects. */
function fitOf(flows: readonly Flow[], chanceOn: (flow: Flow) => number): number {
  let fit = 1;
  for (const flow of flows) {
    const chance = chanceOn(flow);
    fit *= isSymptom(flow) ? Math.max(chance, LEAST) : Math.max(1 - chance, LEAST);
  }
  return fit;
}
