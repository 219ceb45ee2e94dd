import type { Flow } from '../facts/flow.js';
import { isSymptom } from '../facts/flow.js';
import type { Subject } from '../facts/model.js';

/**
 * The flows that count, by the subjects they pass: a hypothesis looks at the flows of its own few subjects, not at all of
 * a matrix of a hundred thousand.
 */
export class FlowIndex {
  /** Flows that ought to work and whose outcome speaks. */
  readonly flows: readonly Flow[];
  /** Indices of those that do not work. */
  readonly symptoms: readonly number[];
  readonly #bySubject = new Map<Subject, number[]>();

  constructor(flows: readonly Flow[]) {
    this.flows = flows.filter((flow) => flow.expected === 'works' && flow.alsoFails === undefined);
    const symptoms: number[] = [];
    this.flows.forEach((flow, index) => {
      if (isSymptom(flow)) symptoms.push(index);
      for (const part of flow.parts) {
        for (const role in part.roles) {
          for (const subject of part.roles[role as keyof typeof part.roles]!) this.#note(subject, index);
        }
      }
    });
    this.symptoms = symptoms;
  }

  #note(subject: Subject, index: number): void {
    const list = this.#bySubject.get(subject);
    if (list === undefined) this.#bySubject.set(subject, [index]);
    // A subject holds several roles of one flow; its flows come in order, so looking at the last is enough.
    else if (list[list.length - 1] !== index) list.push(index);
  }

  /** Indices of the flows that pass a subject, ascending. */
  passing(subject: Subject): readonly number[] {
    return this.#bySubject.get(subject) ?? [];
  }
}
