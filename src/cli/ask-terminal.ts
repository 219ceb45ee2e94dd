import { openPrompter, type Prompter, type PrompterOptions } from './ask-prompter.js';
import { introPage, notePage, type ScreenOptions } from './ask-screen.js';
import { EndOfInput } from './ask-terminal-input.js';
import type { AskSay } from './ask-words.js';
import { PAGE } from './page-width.js';

/** Where a person can be asked. The report may go elsewhere. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** The terminal in which a person is asked, on standard input and standard error. */
export class Terminal {
  readonly prompter: Prompter;
  readonly #say: AskSay;
  readonly #color: boolean;

  constructor(say: AskSay, signal: AbortSignal) {
    const isDumb = process.env.TERM === 'dumb';
    this.#say = say;
    this.#color = !process.env.NO_COLOR && !isDumb;
    const options: PrompterOptions = {
      input: process.stdin,
      output: process.stderr as PrompterOptions['output'],
      color: this.#color,
      say,
      signal,
    };
    this.prompter = openPrompter(options, isDumb);
    // A terminal that is gone takes and gives no more text, and the answers are to be saved all the same.
    process.stdin.on('error', () => {});
    quietRawMode(process.stdin);
    process.stderr.on('error', () => {});
  }

  show(text: string): void {
    process.stderr.write(text);
  }

  note(text: string): void {
    this.show(notePage(text, this.screen()));
  }

  /** A terminal may be resized meanwhile. */
  screen(): ScreenOptions {
    const columns = process.stderr.columns ?? 0;
    return { say: this.#say, color: this.#color, width: Math.min(columns > 0 ? columns : PAGE.usual, PAGE.widest) };
  }

  async agreesToProbe(): Promise<boolean> {
    const say = this.#say;
    this.show(introPage(say('liveAsk'), this.screen()));
    try {
      return await this.prompter.choose(say('answerPrompt'), [
        {
          items: [
            { text: say('liveYes'), value: true },
            { text: say('liveNo'), value: false },
          ],
        },
      ]);
    } catch (error) {
      // Who says nothing agrees to nothing; what follows ends at the same.
      if (error instanceof EndOfInput) return false;
      throw error;
    }
  }
}

/** A menu gives the terminal its mode back when it ends, and takes it for an error of its own where there is none any more. */
function quietRawMode(input: typeof process.stdin): void {
  const setRawMode = input.setRawMode.bind(input);
  input.setRawMode = (isRaw) => (input.readableEnded || input.destroyed ? input : setRawMode(isRaw));
}

export interface HeldSignals {
  /** Aborted at the first of the signals. */
  signal: AbortSignal;
  hold(): void;
  /** Gives the signals back to who had them before. */
  letGo(): void;
}

/** Signals that would end the process end the questions instead, so that the answers can be saved. */
export function holdSignals(): HeldSignals {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const controller = new AbortController();
  const others = names.map((name) => process.listeners(name));
  const abort = (): void => controller.abort();
  const letGo = (): void => {
    for (const [at, name] of names.entries()) {
      process.off(name, abort);
      for (const listener of others[at]!) if (!process.listeners(name).includes(listener)) process.on(name, listener);
    }
  };
  const hold = (): void => {
    for (const [at, name] of names.entries()) {
      for (const listener of others[at]!) process.off(name, listener);
      process.on(name, abort);
    }
  };
  hold();
  return { signal: controller.signal, hold, letGo };
}
