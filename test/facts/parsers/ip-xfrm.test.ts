import { expect, test } from 'vitest';
import { ipXfrm } from '../../../src/facts/parsers/ip-xfrm.js';
import { expectToSurviveDamage, parseOutput } from './parse-output.js';

const STATE = `
src 10.0.0.1 dst 10.0.0.2
	proto esp spi 0x00000003 reqid 1 mode tunnel
	replay-window 0
	aead rfc4106(gcm(aes)) 0x0011223344 128
	sel src 0.0.0.0/0 dst 0.0.0.0/0
src 0.0.0.0 dst 10.0.0.1
	proto esp spi 0x00000003 reqid 1 mode tunnel
`;
const POLICY = `
src 10.244.1.0/24 dst 10.244.2.0/24
	dir out priority 0
	tmpl src 10.0.0.1 dst 10.0.0.2
		proto esp spi 0x00000003 reqid 1 mode tunnel
`;

test('associations are told by their ends and index, without keys', () => {
  const { facts } = parseOutput(ipXfrm, 'ip xfrm state', STATE);
  expect(facts).toEqual({ 'xfrm.states': ['10.0.0.1>10.0.0.2 3'] });
});

test('policies are told by the tunnel that they ask for', () => {
  expect(parseOutput(ipXfrm, 'ip -s xfrm policy', POLICY).facts).toEqual({
    'xfrm.policies': ['10.0.0.1>10.0.0.2 out'],
  });
});

test('an empty listing says that there are none', () => {
  expect(parseOutput(ipXfrm, 'ip xfrm state', '').facts).toEqual({ 'xfrm.states': [] });
});

test('damaged outputs are survived', () => expectToSurviveDamage(ipXfrm, 'ip xfrm state', STATE));
