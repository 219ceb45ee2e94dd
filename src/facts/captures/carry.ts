/** Below this it is not worth growing step by step. */
const SMALLEST = 4096;

/**
 * The bytes of a record that straddles chunks. Grows with what really came, not with what a length field claims, and to
 * about twice the most that it ever held.
 */
export class Carry {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  /** Copies `from[start]` to `from[end - 1]`. */
  append(from: Uint8Array, start: number, end: number): void {
    const added = end - start;
    if (this.end + added > this.bytes.length) this.#makeRoom(added);
    if (added < 16) for (let at = start; at < end; at++) this.bytes[this.end + at - start] = from[at]!;
    else this.bytes.set(from.subarray(start, end), this.end);
    this.end += added;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
  }

  #makeRoom(added: number): void {
    const wanted = 2 * (this.length + added);
    if (wanted <= this.bytes.length) {
      // Half of it is free then, so that the next move is as far off as this one cost.
      this.bytes.copyWithin(0, this.start, this.end);
    } else {
      const larger = new Uint8Array(Math.max(wanted, SMALLEST));
      larger.set(this.bytes.subarray(this.start, this.end));
      this.bytes = larger;
    }
    this.end -= this.start;
    this.start = 0;
  }
}
