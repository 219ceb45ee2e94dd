import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';
import { logPatternsOf } from '../../../src/engine/rulebook/log-patterns.js';
import { patternsFor } from '../../../src/facts/parsers/log-scan.js';
import { requiredLiterals } from '../../../src/facts/parsers/required-literals.js';
import { Random } from '../../acceptance/random.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

test.each<[string, readonly string[] | undefined]>([
  ['table full', ['table full']],
  ['nf_conntrack: (?:nf_conntrack: )?table full', ['nf_conntrack: ']],
  ['(?:neigh|arp_cache)\\w*: .*overflow', ['overflow']],
  ['x?yes(?:nope)*', ['yes']],
  ['dropp+ed', ['dropp']],
  ['(?:BGP|bgp) .{0,20}(?:[Dd]own|lost)', ['BGP', 'bgp']],
  ['certificate has expired|token is not valid yet', ['certificate has expired', 'token is not valid yet']],
  ['denied(?!.*permissive)', ['denied']],
  ['(?<=kernel: )oops', ['oops']],
  ['a\\.b\\[c\\]', ['a.b[c]']],
  ['[Tt]able [Ff]ull', ['able ']],
  ['ab|table full', undefined],
  ['\\d+ \\w*', undefined],
  ['(?:lost)?', undefined],
  ['lost{0,3}', ['los']],
  ['lost{2}', ['lost']],
  ['\\u4e2dabc', undefined],
  ['(abc)\\1', undefined],
])('of %s a match has to hold %j', (source, expected) => {
  expect(requiredLiterals(source)).toEqual(expected);
});

/** A text that an expression of the rulebook's kind may match: its letters, with the rest at random. */
test('what an expression at random matches holds one of the texts that it requires', () => {
  const random = new Random(11);
  const one = (items: readonly string[]): string => items[random.below(items.length)]!;
  const expression = (depth: number): string => {
    let source = '';
    for (let i = 0; i <= random.below(4); i += 1) {
      // A group that repeats what repeats would take for ever.
      const isGroup = depth > 0 && random.below(3) === 0;
      const atom = isGroup
        ? `(?:${expression(depth - 1)}${random.below(2) === 0 ? `|${expression(depth - 1)}` : ''})`
        : one(['abc', 'ab', 'c', '[ab]', '.', 'bca', '\\w']);
      source += `${atom}${one(isGroup ? ['', '', '?', '{2}'] : ['', '', '', '?', '*', '+', '{2}', '{0,2}'])}`;
    }
    return source;
  };
  let matched = 0;
  for (let i = 0; i < 20_000; i += 1) {
    const source = expression(2);
    const required = requiredLiterals(source);
    if (required === undefined) continue;
    const text = Array.from({ length: 14 }, () => one(['a', 'b', 'c'])).join('');
    const match = new RegExp(source).exec(text);
    if (match === null) continue;
    matched += 1;
    expect(
      required.some((literal) => match[0].includes(literal)),
      `${source} in ${text}`,
    ).toBe(true);
  }
  expect(matched).toBeGreaterThan(500);
});

test('every log pattern of the rulebook has texts that it requires, so that most lines are passed over quickly', () => {
  const rulebook = loadRulebookFolder(path.join(ROOT, 'rules')).rulebook!;
  const without = logPatternsOf(rulebook).filter(({ pattern }) => requiredLiterals(pattern.source) === undefined);
  expect(without.map(({ fact }) => fact)).toEqual([]);
});

test('patterns that refer to their own groups are not joined with others', () => {
  const pattern = (source: string) => ({
    fact: source,
    components: [],
    subject: 'cluster' as const,
    pattern: new RegExp(source),
  });
  const alone = pattern('(a+) \\1b');
  expect(patternsFor([pattern('(x) table full'), alone], []).maybe).toBeUndefined();
  expect(patternsFor([pattern('(x) table full')], []).maybe).toEqual(/ table full/);
});
