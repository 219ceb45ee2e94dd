import { expect, test } from 'vitest';
import { and, not, or } from '../../src/engine/kleene.js';

test('an unknown part leaves a conjunction unknown unless another part is absent', () => {
  expect(and(['present', 'unknown'])).toBe('unknown');
  expect(and(['unknown', 'absent'])).toBe('absent');
  expect(and(['present', 'present'])).toBe('present');
});

test('an unknown part leaves a disjunction unknown unless another part is present', () => {
  expect(or(['absent', 'unknown'])).toBe('unknown');
  expect(or(['unknown', 'present'])).toBe('present');
  expect(or(['absent', 'absent'])).toBe('absent');
});

test('the negation of what is not known is not known', () => {
  expect(not('unknown')).toBe('unknown');
  expect(not('present')).toBe('absent');
  expect(not('absent')).toBe('present');
});
