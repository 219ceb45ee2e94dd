/** Words of one rule that are read; what a kernel holds is far shorter. */
const MOST_WORDS = 20_000;

const WORD = /"[^"]*"?|[{}()]|,(?=\s|$)|#|[^\s"{}()]+/g;

/**
 * The words of a rule: texts in quotes (with their quotes), braces, parentheses and the commas between elements each as a
 * word of its own; a comma within a word (`established,related`) stays in it.
 */
export function nftWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(WORD)) {
    if (words.length >= MOST_WORDS) break;
    if (word.length > 1 && word.endsWith(',') && !word.startsWith('"')) words.push(word.slice(0, -1), ',');
    else words.push(word);
  }
  return words;
}

/** The words of a rule, read from left to right. */
export class NftWords {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get at(): number {
    return this.#at;
  }

  /** Goes back to a place that `at` gave. */
  back(at: number): void {
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.#words.length;
  }

  /** The word that comes next, or one after it; undefined at the end. */
  peek(ahead = 0): string | undefined {
    return this.#words[this.#at + ahead];
  }

  next(): string | undefined {
    const word = this.#words[this.#at];
    if (word !== undefined) this.#at += 1;
    return word;
  }

  /** Takes the next word where it is one of these. */
  take(...wanted: readonly string[]): string | undefined {
    const word = this.peek();
    if (word === undefined || !wanted.includes(word)) return undefined;
    this.#at += 1;
    return word;
  }

  /** What stands between the brace that comes next and the one that closes it, both taken, as one text. */
  braced(): string {
    const inner: string[] = [];
    let depth = 0;
    while (!this.done) {
      const word = this.next()!;
      if (word === '{') depth += 1;
      else if (word === '}') depth -= 1;
      if (depth <= 0) break;
      if (depth > 1 || word !== '{') inner.push(word);
    }
    return inner.join(' ');
  }
}
