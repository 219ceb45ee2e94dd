import type { Lang } from '../engine/rulebook/types.js';
import { escapeJson, sanitize } from '../report/sanitize.js';
import { type Word, wordIn } from './words.js';

export type Slots = Readonly<Record<string, string | number>>;

/** What is wrong with one part of a request. */
export interface FieldFault {
  /** JSON Pointer into the body (`/reachability/0/proto`), or the name of a query parameter or header. */
  field: string;
  word: Word;
  slots?: Slots;
  /** Names the type that the value is to have: fills the slot `what`, in the caller's language. */
  ofType?: Word;
}

/** A request that ends in a problem: thrown anywhere in a route, written by the error handler. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly word: Word;
  readonly slots: Slots;
  readonly faults: readonly FieldFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    word: Word,
    details: { slots?: Slots; faults?: readonly FieldFault[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(word);
    this.status = status;
    this.word = word;
    this.slots = details.slots ?? {};
    this.faults = details.faults ?? [];
    this.headers = details.headers ?? {};
  }
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of a problem (RFC 9457), in the caller's language. `instance` names the request, as the log does. */
export function problemBody(problem: HttpProblem, lang: Lang, instance: string): string {
  const detail = problem.faults
    .slice(0, 3)
    .map((fault) => `${fault.field}: ${reasonOf(fault, lang)}`)
    .join('; ');
  const body = {
    type: `urn:podnet:problem:${problem.word}`,
    title: sanitize(wordIn(lang, problem.word, problem.slots)),
    status: problem.status,
    ...(detail === '' ? {} : { detail: sanitize(detail) }),
    instance: `urn:podnet:request:${instance}`,
    ...(problem.faults.length === 0
      ? {}
      : {
          errors: problem.faults.map((fault) => ({
            field: sanitize(fault.field),
            reason: sanitize(reasonOf(fault, lang)),
          })),
        }),
  };
  return `${escapeJson(JSON.stringify(body))}\n`;
}

function reasonOf({ word, slots, ofType }: FieldFault, lang: Lang): string {
  return wordIn(lang, word, ofType === undefined ? slots : { ...slots, what: wordIn(lang, ofType) });
}
