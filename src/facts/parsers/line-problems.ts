import type { FactSink } from './parser.js';

/** Reports of one file that are worth reading one by one; the rest is summed up. */
const REPORTED = 20;
/** Characters of a malformed line that a report quotes. */
const QUOTED = 80;

/**
 * Malformed lines of one file. The first ones are reported with their line, the rest as one summary, so that a file of
 * another format does not bury the problems of all others. Call `finish` once, after the last line.
 */
export class LineProblems {
  readonly #sink: FactSink;
  #count = 0;
  #lastLine = 0;

  constructor(sink: FactSink) {
    this.#sink = sink;
  }

  /** `line` is from 1; `what` says what was expected of the line (`not a route`). */
  report(line: number, what: string, text: string): void {
    this.#count += 1;
    this.#lastLine = line;
    if (this.#count > REPORTED) return;
    const quoted = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
    this.#sink.problem(line, `${what}: ${JSON.stringify(quoted)}`);
  }

  finish(): void {
    const more = this.#count - REPORTED;
    if (more > 0) this.#sink.problem(this.#lastLine, `${more} more malformed line${more === 1 ? '' : 's'} up to here`);
  }
}
