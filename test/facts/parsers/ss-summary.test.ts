import { expect, test } from 'vitest';
import { ssSummary } from '../../../src/facts/parsers/ss-summary.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const SUMMARY = `
Total: 9
TCP:   107 (estab 4, closed 101, orphaned 0, timewait 10)

Transport Total     IP        IPv6
RAW	  0         0         0        
UDP	  1         1         0        
TCP	  6         6         0        
INET	  7         7         0        
FRAG	  0         0         0        
`;

test.each([
  ['iproute2 5', SUMMARY],
  [
    'iproute2 4',
    'Total: 9 (kernel 20)\nTCP:   107 (estab 4, closed 101, orphaned 0, synrecv 0, timewait 10/0), ports 0\n\nTransport Total     IP        IPv6\n*	  20        -         -        ',
  ],
])('%s: counts by state', (_version, text) => {
  const parsed = parseOutput(ssSummary, 'ss -s', text);
  expect(parsed.problems).toEqual([]);
  expect(parsed.facts).toMatchObject({ 'sockets.tcp': 107, 'sockets.tcp.estab': 4, 'sockets.tcp.timewait': 10 });
});

test('is told by its command, and survives damage', () => {
  expectReads(ssSummary, ['ss_-s', 'ss_--summary'], ['ss_-lntup']);
  expect(parseOutput(ssSummary, 'ss -s', 'nonsense').problems).toHaveLength(1);
  expectToSurviveDamage(ssSummary, 'ss -s', SUMMARY);
});
