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
const OK = 'proto: tcp, ok: true';
const FAILS = 'proto: tcp, ok: false, error: timeout';
const client = (ip: string, rest: string) =>
  `from: {kind: external, ip: ${ip}}, to: {kind: loadbalancer, ip: 192.0.2.9, port: 443}, ${rest}`;
const between = (one: number, other: number, rest: string) =>
  `from: {kind: pod, node: n${one}, ip: 10.1.${one}.2}, to: {kind: pod, node: n${other}, ip: 10.1.${other}.2, port: 80}, ${rest}`;

test('a client outside that is not served where another is, is told', () => {
  expect(told(client('198.51.100.1', FAILS), client('203.0.113.1', OK))('clients-differ')).toBe(true);
  expect(told(client('198.51.100.1', FAILS), client('203.0.113.1', FAILS))('clients-differ')).toBeUndefined();
});

test('two nodes whose pods do not reach each other are told where both reach a third', () => {
  const fails = between(1, 2, FAILS);
  expect(told(fails, between(1, 3, OK), between(3, 2, OK))('node-pair-fails')).toBe(true);
  expect(told(fails, between(1, 3, OK))('node-pair-fails')).toBeUndefined();
});
