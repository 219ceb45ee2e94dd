import { expect, test } from 'vitest';
import { isDecodedLinkType, linkTypeName } from '../../../src/facts/captures/link-types.js';

test('link types have the names that tcpdump prints, or their numbers', () => {
  expect([1, 113, 276, 101, 0, 108, 228, 9999].map(linkTypeName)).toEqual([
    'EN10MB',
    'LINUX_SLL',
    'LINUX_SLL2',
    'RAW',
    'NULL',
    'LOOP',
    'IPV4',
    '9999',
  ]);
});

test('a link type with a name need not be one that is decoded', () => {
  expect([1, 276, 189].map(isDecodedLinkType)).toEqual([true, true, false]);
});
