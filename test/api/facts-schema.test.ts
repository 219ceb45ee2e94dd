import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FACTS_SCHEMA } from '../../src/api/facts-schema.js';
import { faultsOf } from '../../src/api/validate.js';

const CASES = 'test/cases';
const FILES = readdirSync(CASES, { recursive: true, encoding: 'utf8' }).filter((path) => /\/facts\.yaml$/.test(path));

test('facts of every case are taken as JSON too', () => {
  const faults = FILES.flatMap((path) => {
    const facts: unknown = JSON.parse(JSON.stringify(parse(readFileSync(join(CASES, path), 'utf8'))));
    return faultsOf(FACTS_SCHEMA, facts).map(({ field, word }) => `${path}: ${field}: ${word}`);
  });
  expect(FILES.length).toBeGreaterThan(100);
  expect(faults).toEqual([]);
});

test.each([
  [{ reachability: [{ from: 'pod/default/a', to: '10.0.0.1:80', ok: 'no' }] }],
  [{ reachability: [{ to: { kind: 'dns', name: 'kubernetes.default' }, error: 'NXDOMAIN' }] }],
  [{ cluster: { podCIDR: ['10.244.0.0/16', 'fd00::/48'], kubernetesVersion: 1.28 } }],
  [{ reachability: [{ to: 'web.default:80', state: 'slow', backend: 'n2', large: true, answer: 'reach-service@n1' }] }],
  [{ statements: [{ evidence: 'ip-forward-off', on: 'node/n1', is: true }] }],
])('%j is taken', (facts) => {
  expect(faultsOf(FACTS_SCHEMA, facts)).toEqual([]);
});

test.each([
  [{ reachability: [{ to: 'x', ok: 'perhaps' }] }, '/reachability/0/ok'],
  [{ reachability: [{ ok: true }] }, '/reachability/0/to'],
  [{ reachability: [{ to: { ip: '10.1' }, ok: true }] }, '/reachability/0/to/ip'],
  [{ changes: [{ at: 'yesterday', what: 'x' }] }, '/changes/0/at'],
  [{ reachability: [{ to: 'x', state: 'odd' }] }, '/reachability/0/state'],
  [{ statements: [{ on: 'node/n1', is: true }] }, '/statements/0/evidence'],
  [{ facts: [{ subject: 'pod/x', name: 'a', value: 1 }] }, '/facts/0/subject'],
  [{ 'a/b~c': 1 }, '/a~1b~0c'],
  [[], '/'],
])('%j is wrong at %s', (facts, field) => {
  expect(faultsOf(FACTS_SCHEMA, facts).map((fault) => fault.field)).toEqual([field]);
});
