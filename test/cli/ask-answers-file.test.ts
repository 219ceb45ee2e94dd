import { describe, expect, test } from 'vitest';
import { parseAnswers } from '../../src/cli/ask-answers-file.js';
import { askWordsOf } from '../../src/cli/ask-words.js';
import { UsageError } from '../../src/cli/usage-error.js';

const parse = (text: string) => parseAnswers(text, 'a.yaml', askWordsOf('en'));

describe('a file of answers', () => {
  const expected = [
    { question: 'symptom', value: 'x', line: expect.any(Number) },
    { question: 'restart-agent-helps', value: 'yes', line: expect.any(Number) },
  ];

  test.each([
    ['a mapping', 'symptom: x\nrestart-agent-helps: yes\n'],
    ['a list', '- {question: symptom, value: x}\n- question: restart-agent-helps\n  value: yes\n'],
    [
      'a list under answers',
      'version: 1\nanswers:\n  - {question: symptom, value: x}\n  - {question: restart-agent-helps, value: yes}\n',
    ],
    ['a mapping under answers', 'answers: {symptom: x, restart-agent-helps: yes}\n'],
    ['JSON', '[{"question": "symptom", "value": "x"}, {"question": "restart-agent-helps", "value": "yes"}]'],
    ['JSON on one line as a mapping', '{"symptom":"x","restart-agent-helps":"yes"}'],
  ])('may be %s', (_, text) => {
    expect(parse(text)).toEqual(expected);
  });

  test('holds pasted outputs as they are', () => {
    expect(parse('- question: output@node/n1\n  pasted: |\n    $ sysctl -a\n    a = 1\n')).toEqual([
      { question: 'output@node/n1', pasted: '$ sysctl -a\na = 1\n', line: 1 },
    ]);
  });

  test('holds a value and a paste of one question', () => {
    expect(parse('ping: {value: no, pasted: "100% packet loss"}')).toEqual([
      { question: 'ping', value: 'no', pasted: '100% packet loss', line: 1 },
    ]);
  });

  test('takes true and false for yes and no, and numbers as they are written', () => {
    expect(parse('a: true\nb: False\nc: 010\n').map(({ value }) => value)).toEqual(['yes', 'no', '010']);
  });

  test('says on which line each answer stands', () => {
    expect(parse('# mine\na: yes\n\nb: no\n').map(({ line }) => line)).toEqual([2, 4]);
  });

  test.each([
    ['', 'nothing'],
    ['# a comment\n', 'a comment'],
    ['answers:\n', 'no answers'],
    ['[]', 'an empty list'],
  ])('may hold nothing: %j', (text) => {
    expect(parse(text)).toEqual([]);
  });

  test.each([
    ['a text', 'hello', 1, /list of answers/],
    ['a list of texts', '- a\n- b', 1, /list of answers/],
    ['an unknown key', '- {question: a, value: b}\n- {question: c, vaule: d}', 2, /unknown key vaule/],
    ['an answer to nothing', '- {question: a, value: b}\n-\n  value: d', 3, /which question/],
    ['a question without an answer', 'a: yes\nb:\n', 2, /neither a value nor pasted/],
    ['an item without an answer', '- question: a', 1, /neither a value nor pasted/],
    ['a list as a value', 'a:\n  [1]', 2, /a must be a text/],
    [
      'a question answered twice',
      '- {question: a, value: b}\n\n- {question: a, value: c}',
      3,
      /answered before, on line 1/,
    ],
    ['a key twice', 'a: yes\na: no', 2, /unique/],
    ['an alias', 'a: &x yes\nb: *x', 2, /aliases/],
    ['a quote without its end', 'a: yes\nb: "no\n', 3, /quote/],
    ['JSON that is cut', '[{"question": "a",\n', 2, /./],
  ])('is refused where it holds %s, with its line', (_, text, line, message) => {
    const parsing = () => parse(text);
    expect(parsing).toThrow(UsageError);
    expect(parsing).toThrow(new RegExp(`^a\\.yaml:${line}: .*${message.source}`));
  });

  test('shows no control character of a file in an error', () => {
    expect(() => parse('- {question: a, "\\e[2J": b}')).toThrow(/\\x1b\[2J/);
  });
});
