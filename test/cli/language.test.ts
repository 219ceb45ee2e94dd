import { expect, test } from 'vitest';
import { chooseLang, langArgument, langOf } from '../../src/cli/language.js';

test('a locale names its language', () => {
  expect(langOf('zh_CN.UTF-8')).toBe('zh');
  expect(langOf('en-GB')).toBe('en');
  expect(langOf('de')).toBeUndefined();
  expect(langOf('C')).toBeUndefined();
  expect(langOf(undefined)).toBeUndefined();
});

test('the option beats the environment', () => {
  expect(chooseLang('en', { PODNET_LANG: 'zh' })).toBe('en');
  expect(chooseLang(undefined, { PODNET_LANG: 'zh' })).toBe('zh');
  expect(chooseLang('xx', { PODNET_LANG: 'zh_CN.UTF-8' })).toBe('zh');
});

test('the option is found before the words are parsed, but not behind --', () => {
  expect(langArgument(['diagnose', '--lang', 'zh', 'x'])).toBe('zh');
  expect(langArgument(['diagnose', '--lang=zh'])).toBe('zh');
  expect(langArgument(['diagnose', '--', '--lang', 'zh'])).toBeUndefined();
});
