import { expect, it, test } from 'vitest';
import { capitalised, joined, label, prose, sentence, spaced } from '../../../src/report/handbook/prose.js';

test.each([
  ['links', 'see [here](http://evil)', 'see \\[here\\](http://evil)'],
  ['HTML', '<b>no</b>', '\\<b\\>no\\</b\\>'],
  ['code and emphasis', '`a` *b* _c_', '\\`a\\` \\*b\\* \\_c\\_'],
  ['a heading', '# no', '\\# no'],
  ['an entity', '&lt;', '&amp;lt;'],
  ['a table', 'a | b', 'a \\| b'],
])('%s in a text are literal', (_, text, escaped) => {
  expect(prose(text)).toBe(escaped);
});

it('leaves names with underscores, hyphens and dots as they are', () => {
  expect(prose('net.ipv4.tcp_tw_recycle = 1, bridge-nf-call')).toBe('net.ipv4.tcp_tw_recycle = 1, bridge-nf-call');
});

it('takes out the space that folding leaves between Chinese words', () => {
  expect(prose('回包目的地址就在网桥内， 直接走 二层转发 TCP')).toBe('回包目的地址就在网桥内，直接走二层转发 TCP');
});

it('puts a space between Han and Latin', () => {
  expect(spaced('Pod访问Service地址')).toBe('Pod 访问 Service 地址');
});

it('puts the colon of a Chinese label outside of the bold, which would not end otherwise', () => {
  expect(label('处理：', 'zh')).toBe('**处理**：');
  expect(label('Fix:', 'en')).toBe('**Fix:** ');
});

it('begins sentences with a capital, names as they are written', () => {
  expect(capitalised('the port answers')).toBe('The port answers');
  expect(capitalised('net.ipv4.ip_forward differs')).toBe('net.ipv4.ip_forward differs');
  expect(capitalised('iptables drops it')).toBe('iptables drops it');
});

it('ends a sentence once', () => {
  expect(sentence('It works.', 'en')).toBe('It works.');
  expect(sentence('It works', 'en')).toBe('It works.');
  expect(sentence('正常', 'zh')).toBe('正常。');
});

it('joins words as a sentence does', () => {
  expect(joined(['a', 'b', 'c'], 'en', 'or')).toBe('a, b or c');
  expect(joined(['甲', '乙'], 'zh', 'or')).toBe('甲或乙');
});
