import { expect, test } from 'vitest';
import { ciliumEncrypt } from '../../../src/facts/parsers/cilium-encrypt.js';
import { parseOutput } from './parse-output.js';

test('how traffic is encrypted, and how many packets were dropped for it, is told', () => {
  const text = 'Encryption: IPsec\nDecryption interface(s): eth0\nKeys in use: 2\nErrors: 117\n';
  expect(parseOutput(ciliumEncrypt, 'cilium-dbg encrypt status', text).facts).toEqual({
    'encryption.kind': 'ipsec',
    'encryption.keys-in-use': 2,
    'encryption.errors': 117,
  });
});

test('an output without the word leaves it unknown', () => {
  const { unknowns } = parseOutput(ciliumEncrypt, 'cilium encrypt status', 'Cannot get cilium status\n');
  expect(Object.keys(unknowns)).toEqual(['encryption.kind']);
});
