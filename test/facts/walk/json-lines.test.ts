import { expect, test } from 'vitest';
import { elementLines } from '../../../src/facts/walk/json-lines.js';

test.each([
  ['[]', []],
  ['[1, 2,\n3]', [1, 1, 2]],
  ['[\n{"a": [1,\n2]},\n"x,y",\n[3, 4]\n]', [2, 4, 5]],
  ['["\\"", "\\\\",\n"]"]', [1, 1, 2]],
])('the elements of %j begin on lines %j', (text, lines) => {
  expect(elementLines(text, undefined)).toEqual(lines);
});

test('an array under a key is found, not one of the same name inside of another', () => {
  const text = '{"other": {"list": [1, 2]},\n"name": "list",\n"list": [\n1,\n2]}';
  expect(elementLines(text, 'list')).toEqual([4, 5]);
});

test('of two keys of one name the last counts, as it does for JSON.parse', () => {
  expect(elementLines('{"list": [1,\n2], "list": [\n\n3]}', 'list')).toEqual([4]);
});
