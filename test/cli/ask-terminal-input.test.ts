import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { afterEach, describe, expect, test } from 'vitest';
import { EndOfInput, Interrupted, TerminalInput } from '../../src/cli/ask-terminal-input.js';

/** What a terminal sends, piece by piece; that a real one does so is tested in one. */
class Keyboard {
  readonly stream = new PassThrough();
  readonly controller = new AbortController();
  readonly input: TerminalInput;
  echoed = '';
  raw = false;

  constructor() {
    const terminal = Object.assign(this.stream, {
      setRawMode: (raw: boolean) => {
        this.raw = raw;
        return terminal;
      },
    });
    const echo = (text: string): void => {
      this.echoed += text;
    };
    this.input = new TerminalInput(terminal as unknown as ReadStream, echo, true, this.controller.signal);
  }

  async send(...pieces: string[]): Promise<void> {
    for (const piece of pieces) {
      this.stream.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

let keyboard = new Keyboard();
afterEach(() => {
  keyboard = new Keyboard();
});

describe('a paste', () => {
  test.each([
    ['a lone dot', 'a\rb\r.\r'],
    ['two empty lines', 'a\rb\r\r\r'],
    ['Ctrl-D', 'a\rb\x04'],
    ['Ctrl-D on a line of its own', 'a\rb\r\x04'],
  ])('ends at %s', async (_, keys) => {
    const paste = keyboard.input.paste();
    await keyboard.send(keys);
    expect(await paste).toBe('a\nb\n');
  });

  test('holds dots and empty lines that the terminal marks as pasted', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send('\x1b[200~a\r\r\r\r.\rb\x1b[201~', '\r.\r');
    expect(await paste).toBe('a\n\n\n\n.\nb\n');
  });

  test('holds dots and empty lines after which more follows at once', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send('a\r\r\r\rb\r', '.\r', 'c\r.\r');
    expect(await paste).toBe('a\n\n\n\nb\n.\nc\n');
  });

  test('is the same in whatever pieces it comes', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send(...'\x1b[200~日本 a\r\nb\x1b[201~\r.\r'.split(''));
    expect(await paste).toBe('日本 a\nb\n');
  });

  test('keeps tabs, and neither keys nor colours that were copied along', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send('\x1b[200~\x1b[31ma\x1b[0m\tb\x07\x03\x04c\x1b[201~', '\x1b[A\x1bOP\r.\r');
    expect(await paste).toBe('a\tbc\n');
    expect(keyboard.echoed.replace(/\x1b\[\?2004[hl]/g, '')).toBe('a\tbc\r\n.\r\n');
  });

  test('can be corrected while it is typed', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send('gone\x15ab界\x7f\x7fc\r.\r');
    expect(await paste).toBe('ac\n');
  });

  test('shows what would steer the terminal as an escape, and keeps it as it was', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send('\x1b[200~a\u202eb\x1b[201~\r.\r');
    expect(await paste).toBe('a\u202eb\n');
    expect(keyboard.echoed).toContain('a\\u202eb');
  });

  test('that holds nothing is empty', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send('.\r');
    expect(await paste).toBe('');
  });

  test('is interrupted by Ctrl-C and by a signal, and ends where nothing was given before Ctrl-D', async () => {
    const interrupted = expect(keyboard.input.paste()).rejects.toThrow(Interrupted);
    await keyboard.send('a\r\x03');
    await interrupted;
    const ended = expect(keyboard.input.paste()).rejects.toThrow(EndOfInput);
    await keyboard.send('\x04');
    await ended;
    const aborted = expect(keyboard.input.paste()).rejects.toThrow(Interrupted);
    keyboard.controller.abort();
    await aborted;
  });

  test('leaves the terminal as it was', async () => {
    const paste = keyboard.input.paste();
    expect(keyboard.raw).toBe(true);
    await keyboard.send('.\r');
    await paste;
    expect(keyboard.raw).toBe(false);
    expect(keyboard.echoed).toBe('\x1b[?2004h.\r\n\x1b[?2004l');
  });

  test('ends with the terminal, and all that follows does', async () => {
    const paste = keyboard.input.paste();
    await keyboard.send('a');
    keyboard.stream.end();
    expect(await paste).toBe('a\n');
    await expect(keyboard.input.line()).rejects.toThrow(EndOfInput);
  });
});

describe('a line', () => {
  test('that was typed ahead is not lost', async () => {
    const first = keyboard.input.line();
    await keyboard.send('one\rtwo\r');
    expect(await first).toBe('one');
    expect(await keyboard.input.line()).toBe('two');
  });

  test('ends the input at Ctrl-D only where it is empty', async () => {
    const line = keyboard.input.line();
    await keyboard.send('a\x04b\r');
    expect(await line).toBe('ab');
  });
});
