import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import picocolors from 'picocolors';
import { sanitize, sanitizeProse } from '../report/sanitize.js';
import { displayWidth, wrap } from '../report/wrap.js';
import { EndOfInput, Interrupted, TerminalInput } from './ask-terminal-input.js';
import type { AskSay } from './ask-words.js';
import { PAGE } from './page-width.js';

export interface Item<T> {
  text: string;
  value: T;
}

/** Choices under a heading, or under none. */
export interface ItemGroup<T> {
  title?: string;
  items: readonly Item<T>[];
}

/** How a person is asked. All throw Interrupted at Ctrl-C and EndOfInput at Ctrl-D. */
export interface Prompter {
  /** One of the items, of which there is at least one. */
  choose<T>(message: string, groups: readonly ItemGroup<T>[]): Promise<T>;
  /** A line of text, which may be empty. */
  line(message: string): Promise<string>;
  /** Text of several lines; empty where none was given. */
  paste(): Promise<string>;
}

export interface PrompterOptions {
  input: ReadStream;
  output: WriteStream;
  color: boolean;
  say: AskSay;
  /** Ends whatever is asked, as Ctrl-C does. */
  signal: AbortSignal;
}

/** Menus with arrow keys, or, on a terminal that cannot move its cursor, lists of which a number is typed. */
export function openPrompter(options: PrompterOptions, dumb: boolean): Prompter {
  return dumb ? new PlainPrompter(options) : new MenuPrompter(options);
}

/** Lines of the screen that a menu leaves to what is asked. */
const KEPT_ROWS = 6;

class MenuPrompter implements Prompter {
  readonly #options: PrompterOptions;
  readonly #input: TerminalInput;

  constructor(options: PrompterOptions) {
    const { input, output, signal } = options;
    this.#options = options;
    this.#input = new TerminalInput(input, (text) => void output.write(text), true, signal);
  }

  async choose<T>(message: string, groups: readonly ItemGroup<T>[]): Promise<T> {
    const { select, Separator } = await import('@inquirer/prompts');
    const { input, output, say, signal } = this.#options;
    const { cyan, bold, dim, green, blue } = picocolors.createColors(this.#options.color);
    const width = columnsOf(output) - 1;
    const asked = sanitizeProse(message);
    const choices = groups.flatMap(({ title, items }) => [
      ...(title === undefined ? [] : [new Separator(bold(sanitizeProse(title)))]),
      // Behind the pointer and the number.
      ...items.map(({ text, value }) => ({
        value,
        name: wrap(sanitizeProse(text), width - NUMBER_COLUMNS).join(`\n${' '.repeat(NUMBER_COLUMNS)}`),
        short: cut(sanitizeProse(text), width - displayWidth(asked) - 4),
      })),
    ]);
    const pageSize = Math.max(output.rows - KEPT_ROWS, 5);
    const lines = choices.flatMap((choice) => ('name' in choice ? choice.name.split('\n') : [choice.separator]));
    const keys = lines.length > pageSize ? [say('menuMore'), say('menuKeys')] : [say('menuKeys')];
    const ended = new AbortController();
    const onKey = (_: string | undefined, key: { ctrl?: boolean; name?: string } | undefined): void => {
      if (key?.ctrl === true && key.name === 'd') ended.abort();
    };
    const onEnd = (): void => ended.abort();
    emitKeypressEvents(input);
    // Before the menu's own, which takes Ctrl-D for nothing.
    input.on('keypress', onKey).on('end', onEnd).on('error', onEnd);
    try {
      if (input.readableEnded || input.destroyed) throw new EndOfInput();
      return await select<T>(
        {
          message: asked,
          choices,
          loop: false,
          pageSize,
          theme: {
            indexMode: 'number',
            prefix: { idle: blue('?'), done: green('✔') },
            icon: { cursor: '>' },
            style: {
              message: bold,
              answer: cyan,
              highlight: cyan,
              keysHelpTip: () => keys.map(dim).join('\n'),
            },
          },
        },
        { input, output, signal: AbortSignal.any([signal, ended.signal]) },
      );
    } catch (error) {
      if (ended.signal.aborted) throw new EndOfInput();
      const name = error instanceof Error ? error.name : '';
      throw name === 'ExitPromptError' || name === 'AbortPromptError' ? new Interrupted() : error;
    } finally {
      input.off('keypress', onKey).off('end', onEnd).off('error', onEnd);
    }
  }

  line(message: string): Promise<string> {
    this.#options.output.write(lineMessage(message, this.#options));
    return this.#input.line();
  }

  paste(): Promise<string> {
    return this.#input.paste();
  }
}

/** Columns of `> 12. ` before a choice. */
const NUMBER_COLUMNS = 6;

class PlainPrompter implements Prompter {
  readonly #options: PrompterOptions;
  readonly #input: TerminalInput;

  constructor(options: PrompterOptions) {
    this.#options = options;
    this.#input = new TerminalInput(options.input, (text) => void options.output.write(text), false, options.signal);
  }

  async choose<T>(message: string, groups: readonly ItemGroup<T>[]): Promise<T> {
    const { output, say } = this.#options;
    const width = columnsOf(output) - 1;
    const items = groups.flatMap((group) => group.items);
    const lines: string[] = [];
    let number = 0;
    for (const group of groups) {
      if (group.title !== undefined) lines.push(...wrap(sanitizeProse(group.title), width));
      for (const { text } of group.items) {
        number += 1;
        const mark = `${number}.`.padStart(NUMBER_COLUMNS - 2);
        const [first = '', ...more] = wrap(sanitizeProse(text), width - NUMBER_COLUMNS);
        lines.push(`${mark}  ${first}`, ...more.map((line) => `${' '.repeat(NUMBER_COLUMNS)}${line}`));
      }
    }
    output.write(`${lines.join('\n')}\n`);
    for (;;) {
      output.write(`${sanitizeProse(message)} (1-${items.length}): `);
      const typed = (await this.#input.line()).trim();
      const item = /^\d{1,3}$/.test(typed) ? items[Number(typed) - 1] : undefined;
      if (item !== undefined) return item.value;
      if (typed !== '') output.write(`${say('noNumber', { typed: cut(sanitize(typed), 40), n: items.length })}\n`);
    }
  }

  line(message: string): Promise<string> {
    this.#options.output.write(lineMessage(message, this.#options));
    return this.#input.line();
  }

  paste(): Promise<string> {
    return this.#input.paste();
  }
}

function lineMessage(message: string, { output, color }: PrompterOptions): string {
  const { bold, blue } = picocolors.createColors(color);
  const lines = wrap(sanitizeProse(message), columnsOf(output) - 3);
  // What is typed has a line of its own.
  return `${blue('?')} ${lines.map((line) => bold(line)).join('\n  ')}\n  > `;
}

function columnsOf(output: WriteStream): number {
  return output.columns > 0 ? output.columns : PAGE.usual;
}

/** At most `width` columns of a line, with an ellipsis where something was cut. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${wrap(text, Math.max(width - 1, 2))[0] ?? ''}…`;
}
