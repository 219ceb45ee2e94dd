import { isSymptom } from '../facts/flow.js';
import type { FlowIndex } from './flow-index.js';
import { chanceSaid } from './weigh.js';

/** P(a flow that ought to work does not | no cause that touches it): one attempt in a hundred fails for no reason of ours. */
export const LEAK = 0.01;
/** Flows that the leading hypotheses do not tell apart weigh as one, however many others would. */
const TELLING = 6;

/** Flows that no hypothesis tells apart: they count once, whatever their number. */
export interface FlowClass {
  failing: boolean;
  /** A person's answers, which are wrong at times. */
  answered: boolean;
  /** P(breaks) by each contender. */
  breaks: Float64Array;
  /** 1 over the number of classes that the leading hypotheses do not tell apart from this one. */
  weight: number;
}

/** log P(a flow fails | what would break it does so with `probability`). */
export function symptomLog(probability: number, answered = false): number {
  const fails = 1 - (1 - LEAK) * (1 - probability);
  return Math.log(answered ? chanceSaid(fails) : fails);
}

/** log P(a flow works | what would break it does so with `probability`), relative to nothing that touches it. */
export function worksLog(probability: number, answered = false): number {
  return answered ? Math.log(chanceSaid(1 - probability) / chanceSaid(1)) : Math.log(1 - probability);
}

/**
 * Contenders best first: the first few decide which flows weigh as one. Classes are split contender by contender, and
 * only flows that a contender touches are looked at.
 */
export function classify(
  contenders: readonly { breaks: ReadonlyMap<number, number> }[],
  flows: FlowIndex,
): FlowClass[] {
  const classOf = new Int32Array(flows.flows.length);
  flows.flows.forEach((flow, index) => {
    classOf[index] = (isSymptom(flow) ? 1 : 0) + (flow.answered === undefined ? 0 : 2);
  });
  let count = 4;
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
    const flow = flows.flows[index]!;
    const flowClass = { failing: isSymptom(flow), answered: flow.answered !== undefined, breaks, weight: 1 };
    classes.set(id, { flowClass, told: group });
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
 * `unnamed` is how well a cause that no rule knows would explain any symptom; 0 where none is in the set.
 */
export function flowLog(classes: readonly FlowClass[], members: readonly number[], unnamed: number): number {
  let log = 0;
  for (const { failing, answered, breaks, weight } of classes) {
    if (failing) {
      let best = unnamed;
      for (const member of members) best = Math.max(best, breaks[member]!);
      log += weight * symptomLog(best, answered);
    } else for (const member of members) log += weight * worksLog(breaks[member]!, answered);
  }
  return log;
}
