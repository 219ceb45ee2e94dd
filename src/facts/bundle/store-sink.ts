import type { Fact, Problem, RecordName, Records, Scalar, Source, Subject } from '../model.js';
import type { FactSink, ParserInput } from '../parsers/parser.js';
import type { FactStore } from '../store.js';

/** Problems of one file that are told one by one; a file of another format would have one a line. */
const TOLD = 50;

interface Options {
  subject?: Subject;
  at?: string;
}

/** What the sink adds to all that a parser finds. */
export interface SinkPlace extends Pick<ParserInput, 'subject' | 'file' | 'at'> {
  /** Lines of the file before the part that the parser is given. */
  offset?: number;
}

/** Puts what a parser finds in one file into the store, with the file as its source and the file's subject and time. */
export class StoreSink implements FactSink {
  readonly #store: FactStore;
  readonly #input: SinkPlace;
  readonly #told: Problem[] = [];
  #untold = 0;
  #last: Source | undefined;

  constructor(store: FactStore, input: SinkPlace) {
    this.#store = store;
    this.#input = input;
  }

  record<N extends RecordName>(name: N, value: Records[N], line: number, options?: Options): void {
    this.#store.add(this.#fact(name, value, line, options) as Fact<Records[N]> & { name: N });
  }

  fact(name: string, value: Scalar, line: number, options?: Options): void {
    this.#store.add(this.#fact(name, value, line, options));
  }

  unknown(name: string, reason: string, line?: number, options?: { subject?: Subject }): void {
    this.#store.addUnknown({
      subject: options?.subject ?? this.#input.subject,
      name,
      reason,
      source: this.#source(line),
    });
  }

  problem(line: number, message: string): void {
    if (this.#told.length < TOLD) this.#told.push({ ...this.#source(line), file: this.#input.file, message });
    else this.#untold += 1;
  }

  /** What was wrong with the file, in the order in which it was found. */
  problems(): Problem[] {
    if (this.#untold === 0) return this.#told;
    return [...this.#told, { file: this.#input.file, message: `${this.#untold} more problems in this file` }];
  }

  #fact<V>(name: string, value: V, line: number, options: Options | undefined): Fact<V> {
    const subject = options?.subject ?? this.#input.subject;
    const at = options?.at ?? this.#input.at;
    const source = this.#source(line);
    return at === undefined ? { subject, name, value, source } : { subject, name, value, source, at };
  }

  /**
   * Lines count from 1: 0 or none is the file as a whole. Facts of one line share its source: a facts.json holds all its
   * facts in one.
   */
  #source(line: number | undefined): Source {
    const { file, offset = 0 } = this.#input;
    const inFile = line === undefined || line < 1 ? undefined : line + offset;
    if (this.#last === undefined || this.#last.line !== inFile) {
      this.#last = inFile === undefined ? { file } : { file, line: inFile };
    }
    return this.#last;
  }
}
