import type { Source, Subject } from '../model.js';

/** Something that the input does not hold and on which a verdict hangs, with the read-only command that would tell. */
export interface MissingFact {
  on: Subject;
  what: string;
  source?: Source;
  collect?: string;
}

/** Neither true nor false: what is missing to know. */
export interface NotKnown {
  readonly missing: readonly MissingFact[];
}

export type Answer = boolean | NotKnown;

/** A question may lack something at a thousand places: a few tell what to collect. */
const MOST_MISSING = 16;

export function notKnown(...missing: MissingFact[]): NotKnown {
  return { missing };
}

/** Kleene's AND: one false settles it, whatever is not known. */
export function allOf(...answers: Answer[]): Answer {
  const missing: MissingFact[] = [];
  for (const answer of answers) {
    if (answer === false) return false;
    if (answer !== true) addMissing(missing, answer.missing);
  }
  return missing.length === 0 ? true : { missing };
}

/** Kleene's OR over a list, in its order: the first true settles it. */
export function anyOf<T>(list: readonly T[], ask: (one: T) => Answer): Answer {
  let missing: MissingFact[] | undefined;
  for (const one of list) {
    const answer = ask(one);
    if (answer === true) return true;
    if (answer === false) continue;
    missing ??= [];
    addMissing(missing, answer.missing);
  }
  return missing === undefined ? false : { missing };
}

/** Adds what is not yet in the list, up to a bound. */
export function addMissing(list: MissingFact[], more: readonly MissingFact[]): void {
  for (const one of more) {
    if (list.length >= MOST_MISSING) return;
    if (!list.some((known) => known.on === one.on && known.what === one.what)) list.push(one);
  }
}
