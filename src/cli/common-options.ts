import { Option } from 'commander';
import type { Say } from './words.js';

/** Values of an option that may be given several times. */
export function collected(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** `-f`, text unless told. */
export function formatOption(description: string, choices: readonly string[]): Option {
  return new Option('-f, --format <format>', description).choices(choices).default('text');
}

/** `--lang`. */
export function langOption(say: Say): Option {
  return new Option('--lang <lang>', say('optionLang')).choices(['en', 'zh']);
}

/** A value that an option's own parser refuses: commander's InvalidArgumentError carries only English. */
export class InvalidOption extends Error {
  override readonly name = 'InvalidOption';
}
