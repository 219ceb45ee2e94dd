import picocolors from 'picocolors';
import type { Diagnosis } from '../engine/diagnosis.js';
import { commandLines, sanitize, sanitizeProse } from './sanitize.js';
import { displayWidth, wrap } from './wrap.js';

export type Tone = 'plain' | 'strong' | 'faint';

/**
 * A page of text for a terminal of some width. Everything that is put on it passes `sanitize` here and nowhere else;
 * colour is laid over whole lines after they were measured.
 */
export class Page {
  readonly #width: number;
  readonly #colors: ReturnType<typeof picocolors.createColors>;
  readonly #lines: string[] = [];

  constructor(width: number, color: boolean) {
    this.#width = Math.max(width, 20);
    this.#colors = picocolors.createColors(color);
  }

  /** The first line: red for a fault, green for none, yellow where it cannot be told. */
  verdict(text: string, outcome: Diagnosis['outcome']): void {
    const { red, green, yellow, bold } = this.#colors;
    const hue = outcome === 'diagnosed' ? red : outcome === 'healthy' || outcome === 'not-a-fault' ? green : yellow;
    for (const line of wrap(sanitizeProse(text), this.#width)) this.#lines.push(bold(hue(line)));
  }

  heading(text: string): void {
    this.blank();
    for (const line of wrap(sanitizeProse(text), this.#width)) this.#lines.push(this.#colors.bold(line));
  }

  label(text: string, indent: number): void {
    this.#put(text, indent, indent, '', this.#colors.cyan);
  }

  paragraph(text: string, indent = 0, tone: Tone = 'plain'): void {
    this.#put(text, indent, indent, '', this.#tone(tone));
  }

  /** A paragraph behind a mark (`-`, `1.`, `+`), its further lines set in. */
  item(mark: string, text: string, indent: number, tone: Tone = 'plain'): void {
    this.#put(text, indent, indent + displayWidth(mark) + 1, `${mark} `, this.#tone(tone));
  }

  /** A command on lines of its own, as it is typed: it is never wrapped. */
  command(run: string, indent: number): void {
    for (const line of commandLines(run))
      this.#lines.push(`${' '.repeat(indent)}${this.#colors.green(line)}`.trimEnd());
  }

  /** Lines of a table, whose columns must stay where they are: they are not wrapped. */
  rows(lines: readonly string[], indent: number, tone: Tone = 'plain'): void {
    const paint = this.#tone(tone);
    for (const line of lines) this.#lines.push(`${' '.repeat(indent)}${paint(sanitize(line))}`);
  }

  /** An address stays whole, so that it can be followed; other references are prose. */
  reference(text: string, indent: number): void {
    if (/^https?:\/\/\S+$/.test(text)) this.#lines.push(`${' '.repeat(indent)}- ${sanitizeProse(text)}`);
    else this.item('-', text, indent);
  }

  /** Columns that there are. */
  get width(): number {
    return this.#width;
  }

  blank(): void {
    if (this.#lines.at(-1) !== '') this.#lines.push('');
  }

  toString(): string {
    return `${this.#lines.join('\n').trimEnd()}\n`;
  }

  #tone(tone: Tone): (text: string) => string {
    if (tone === 'strong') return this.#colors.bold;
    return tone === 'faint' ? this.#colors.dim : String;
  }

  #put(text: string, first: number, further: number, mark: string, paint: (text: string) => string): void {
    const lines = wrap(sanitizeProse(text), this.#width - further);
    for (const [index, line] of lines.entries()) {
      this.#lines.push(
        index === 0 ? `${' '.repeat(first)}${mark}${paint(line)}` : `${' '.repeat(further)}${paint(line)}`,
      );
    }
  }
}
