import type { EndpointHint, Subject } from '../model.js';
import type { LineContext, PatternSet } from './log-scan.js';
import { logTime } from './log-time.js';

/** What is the same for the lines of one log, or of one program's in it. */
export interface LogOrigin {
  patterns: PatternSet;
  subject: Subject;
  component: string;
  from?: EndpointHint | undefined;
  kubelet?: EndpointHint | undefined;
  /** ISO time at which the log was collected, where it is known. */
  takenAt: string | undefined;
}

/**
 * A line of a log in its surroundings. Its time is read when somebody asks for it: of a million lines a few tell of a
 * fault, and times are a sixth of the cost of reading the rest.
 */
export class LogLine implements LineContext {
  readonly line: number;
  readonly #origin: LogOrigin;
  readonly #timed: string;

  /** `timed` is the text that begins with the time. */
  constructor(line: number, timed: string, origin: LogOrigin) {
    this.line = line;
    this.#timed = timed;
    this.#origin = origin;
  }

  get at(): string | undefined {
    return logTime(this.#timed, this.#origin.takenAt);
  }

  get patterns(): PatternSet {
    return this.#origin.patterns;
  }

  get subject(): Subject {
    return this.#origin.subject;
  }

  get component(): string {
    return this.#origin.component;
  }

  get from(): EndpointHint | undefined {
    return this.#origin.from;
  }

  get kubelet(): EndpointHint | undefined {
    return this.#origin.kubelet;
  }
}
