/** Shorter ones stand in too many lines to be worth the search. */
const SHORTEST = 3;

/** Texts of which anything that an expression matches holds at least one. */
type Required = readonly string[];

/**
 * Texts of which every match of a regular expression without flags holds at least one: `x|table full(?:, dropping)?` has none,
 * `(?:neigh|arp)\w*: .*overflow` has `overflow`. Undefined where none can be told, or the expression has something that this
 * does not read. Never wrong about one that it gives: what it cannot tell it leaves out.
 */
export function requiredLiterals(source: string): Required | undefined {
  const reader = new Reader(source);
  const found = reader.alternatives();
  return reader.atEnd && !reader.unread ? found : undefined;
}

class Reader {
  readonly #source: string;
  #at = 0;
  unread = false;

  constructor(source: string) {
    this.#source = source;
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  /** Up to the end of the group: of each way that it may match one text. */
  alternatives(): Required | undefined {
    const found: string[] = [];
    let known = true;
    for (;;) {
      const one = this.#sequence();
      if (one === undefined) known = false;
      else found.push(...one);
      if (this.atEnd || this.#source[this.#at] !== '|') break;
      this.#at += 1;
    }
    return known ? [...new Set(found)] : undefined;
  }

  #sequence(): Required | undefined {
    let best: Required | undefined;
    let run = '';
    const offer = (candidate: Required | undefined): void => {
      if (candidate !== undefined && worth(candidate) > worth(best)) best = candidate;
    };
    const endRun = (): void => {
      if (run.length >= SHORTEST) offer([run]);
      run = '';
    };
    while (!this.atEnd && !this.unread) {
      const char = this.#source[this.#at]!;
      if (char === '|' || char === ')') break;
      if (char === '(') {
        endRun();
        const group = this.#group();
        if (this.#quantifier() > 0) offer(group);
        continue;
      }
      const literal = this.#atom();
      const times = this.#quantifier();
      if (literal === undefined || times === 0) endRun();
      else {
        run += literal;
        // More of the same may follow.
        if (times > 1 || this.#repeats) endRun();
      }
    }
    endRun();
    return best;
  }

  /** What a group that has to match requires; nothing of one that only looks. */
  #group(): Required | undefined {
    this.#at += 1;
    const looks = /^\?<?[=!]/.test(this.#source.slice(this.#at, this.#at + 3));
    const opening = /^\?(?:[:=!]|<[=!]|<\w+>)/.exec(this.#source.slice(this.#at, this.#at + 40));
    if (opening !== null) this.#at += opening[0].length;
    else if (this.#source[this.#at] === '?') this.unread = true;
    const inside = this.alternatives();
    if (this.#source[this.#at] !== ')') this.unread = true;
    this.#at += 1;
    return looks ? undefined : inside;
  }

  /** One character of the expression, or a class: the text where it stands for itself. */
  #atom(): string | undefined {
    const char = this.#source[this.#at]!;
    this.#at += 1;
    if (char === '[') {
      while (!this.atEnd && this.#source[this.#at] !== ']') this.#at += this.#source[this.#at] === '\\' ? 2 : 1;
      this.#at += 1;
      return undefined;
    }
    if (char === '.' || char === '^' || char === '$') return undefined;
    if (char !== '\\') return char;
    const escaped = this.#source[this.#at];
    this.#at += 1;
    if (escaped === undefined || /[1-9kpPuxc0]/.test(escaped)) this.unread = true;
    else if (/\W/.test(escaped)) return escaped;
    return undefined;
  }

  #repeats = false;

  /** How often what stands before it has to be there, at least; `#repeats` where it may be more often. */
  #quantifier(): number {
    const match = /^(?:[?*+]|\{(\d+)(,\d*)?\})\??/.exec(this.#source.slice(this.#at, this.#at + 20));
    this.#repeats = false;
    if (match === null) return 1;
    this.#at += match[0].length;
    const [text, least] = match;
    this.#repeats = true;
    if (least !== undefined) return Number(least);
    return text.startsWith('+') ? 1 : 0;
  }
}

/** The length of the shortest text: longer ones stand in fewer lines. */
function worth(required: Required | undefined): number {
  return required === undefined || required.length === 0 ? 0 : Math.min(...required.map(({ length }) => length));
}
