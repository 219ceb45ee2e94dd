import type { CaptureOutput } from './capture-output.js';

/** A place where a file cannot be what it says, from where the next record is searched. Reported once it is known what came of it. */
export class Damage {
  readonly #what: string;
  readonly #packet: number;
  readonly #position: number;

  /** `position`: bytes from the file's beginning. */
  constructor(what: string, packet: number, position: number) {
    this.#what = what;
    this.#packet = packet;
    this.#position = position;
  }

  passed(output: CaptureOutput, position: number): void {
    const bytes = position - this.#position;
    output.problem(`${this.#what}: ${bytes} bytes were passed over`, this.#packet);
  }

  lost(output: CaptureOutput): void {
    output.problem(`${this.#what}: nothing behind it could be read`, this.#packet);
  }
}
