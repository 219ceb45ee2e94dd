import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import { sanitize } from '../report/sanitize.js';
import { displayWidth } from '../report/wrap.js';

/** The person wants to leave: Ctrl-C, or a signal that ends a process. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** There is no more input: Ctrl-D, or a terminal that is gone. */
export class EndOfInput extends Error {
  override readonly name = 'EndOfInput';
}

/** Characters of a paste beyond which the rest is dropped. */
const LONGEST_PASTE = 16 * 1024 * 1024;

/** How long a terminal may pause within a paste that it does not mark as one. Milliseconds. */
const QUIET = 100;

const PASTE = { on: '\x1b[?2004h', off: '\x1b[?2004l' } as const;
/** What a terminal sends for a key that is no character; it may come in pieces. */
const ESCAPE = /^\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])/;
const UNFINISHED = /^\x1b(?:\[[0-?]*[ -/]*|O)?$/;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

interface Reading {
  /** Whether a whole paste is read, rather than one line. */
  paste: boolean;
  lines: string[];
  line: string;
  /** Between the marks that a terminal puts around a paste: nothing there is a key. */
  marked: boolean;
  /** Blank lines that were typed just now, one after another. */
  blank: number;
  /** The last character was a carriage return. */
  returned: boolean;
  size: number;
  finish: (text: string) => void;
  fail: (error: Error) => void;
}

/**
 * Lines and pastes from a terminal, character by character: a terminal that cuts its input into lines itself loses what is
 * longer than 4095 bytes, and ends for good at Ctrl-D. What is typed is echoed.
 */
export class TerminalInput {
  readonly #input: ReadStream;
  readonly #echo: (text: string) => void;
  readonly #marks: boolean;
  readonly #signal: AbortSignal;
  #ended = false;
  /** What was typed ahead of the next reading. */
  #ahead = '';

  /** `marks`: whether the terminal can be asked to mark pastes. `signal` ends a reading as Ctrl-C does. */
  constructor(input: ReadStream, echo: (text: string) => void, marks: boolean, signal: AbortSignal) {
    this.#input = input;
    this.#echo = echo;
    this.#marks = marks;
    this.#signal = signal;
  }

  /** One line, without its end. Throws Interrupted and EndOfInput. */
  line(): Promise<string> {
    return this.#read(false);
  }

  /** Lines up to a lone dot, two empty lines or Ctrl-D; empty where nothing was given. Throws Interrupted and EndOfInput. */
  paste(): Promise<string> {
    return this.#read(true);
  }

  #read(paste: boolean): Promise<string> {
    if (this.#ended) return Promise.reject(new EndOfInput());
    if (this.#signal.aborted) return Promise.reject(new Interrupted());
    const decoder = new StringDecoder('utf8');
    let pending = '';
    let timer: NodeJS.Timeout | undefined;
    let cleanUp = (): void => {};
    return new Promise<string>((finish, fail) => {
      const reading: Reading = {
        paste,
        lines: [],
        line: '',
        marked: false,
        blank: 0,
        returned: false,
        size: 0,
        finish,
        fail,
      };
      const onData = (chunk: Buffer | string): void => {
        clearTimeout(timer);
        pending += typeof chunk === 'string' ? chunk : decoder.write(chunk);
        const { rest, ahead, echo, ends } = take(pending, reading);
        pending = rest;
        this.#ahead = ahead;
        this.#echo(echo);
        // A paste that the terminal does not mark may hold the same: then more of it follows at once.
        if (ends) timer = setTimeout(() => finish(textOf(reading, true)), QUIET);
      };
      const onEnd = (): void => {
        this.#ended = true;
        if (paste && (reading.lines.length > 0 || reading.line !== '')) finish(textOf(reading, false));
        else fail(new EndOfInput());
      };
      const onAbort = (): void => fail(new Interrupted());
      cleanUp = () => {
        clearTimeout(timer);
        this.#input.off('data', onData).off('end', onEnd).off('error', onEnd);
        this.#signal.removeEventListener('abort', onAbort);
        if (this.#marks && paste) this.#echo(PASTE.off);
        if (!this.#ended) this.#input.setRawMode(false);
        this.#input.pause();
      };
      this.#input.setRawMode(true);
      if (this.#marks && paste) this.#echo(PASTE.on);
      this.#input.on('data', onData).on('end', onEnd).on('error', onEnd);
      this.#signal.addEventListener('abort', onAbort);
      this.#input.resume();
      const ahead = this.#ahead;
      this.#ahead = '';
      if (ahead !== '') onData(ahead);
    }).finally(() => cleanUp());
  }
}

/** What was read, without the mark that ended it. */
function textOf({ lines, line }: Reading, ended: boolean): string {
  const all = line === '' ? [...lines] : [...lines, line];
  if (ended && all.at(-1) === '.') all.pop();
  const text = all.join('\n').trimEnd();
  return text === '' ? '' : `${text}\n`;
}

interface Taken {
  /** The beginning of an escape sequence. */
  rest: string;
  /** What follows the line that was read. */
  ahead: string;
  echo: string;
  /** Whether the last line may be the one that ends the paste. */
  ends: boolean;
}

/** Takes what came in. */
function take(input: string, reading: Reading): Taken {
  let echo = '';
  let ends = false;
  let at = 0;
  while (at < input.length) {
    const code = input.codePointAt(at)!;
    if (code === 0x1b) {
      const rest = input.slice(at, at + 64);
      const sequence = ESCAPE.exec(rest)?.[0];
      if (sequence === undefined && UNFINISHED.test(rest)) {
        return { rest: input.slice(at), ahead: '', echo, ends: false };
      }
      if (sequence === '\x1b[200~') reading.marked = true;
      if (sequence === '\x1b[201~') reading.marked = false;
      at += sequence?.length ?? 1;
      continue;
    }
    const character = String.fromCodePoint(code);
    at += character.length;
    const isLineFeedOfReturn = character === '\n' && reading.returned;
    reading.returned = character === '\r';
    if (isLineFeedOfReturn) continue;
    ends = false;
    if (character === '\r' || character === '\n') {
      echo += '\r\n';
      if (!reading.paste && !reading.marked) {
        reading.finish(reading.line);
        return { rest: '', ahead: input.slice(at), echo, ends: false };
      }
      ends = endLine(reading);
    } else if (reading.marked || code >= 0x20) echo += append(character, reading);
    else echo += control(character, reading);
  }
  return { rest: '', ahead: '', echo, ends };
}

/** Ends a line; true where it may be the one that ends the paste. */
function endLine(reading: Reading): boolean {
  const { line, marked } = reading;
  reading.lines.push(line);
  reading.line = '';
  reading.blank = marked || line.trim() !== '' ? 0 : reading.blank + 1;
  return !marked && (line === '.' || reading.blank >= 2);
}

/** Adds a character to the line and gives what is echoed for it. */
function append(character: string, reading: Reading): string {
  if (character === '\x7f' && !reading.marked) {
    const last = [...graphemes.segment(reading.line)].at(-1)?.segment ?? '';
    reading.line = reading.line.slice(0, reading.line.length - last.length);
    return '\b \b'.repeat(displayWidth(sanitize(last)));
  }
  // A terminal's colours and bells that were copied along are no part of an output.
  if (character !== '\t' && /\p{Cc}/u.test(character)) return '';
  if (reading.size >= LONGEST_PASTE) return '';
  reading.size += character.length;
  reading.line += character;
  return character === '\t' ? '\t' : sanitize(character);
}

/** Obeys a key that is no character and gives what is echoed for it. */
function control(character: string, reading: Reading): string {
  if (character === '\t') return append(character, reading);
  if (character === '\b') return append('\x7f', reading);
  if (character === '\x03') reading.fail(new Interrupted());
  if (character === '\x04' && (reading.paste || reading.line === '')) {
    if (reading.paste && (reading.lines.length > 0 || reading.line !== '')) reading.finish(textOf(reading, false));
    else reading.fail(new EndOfInput());
  }
  if (character === '\x15') {
    const width = displayWidth(sanitize(reading.line));
    reading.line = '';
    return '\b \b'.repeat(width);
  }
  return '';
}
