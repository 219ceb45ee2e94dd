import { expect, test } from 'vitest';
import { deriveAll } from '../../../src/facts/derive/derive-all.js';
import { CLUSTER, type Subject } from '../../../src/facts/model.js';
import { readFacts } from '../../../src/facts/read.js';

function told(...flows: string[]) {
  const facts = `version: 1\nreachability:\n${flows.map((flow) => `  - {${flow}}\n`).join('')}`;
  const { store } = readFacts(
    { entries: [{ path: 'facts.yaml', bytes: new TextEncoder().encode(facts) }], problems: [] },
    { logPatterns: [] },
  );
  deriveAll(store);
  return (name: string, subject: Subject = CLUSTER) => store.value(subject, `flows.${name}`);
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

test('a pod that does not reach an address outside, which another pod of its node reaches, is told', () => {
  const outward = (pod: number, rest: string) =>
    `from: {kind: pod, node: n1, ip: 10.1.1.${pod}}, to: {kind: external, ip: 203.0.113.9, port: 443}, ${rest}`;
  expect(told(outward(2, FAILS), outward(3, OK))('pods-differ-outward')).toBe(true);
  expect(told(outward(2, FAILS), outward(3, FAILS))('pods-differ-outward')).toBeUndefined();
});

test('a node whose pods resolve nothing, and reach others, is told where other nodes resolve', () => {
  const lookup = (node: number, rest: string) =>
    `from: {kind: pod, node: n${node}, ip: 10.1.${node}.2}, to: {kind: dns, name: kubernetes.default.svc.cluster.local}, proto: dns, ${rest}`;
  const [fails, works] = [lookup(1, 'ok: false, error: timeout'), lookup(2, 'ok: true')];
  expect(told(fails, works, between(1, 3, OK))('lookups-alone-fail', 'node/n1')).toBe(true);
  expect(told(fails, works, between(1, 3, FAILS))('lookups-alone-fail', 'node/n1')).toBeUndefined();
});
