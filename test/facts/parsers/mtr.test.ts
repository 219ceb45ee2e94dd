import { expect, test } from 'vitest';
import { mtr } from '../../../src/facts/parsers/mtr.js';
import { expectReads } from './parse-output.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

const REPORT = `Start: 2024-03-01T10:00:00+0800
HOST: node1                       Loss%   Snt   Last   Avg  Best  Wrst StDev
  1.|-- 10.244.1.1                40.0%    10    0.1   0.1   0.1   0.1   0.0
  2.|-- ???                       100.0    10    0.0   0.0   0.0   0.0   0.0
  3.|-- 10.244.2.2                 0.0%    10    0.3   0.4   0.2   1.9   0.1
`;

test('the target is the last hop; losses of routers before it are not its own', () => {
  expect(probeIn(mtr, 'mtr -r -n -c 10 10.244.2.2', REPORT)).toEqual({
    to: { ip: '10.244.2.2' },
    proto: 'icmp',
    state: 'ok',
    origin: 'tool',
    sent: 10,
    received: 10,
    rttMs: 0.4,
  });
});

test('losses of the target are losses; a cut round trip of seconds is slow', () => {
  expect(probeIn(mtr, 'mtr -r 10.244.2.2', REPORT.replace(' 0.0%    10    0.3', '30.0%    10    0.3'))).toMatchObject({
    state: 'lossy',
    received: 7,
  });
  expect(probeIn(mtr, 'mtr -r 10.244.2.2', REPORT.replace('0.3   0.4', '0.3 1012.'))).toMatchObject({
    state: 'slow',
    rttMs: 1012,
  });
});

test('a target that is no hop of the list was not reached', () => {
  expect(probeIn(mtr, 'mtr -r -n 10.244.9.9', REPORT)).toMatchObject({
    to: { ip: '10.244.9.9' },
    state: 'failing',
    error: 'timeout',
  });
  expect(readFile(mtr, 'mtr -u -r -n 10.244.9.9', REPORT).of('probe')).toEqual([]);
});

test('loses a malformed line only, and survives damage', () => {
  expect(
    readFile(mtr, 'mtr -r 10.244.2.2', REPORT.replace('  1.|--', '  x.|--')).problems.map(({ line }) => line),
  ).toEqual([3]);
  expectReads(mtr, ['mtr_-r_10.0.0.1'], ['traceroute_10.0.0.1']);
  expect(mtr.recognises?.(REPORT.split('\n'))).toBe(true);
  survivesDamage(mtr, 'mtr -r 10.244.2.2', REPORT);
});
