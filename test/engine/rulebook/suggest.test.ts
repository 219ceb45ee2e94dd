import { describe, expect, it } from 'vitest';
import { editDistance, oneOf, suggest } from '../../../src/engine/rulebook/suggest.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['timeout', 'timeout', 0],
    ['time-out', 'timeout', 1],
    ['tiemout', 'timeout', 1],
    ['norml', 'normal', 1],
    ['kitten', 'sitting', 3],
  ])('from %j to %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('suggest', () => {
  it('takes the nearest word', () => {
    expect(suggest('equals', ['notEqual', 'equal'])).toBe('equal');
  });
  it('does not mind letter case', () => {
    expect(suggest('LESSTHAN', ['lessThan', 'in'])).toBe('lessThan');
  });
  it('takes the only word that begins so', () => {
    expect(suggest('message', ['message-too-long', 'timeout'])).toBe('message-too-long');
    expect(suggest('dns', ['dns-internal', 'dns-external'])).toBeUndefined();
  });
  it('keeps quiet where nothing is near', () => {
    expect(suggest('seldom', ['never', 'rare', 'sometimes'])).toBeUndefined();
    expect(suggest('x'.repeat(100_000), ['x'])).toBeUndefined();
    expect(suggest('a', [])).toBeUndefined();
  });
  it('does not depend on the order of the words', () => {
    expect(suggest('bat', ['cat', 'rat'])).toBe('cat');
    expect(suggest('bat', ['rat', 'cat'])).toBe('cat');
  });
});

it('oneOf joins words as a sentence does', () => {
  expect([oneOf([]), oneOf(['a']), oneOf(['a', 'b']), oneOf(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a or b',
    'a, b or c',
  ]);
});
