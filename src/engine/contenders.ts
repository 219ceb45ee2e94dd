import type { Flow } from '../facts/flow.js';
import { isSymptom } from '../facts/flow.js';
import { symptomLog, worksLog } from './flow-classes.js';
import type { FlowIndex } from './flow-index.js';
import { type Hypothesis, hypothesesOf } from './hypotheses.js';
import { PRIOR } from './rulebook/numbers.js';
import type { Evidence } from './rulebook/types.js';
import type { Situation } from './situation.js';
import { type Antecedent, antecedentsOf, totalLogRatio, type Weighed, weigh } from './weigh.js';

/** From here on a hypothesis is said to explain a symptom. */
const EXPLAINS = 0.25;

/** A hypothesis with all that speaks for and against it. */
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

/** Hypotheses that compete for the symptoms, and those that evidence shows but no symptom touches; best first. */
export function contendersOf(situation: Situation): { contenders: Contender[]; bystanders: Contender[] } {
  const contenders: Contender[] = [];
  const bystanders: Contender[] = [];
  for (const hypothesis of hypothesesOf(situation)) {
    const contender = contenderOf(situation, hypothesis);
    if (contender.explains.length > 0) contenders.push(contender);
    else if (situation.flows.symptoms.length > 0) {
      if (hypothesis.proven) bystanders.push(contender);
    } else if (hypothesis.proven || showsSymptom(contender)) contenders.push(contender);
  }
  contenders.sort((a, b) => b.scoreAlone - a.scoreAlone || byCause(a, b));
  bystanders.sort((a, b) => b.logScore - a.logScore || byCause(a, b));
  return { contenders, bystanders };
}

/** Whether it brings about what somebody complains of though no flow fails: pods that do not start, a node that is not ready. */
export function showsSymptom(contender: Contender): boolean {
  return symptomsSeen(contender).length > 0;
}

/** Whether it brings about something of the kind that is hardly seen where nothing is wrong: a node whose network is not ready. */
export function showsIllness(contender: Contender): boolean {
  return symptomsSeen(contender).some(({ elsewhere }) => elsewhere === 'rare' || elsewhere === 'never');
}

function symptomsSeen({ weighed }: Contender): Evidence[] {
  return weighed
    .filter(({ verdict, evidence }) => verdict === 'present' && evidence.symptom === true)
    .map(({ evidence }) => evidence);
}

/** The order of equals: the same for the same rulebook. */
export function byCause(a: Contender, b: Contender): number {
  return a.hypothesis.cause.id < b.hypothesis.cause.id ? -1 : a.hypothesis.cause.id > b.hypothesis.cause.id ? 1 : 0;
}

function contenderOf(situation: Situation, hypothesis: Hypothesis): Contender {
  const { flows } = situation;
  const weighed = weigh(situation, hypothesis.cause, hypothesis.subjects);
  const { antecedents, logRatio } = antecedentsOf(situation, hypothesis);
  const breaks = breaksOf(flows, hypothesis);
  const logScore = Math.log(PRIOR[hypothesis.cause.prior]) + totalLogRatio(weighed) + logRatio;
  return {
    hypothesis,
    weighed,
    antecedents,
    probability: 0,
    explains: flows.symptoms
      .filter((index) => (breaks.get(index) ?? 0) >= EXPLAINS)
      .map((index) => flows.flows[index]!),
    breaks,
    logScore,
    scoreAlone: scoreAlone(flows, breaks, logScore),
  };
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
  const groups = [new Set<number>(), new Set<number>(), new Set<number>(), new Set<number>()] as const;
  const groupOf = (flow: Flow): Set<number> =>
    groups[((isSymptom(flow) ? 1 : 0) + (flow.answered === undefined ? 0 : 2)) as 0 | 1 | 2 | 3];
  for (const [index, probability] of breaks) groupOf(flows.flows[index]!).add(probability);
  for (const index of flows.symptoms) if (!breaks.has(index)) groupOf(flows.flows[index]!).add(0);
  let score = logScore;
  groups.forEach((group, kind) => {
    const answered = kind >= 2;
    for (const probability of group)
      score += kind % 2 === 1 ? symptomLog(probability, answered) : worksLog(probability, answered);
  });
  return score;
}
