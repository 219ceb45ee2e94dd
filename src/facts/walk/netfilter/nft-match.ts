import { inverted, type Match } from './match.js';
import type { NftField } from './nft-field.js';
import type { NftLookup } from './nft-lookup.js';
import type { Certainty, NftStatement } from './nft-rule.js';
import type { NftConstant, NftValue } from './nft-value.js';
import { equals, flagsOf, hasAny, nftConstant } from './nft-value.js';
import type { NftWords } from './nft-words.js';

const OPERATORS: Readonly<Record<string, '==' | '!=' | '<' | '>' | '<=' | '>=' | '!'>> = {
  ...{ '==': '==', eq: '==', '!=': '!=', ne: '!=', neq: '!=', '<': '<', lt: '<', '>': '>', gt: '>' },
  ...{ '<=': '<=', le: '<=', '>=': '>=', ge: '>=', '!': '!' },
};

/** Kinds of which a single constant without an operator asks whether one of its flags is set. */
const OF_FLAGS: ReadonlySet<string> = new Set(['state', 'status', 'tcp-flags']);

type Test = (values: readonly NftValue[]) => Match;

/**
 * The condition that fields are under: what follows them up to the next statement.
 *
 * @param lookupOf reads a set, named or in braces, where one comes next.
 * @param isStatement whether a word begins another statement: a field may stand alone.
 */
export function nftMatch(
  words: NftWords,
  fields: readonly NftField[],
  lookupOf: () => NftLookup | undefined,
  isStatement: (word: string) => boolean,
): NftStatement {
  const word = words.peek() ?? '';
  const operator = Object.hasOwn(OPERATORS, word) ? OPERATORS[word] : undefined;
  if (operator !== undefined) words.next();
  const lookup = lookupOf();
  let test: Test | undefined;
  if (lookup !== undefined) test = (values) => lookup.match(values);
  else if (!words.done && !isStatement(words.peek()!)) test = constantTest(words, fields, operator);
  const negated = operator === '!=' || operator === '!';
  return {
    do: 'match',
    test(packet, place): Certainty {
      const values = fields.map((field) => field.read(packet, place));
      if (values.includes('none')) return 'no';
      if (values.includes('random')) return 'random';
      const match = test?.(values) ?? 'maybe';
      return negated ? inverted(match) : match;
    },
  };
}

function constantTest(
  words: NftWords,
  fields: readonly NftField[],
  operator: (typeof OPERATORS)[string] | undefined,
): Test {
  const [{ kind }] = fields as [NftField];
  if (fields.length > 1) {
    const constants: NftConstant[] = [];
    for (const field of fields) {
      constants.push(nftConstant(words.next() ?? '', field.kind));
      if (constants.length < fields.length && words.take('.') === undefined) break;
    }
    return (values) => {
      let result: Match = 'yes';
      for (let i = 0; i < values.length; i += 1) {
        const match = equals(values[i], constants[i]);
        if (match === 'no') return 'no';
        if (match === 'maybe') result = 'maybe';
      }
      return result;
    };
  }
  let constant = nftConstant(words.next()!, kind);
  while (OF_FLAGS.has(kind) && words.take('|') !== undefined) {
    const more = nftConstant(words.next() ?? '', kind);
    const all = numberOf(constant);
    const flag = numberOf(more);
    constant = all === undefined || flag === undefined ? undefined : { from: all | flag, to: all | flag };
  }
  if (kind === 'tcp-flags' && words.take('/') !== undefined) {
    const mask = numberOf(nftConstant(words.next() ?? '', kind));
    return ([value]) => maskedEquals(value, constant, mask);
  }
  if (operator === '<' || operator === '>' || operator === '<=' || operator === '>=')
    return ([value]) => compared(value, operator, numberOf(constant));
  if (OF_FLAGS.has(kind) && (operator === undefined || operator === '!')) {
    const mask = numberOf(constant);
    return mask === undefined ? () => 'maybe' : ([value]) => hasAny(value, mask);
  }
  return ([value]) => equals(value, constant);
}

function numberOf(constant: NftConstant): number | undefined {
  return constant !== undefined && 'from' in constant && constant.from === constant.to ? constant.from : undefined;
}

function maskedEquals(value: NftValue, constant: NftConstant, mask: number | undefined): Match {
  const wanted = numberOf(constant);
  const flags = flagsOf(value);
  if (flags === undefined || wanted === undefined || mask === undefined) return 'maybe';
  if (((flags.flags ^ wanted) & flags.known & mask) !== 0) return 'no';
  return (mask & ~flags.known) === 0 ? 'yes' : 'maybe';
}

function compared(value: NftValue, operator: '<' | '>' | '<=' | '>=', limit: number | undefined): Match {
  if (typeof value !== 'object' || !('from' in value) || limit === undefined) return 'maybe';
  const holds = (one: number): boolean =>
    operator === '<' ? one < limit : operator === '>' ? one > limit : operator === '<=' ? one <= limit : one >= limit;
  const [low, high] = [holds(value.from), holds(value.to)];
  return low && high ? 'yes' : low || high ? 'maybe' : 'no';
}
