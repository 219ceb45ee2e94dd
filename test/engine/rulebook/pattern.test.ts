import { expect, it } from 'vitest';
import { patternFault } from '../../../src/engine/rulebook/pattern.js';

it.each([
  'nf_conntrack: (?:nf_conntrack: )?table full, dropping packet|ip_conntrack: table full',
  '(?:yum|dnf|rpm)\\S*(?:\\[\\d+\\])?: (?:Updated|Upgraded):?\\s',
  '(?:duplicate|conflict).{0,40}address',
  'x(?:ab){2,}y',
  'x(?:a+){0,3}y',
  'x[(a+)+]y',
  'x\\(a+\\)+y',
  '(?<=x)a+',
])('%s is sound', (pattern) => {
  expect(patternFault(pattern)).toBeUndefined();
});

it.each([
  ['(a+)+b', '(a+)+ repeats'],
  ['b(?:[a-z]*\\s)*', '(?:[a-z]*\\s)* repeats'],
  ['x(?:(?:a+b)?c)*', '(?:(?:a+b)?c)* repeats'],
  ['x(?:a{2,})+', '(?:a{2,})+ repeats'],
  ['x(?:\\d+\\.){3,}', '(?:\\d+\\.){3,} repeats'],
  ['(', 'not a regular expression'],
  ['a*', 'holds on an empty line'],
])('%s is not: %s', (pattern, fault) => {
  expect(patternFault(pattern)).toContain(fault);
});
