import { expect, test } from 'vitest';
import { lateConnects } from '../../../src/facts/derive/late-connects.js';
import { derived } from './bundle-facts.js';

const facts = (rttMs: number) =>
  `version: 1\nreachability:\n  - {from: {kind: node, node: n1}, to: {kind: clusterip, ip: 10.96.0.9, port: 443}, proto: http, ok: true, rttMs: ${rttMs}}\n`;

test('a connection that took the last retransmission of its SYN is told, one that is merely slow is not', () => {
  expect(derived(lateConnects, { 'facts.yaml': facts(63_120) }).cluster('connect.after-63-seconds')).toBe(true);
  expect(derived(lateConnects, { 'facts.yaml': facts(31_000) }).cluster('connect.after-63-seconds')).toBeUndefined();
});
