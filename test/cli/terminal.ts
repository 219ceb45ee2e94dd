import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { main } from './podnet.js';

/** How long a terminal may take to show what is waited for. Milliseconds. */
const DEADLINE = 25_000;

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
  cwd?: string;
  /** Where standard output goes, instead of the terminal. */
  stdout?: string;
}

/** Whether a terminal can be driven here; a failure where PODNET_REQUIRE=all asks for everything. */
export function hasTerminal(): boolean {
  if (spawnSync('tmux', ['-V']).status === 0) return true;
  if (process.env.PODNET_REQUIRE === 'all') expect.fail('tmux is not installed');
  return false;
}

/** podnet in a real terminal, which tmux draws. */
export class Terminal {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'podnet-terminal-'));

  constructor(args: readonly string[], { columns = 80, rows = 70, env = {}, cwd, stdout }: TerminalOptions = {}) {
    const command = [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const set = Object.entries({ PODNET_LANG: 'en', ...env }).map(([name, value]) => `export ${name}='${value}';`);
    // The terminal stays when podnet is done; Ctrl-C is for podnet alone, also where it comes as a signal.
    const script = `trap : INT; ${set.join(' ')} ${command}${stdout === undefined ? '' : ` > '${stdout}'`}; echo "[status $?]"; exec cat`;
    this.#tmux(
      ['-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh', '-c', script],
      cwd,
    );
  }

  /** Keys as tmux names them: `Enter`, `C-c`, `Down`; anything else is typed. */
  press(...keys: string[]): void {
    this.#tmux(['send-keys', '--', ...keys]);
  }

  /** Pastes as a terminal does, between marks where the program wants them. */
  paste(text: string): void {
    this.#tmux(['load-buffer', '-'], undefined, text);
    this.#tmux(['paste-buffer', '-p']);
  }

  /** All that stands on the screen and above it. Lines that the terminal broke are one where `joined`. */
  text(joined = false): string {
    return this.#tmux(['capture-pane', '-p', ...(joined ? ['-J'] : []), '-S', '-']);
  }

  /** Waits until the screen shows something, or something above it does. */
  async shows(what: string | RegExp): Promise<string> {
    const end = Date.now() + DEADLINE;
    for (;;) {
      const text = this.text();
      if (typeof what === 'string' ? text.includes(what) : what.test(text)) return text;
      if (Date.now() > end) throw new Error(`the terminal does not show ${String(what)}:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until podnet has ended, and gives its exit status. */
  async status(): Promise<number> {
    const text = await this.shows(/\[status \d+\]/);
    return Number(/\[status (\d+)\]/.exec(text)![1]);
  }

  /** Whether anything on the screen is coloured, bold or faint. */
  colours(): boolean {
    return this.#tmux(['capture-pane', '-p', '-e', '-S', '-']).includes('\x1b[');
  }

  /** The window is closed while podnet runs. */
  hangUp(): void {
    this.#tmux(['kill-session']);
  }

  close(): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server']);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #socket(): string {
    return path.join(this.#folder, 'socket');
  }

  #tmux(args: string[], cwd?: string, input?: string): string {
    const { status, stdout, stderr } = spawnSync('tmux', ['-u', '-S', this.#socket, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', HOME: this.#folder, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' },
      ...(cwd === undefined ? {} : { cwd }),
      ...(input === undefined ? {} : { input }),
    });
    if (status !== 0) throw new Error(`tmux ${args.join(' ')}: ${stderr}`);
    return stdout;
  }
}
