import { expect, test } from 'vitest';
import { clip, commandLines, escapeJson, sanitize, sanitizeProse } from '../../src/report/sanitize.js';

test('what a terminal obeys becomes a visible escape', () => {
  expect(sanitize('\u001b[31mred\u001b]0;title\u0007')).toBe('\\x1b[31mred\\x1b]0;title\\x07');
  expect(sanitize('a\tb\r\nc\u007f\u009b')).toBe('a\\x09b\\x0d\\x0ac\\x7f\\x9b');
});

test('characters that turn or hide text become visible escapes', () => {
  expect(sanitize('\u202a\u202e\u2066\u2069')).toBe('\\u202a\\u202e\\u2066\\u2069');
  expect(sanitize('a\u200bb\ufeff\u00ad')).toBe('a\\u200bb\\ufeff\\xad');
  expect(sanitize('\u{e0041}\ud800')).toBe('\\u{e0041}\\ud800');
});

test('ordinary text of any script stays as it is', () => {
  const text = '节点 n2：网桥流量绕过 iptables（98%）, naïve, ⚠️, עברית';
  expect(sanitize(text)).toBe(text);
});

test('prose is one line, a command keeps its lines', () => {
  expect(sanitizeProse('  two\n   lines\u001b ')).toBe('two lines\\x1b');
  expect(commandLines('one \\\n  two\u001b\n\n')).toEqual(['one \\', '  two\\x1b']);
});

test('JSON escapes are JSON and give the string back', () => {
  const value = { text: '\u202e\u{e0041}\u009b\u007f节点' };
  const json = escapeJson(JSON.stringify(value, null, 2));
  expect(json).not.toMatch(/[\u007f-\u009f\u202e]/);
  expect(JSON.parse(json)).toEqual(value);
});

test('a long value is clipped between characters', () => {
  expect(clip('节点网络', 2)).toBe('节点…');
  expect(clip('💥💥💥', 2)).toBe('💥💥…');
  expect(clip('short', 5)).toBe('short');
});
