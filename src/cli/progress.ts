/** The part of a terminal stream that progress needs. */
export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Work that is done sooner than this needs no progress line. Milliseconds. */
const QUIET = 1000;

/** One line on standard error that says what is being done, on a terminal and in long work only; it is erased at the end. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #enabled: boolean;
  readonly #now: () => number;
  readonly #start: number;
  #shown = false;

  constructor(stream: ProgressStream, enabled: boolean, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#enabled = enabled && stream.isTTY === true;
    this.#now = now;
    this.#start = now();
  }

  step(text: string): void {
    if (!this.#enabled || this.#now() - this.#start < QUIET) return;
    this.#stream.write(`\r\x1b[2K${text}`);
    this.#shown = true;
  }

  done(): void {
    if (this.#shown) this.#stream.write('\r\x1b[2K');
    this.#shown = false;
  }
}
