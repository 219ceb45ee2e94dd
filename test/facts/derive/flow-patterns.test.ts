import { expect, test } from 'vitest';
import { deriveAll } from '../../../src/facts/derive/derive-all.js';
import { CLUSTER } from '../../../src/facts/model.js';
import { readFacts } from '../../../src/facts/read.js';

function told(...flows: string[]) {
  const facts = `version: 1\nreachability:\n${flows.map((flow) => `  - {${flow}}\n`).join('')}`;
  const { store } = readFacts(
    { entries: [{ path: 'facts.yaml', bytes: new TextEncoder().encode(facts) }], problems: [] },
    { logPatterns: [] },
  );
  deriveAll(store);
  return (name: string) => store.value(CLUSTER, `flows.${name}`);
}
const between = (from: string, to: string, rest: string) =>
  `from: {kind: pod, node: n1, ip: 10.1.1.${from}}, to: {kind: pod, node: n2, ip: 10.1.2.${to}, port: 80}, ${rest}`;
const FAILS = 'ok: false, error: timeout';

test('a pattern is true where a failing flow has it, false where all tell another, else unknown', () => {
  expect(told(between('1', '1', `proto: tcp, ${FAILS}, pattern: after-idle`))('after-idle')).toBe(true);
  expect(told(between('1', '1', `proto: tcp, ${FAILS}, pattern: constant`))('after-idle')).toBe(false);
  expect(told(between('1', '1', `proto: tcp, ${FAILS}`))('after-idle')).toBeUndefined();
});

test('a protocol that fails alone between two ends is told', () => {
  const tell = told(between('1', '1', `proto: udp, ${FAILS}`), between('1', '1', 'proto: tcp, ok: true'));
  expect(tell('protocols-alone')).toEqual(['udp']);
});

test('where all that were tried fail none fails alone, and one that was tried says nothing', () => {
  const udp = between('1', '1', `proto: udp, ${FAILS}`);
  expect(told(udp, between('1', '1', `proto: tcp, ${FAILS}`))('protocols-alone')).toEqual([]);
  expect(told(udp)('protocols-alone')).toBeUndefined();
});

test('pairs that fail crosswise are told, a pod that nobody reaches is not', () => {
  const ok = 'proto: icmp, ok: true';
  const fails = `proto: icmp, ${FAILS}`;
  const crossed = told(
    between('1', '1', ok),
    between('1', '2', fails),
    between('2', '1', fails),
    between('2', '2', ok),
  );
  expect(crossed('single-pairs-fail')).toBe(true);
  expect(crossed('pairs-cross')).toBe(true);
  const dead = told(between('1', '1', ok), between('1', '2', fails), between('2', '1', ok), between('2', '2', fails));
  expect(dead('single-pairs-fail')).toBeUndefined();
});

test('a connection that opens after one second tells of a SYN sent again, one after two does not', () => {
  const slow = (ms: number) => told(between('1', '1', `proto: tcp, state: slow, rttMs: ${ms}`))('syn-retried');
  expect(slow(1020)).toBe(true);
  expect(slow(2000)).toBeUndefined();
});
