import { expect, test } from 'vitest';
import { fping } from '../../../src/facts/parsers/fping.js';
import { expectReads } from './parse-output.js';
import { readFile, survivesDamage } from './read-file.js';

const VERDICTS = `10.244.1.2 is alive
10.244.1.4 is alive (0.05 ms)
ICMP Host Unreachable from 10.244.1.1 for ICMP Echo sent to 10.244.1.3
10.244.1.3 is unreachable
10.244.1.9 is unreachable
nowhere.example: Name or service not known
`;
const COUNTS = `10.244.1.2 : [0], 84 bytes, 0.05 ms (0.05 avg, 0% loss)
10.244.1.3 : [0], timed out (NaN avg, 100% loss)

10.244.1.2 : xmt/rcv/%loss = 3/3/0%, min/avg/max = 0.05/0.06/0.07
10.244.1.3 : xmt/rcv/%loss = 3/0/100%
10.244.1.4 : xmt/rcv/%loss = 4/3/25%, min/avg/max = 0.05/0.06/0.07
`;

test('reads verdicts with the error that ICMP told', () => {
  const read = readFile(fping, 'fping -e -f targets', VERDICTS);
  expect(read.problems).toEqual([]);
  expect(read.of('probe').map(({ to, state, error }) => [to.ip ?? to.name, state, error])).toEqual([
    ['10.244.1.2', 'ok', undefined],
    ['10.244.1.4', 'ok', undefined],
    ['10.244.1.3', 'failing', 'host-unreachable'],
    ['10.244.1.9', 'failing', 'timeout'],
    ['nowhere.example', 'failing', 'nxdomain'],
  ]);
});

test('reads counts', () => {
  const read = readFile(fping, 'fping -c 3 10.244.1.2', COUNTS);
  expect(read.problems).toEqual([]);
  expect(read.of('probe').map(({ state, sent, received }) => [state, sent, received])).toEqual([
    ['ok', 3, 3],
    ['failing', 3, 0],
    ['lossy', 4, 3],
  ]);
});

test('loses a malformed line only, and survives damage', () => {
  expect(readFile(fping, 'fping', VERDICTS.replace(' is alive\n', ' is\n')).problems.map(({ line }) => line)).toEqual([
    1,
  ]);
  expectReads(fping, ['fping_-c_3', 'fping6'], ['ping_10.0.0.1']);
  expect(fping.recognises?.(COUNTS.split('\n'))).toBe(true);
  survivesDamage(fping, 'fping', VERDICTS);
});
