import type { NftValue } from './nft-value.js';
import { flagsOf } from './nft-value.js';
import type { NftWords } from './nft-words.js';

type Operation = (value: number, operand: number) => number;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['&', (a, b) => a & b],
  ['and', (a, b) => a & b],
  ['|', (a, b) => a | b],
  ['or', (a, b) => a | b],
  ['^', (a, b) => a ^ b],
  ['xor', (a, b) => a ^ b],
  ['<<', (a, b) => a << (b & 31)],
  ['lshift', (a, b) => a << (b & 31)],
  ['>>', (a, b) => a >>> (b & 31)],
  ['rshift', (a, b) => a >>> (b & 31)],
]);

export const isOperator = (word: string | undefined): boolean => word !== undefined && OPERATIONS.has(word);

/** The value after `& MASK` and the like; flags keep what is known of them. */
export function operated(value: NftValue, name: string, operand: number): NftValue {
  const operation = OPERATIONS.get(name);
  if (operation === undefined) return undefined;
  if (value === 'none' || value === 'random') return value;
  const flags = flagsOf(value);
  const isAnd = name === '&' || name === 'and';
  if (flags === undefined) return isAnd && operand === 0 ? { from: 0, to: 0 } : undefined;
  if (flags.known === -1) {
    const result = operation(flags.flags, operand) >>> 0;
    return { from: result, to: result };
  }
  // What a mask clears is known, and what `or` sets.
  if (isAnd) return { flags: flags.flags & operand, known: flags.known | ~operand };
  if (name === '|' || name === 'or') return { flags: flags.flags | operand, known: flags.known | operand };
  return name === '^' || name === 'xor' ? { flags: flags.flags ^ operand, known: flags.known } : undefined;
}

/** An operand: a number, or names in parentheses: `(fin | syn | rst)`, `255.255.0.0`. Undefined where it is none. */
export function operandOf(words: NftWords, parse: (word: string) => number | undefined): number | undefined {
  if (words.take('(') === undefined) {
    const word = words.next();
    return word === undefined ? undefined : parse(word);
  }
  let all = 0;
  for (let word = words.next(); word !== ')'; word = words.next()) {
    if (word === undefined) return undefined;
    for (const name of word.split('|')) {
      if (name === '' || name === ',') continue;
      const value = parse(name);
      if (value === undefined) return undefined;
      all |= value;
    }
  }
  return all;
}
