import { expect, test } from 'vitest';
import { brctl } from '../../../src/facts/parsers/brctl.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const SHOW = `
bridge name	bridge id		STP enabled	interfaces
cni0		8000.0a580af40101	no		veth1a2b3c4d
							vethdeadbeef
docker0		8000.024253a1b2c3	no		
br0		8000.525400123456	yes		eth1
`;

test('reads ports with their bridge; an empty bridge has none', () => {
  const parsed = parseOutput(brctl, 'brctl show', SHOW);
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('bridge-port')).toEqual([
    { dev: 'veth1a2b3c4d', master: 'cni0' },
    { dev: 'vethdeadbeef', master: 'cni0' },
    { dev: 'eth1', master: 'br0' },
  ]);
});

test('ports below a malformed bridge are not given to the bridge above', () => {
  const parsed = parseOutput(brctl, 'brctl show', SHOW.replace('8000.0a580af40101', '8000'));
  expect(parsed.problems.map(({ line }) => line)).toEqual([2]);
  expect(parsed.records('bridge-port')).toEqual([{ dev: 'eth1', master: 'br0' }]);
});

test('is told by its command or its heading, and survives damage', () => {
  expectReads(brctl, ['brctl_show', 'brctl'], ['brctl_showmacs_cni0', 'bridge_link']);
  expect(brctl.recognises?.(SHOW.split('\n'))).toBe(true);
  expectToSurviveDamage(brctl, 'brctl show', SHOW);
});
