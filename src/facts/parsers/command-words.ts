import type { Command } from './parser.js';

/** Words of a line, split at blanks; empty for a blank line. */
export function wordsOf(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === '' ? [] : trimmed.split(/\s+/);
}

/** A decimal whole number that a JavaScript number holds exactly, else undefined. */
export function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The letters of all short options, `-lntup` and `-l -n` alike; long options and values are left out. */
export function shortOptions(args: readonly string[]): Set<string> {
  const letters = new Set<string>();
  for (const arg of args) if (/^-[A-Za-z0-9]+$/.test(arg)) for (const letter of arg.slice(1)) letters.add(letter);
  return letters;
}

/** The value of an option in the forms `-t nat`, `-tnat`, `--table nat` and `--table=nat`. */
export function optionValue(args: readonly string[], short: string, long: string): string | undefined {
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (arg === `-${short}` || arg === `--${long}`) return args[i + 1];
    if (arg.startsWith(`--${long}=`)) return arg.slice(long.length + 3);
    if (arg.startsWith(`-${short}`) && !arg.startsWith('--') && arg.length > 2) return arg.slice(2);
  }
  return undefined;
}

/**
 * The file that `cat FILE` printed, with slashes turned into dots and without the leading one: `proc.sys.net.ipv4.ip_forward`.
 * sos writes dots for slashes in its names, so dots are the one form that both spellings have; and where a reader cut the
 * name at underscores, they are put back.
 */
export function dottedPathOf(command: Command): string | undefined {
  if (command.program !== 'cat') return undefined;
  const operands = command.args.filter((arg) => !arg.startsWith('-'));
  if (operands.length === 0) return undefined;
  const path = command.exact ? operands[operands.length - 1]! : operands.join('_');
  return path.replaceAll('/', '.').replace(/^\.+/, '');
}
