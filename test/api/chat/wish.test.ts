import { describe, expect, it } from 'vitest';
import { choiceNamed, typedAnswer, wishOf } from '../../../src/api/chat/wish.js';
import { QUESTIONS } from './local-chat.js';

describe('a message to a bot', () => {
  it.each(['', '  \n', '/diagnose', 'diagnose ', '--lang en', '/diagnose --lang=en'])('%j begins a session', (text) => {
    expect(wishOf(text, 'en')).toEqual({ kind: 'start', lang: 'en' });
  });

  it.each(['help', '--help', '?', '帮助', '/diagnose help'])('%j asks for help', (text) => {
    expect(wishOf(text, 'zh')).toEqual({ kind: 'help', lang: 'zh' });
  });

  it.each([
    ['--lang zh', 'zh'],
    ['—lang zh', 'zh'],
    ['--lang ZH', 'zh'],
    ['', 'en'],
  ] as const)('is answered in the language that %j chooses', (option, lang) => {
    expect(wishOf(`${option} ping: timeout`, 'en')).toEqual({ kind: 'diagnose', lang, content: 'ping: timeout' });
  });

  it.each(['diagnosed by hand', 'answering machine', '# iptables-save', '--language zh'])(
    '%j is to be diagnosed as it is',
    (content) => {
      expect(wishOf(content, 'en')).toEqual({ kind: 'diagnose', lang: 'en', content });
    },
  );

  it('answers the question that is asked now, on one line or on several', () => {
    expect(wishOf('answer s-1_a 2', 'en')).toEqual({ kind: 'answer', lang: 'en', session: 's-1_a', text: '2' });
    expect(wishOf('回答 s1 a\nb  c', 'zh')).toEqual({ kind: 'answer', lang: 'zh', session: 's1', text: 'a\nb  c' });
  });

  it('answers the question that a button names', () => {
    const button = { session: 's1', question: 'ping-own-node@n1', value: 'no' };
    expect(wishOf(typedAnswer(button), 'en')).toEqual({
      kind: 'answer',
      lang: 'en',
      session: 's1',
      question: 'ping-own-node@n1',
      text: 'no',
    });
  });
});

describe('a choice', () => {
  it.each([
    ['2', 'clusterip-unreachable'],
    ['２。', undefined],
    ['2.', 'clusterip-unreachable'],
    ['２', 'clusterip-unreachable'],
    [' UNKNOWN ', 'unknown'],
    ['a service cannot be reached', 'clusterip-unreachable'],
    ['0', undefined],
    ['4', undefined],
    ['net.ipv4.ip_forward = 0', undefined],
  ])('named %j is %j', (text, value) => {
    expect(choiceNamed(QUESTIONS[0], text)).toBe(value);
  });
});
