import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadRulebookFolder } from '../../../src/engine/rulebook/load.js';
import { movedWords } from '../../../src/engine/rulebook/moved-words.js';
import type { Rulebook } from '../../../src/engine/rulebook/types.js';

const rulebook = loadRulebookFolder(path.join(fileURLToPath(new URL('../../..', import.meta.url)), 'rules')).rulebook!;
const LEVELS = [
  ['always', 'often', 'sometimes'],
  ['never', 'rare', 'sometimes', 'common'],
  ['common', 'normal', 'rare'],
];

/** All words that may move, list by list. */
function words({ causes, evidence }: Rulebook): string[][] {
  return [
    causes.flatMap((cause) => [
      ...cause.signature.breaks.map(({ how }) => how),
      ...cause.evidence.map(({ shows }) => shows),
    ]),
    evidence.map(({ elsewhere }) => elsewhere),
    causes.map(({ prior }) => prior),
  ];
}

test('words move by one level, about as many as asked for', () => {
  const before = words(rulebook);
  const after = words(movedWords(rulebook, 0.2, 1));
  let moved = 0;
  let all = 0;
  LEVELS.forEach((levels, list) => {
    before[list]!.forEach((word, index) => {
      const step = Math.abs(levels.indexOf(word) - levels.indexOf(after[list]![index]!));
      expect(step).toBeLessThanOrEqual(1);
      moved += step;
      all += 1;
    });
  });
  expect(moved / all).toBeGreaterThan(0.15);
  expect(moved / all).toBeLessThan(0.25);
});

test('the same seed moves the same words, another one others', () => {
  expect(words(movedWords(rulebook, 0.2, 3))).toEqual(words(movedWords(rulebook, 0.2, 3)));
  expect(words(movedWords(rulebook, 0.2, 3))).not.toEqual(words(movedWords(rulebook, 0.2, 4)));
});

test('the rulebook itself stays as it is', () => {
  const before = words(rulebook);
  movedWords(rulebook, 1, 1);
  expect(words(rulebook)).toEqual(before);
});
