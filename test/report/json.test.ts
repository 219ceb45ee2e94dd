import Ajv2020 from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { renderJson } from '../../src/report/json.js';
import { DIAGNOSIS_SCHEMA } from '../../src/report/schema.js';
import { HOSTILE, sampleDiagnosis } from './sample.js';

const ajv = new Ajv2020.Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validate = ajv.compile(DIAGNOSIS_SCHEMA);

/** The same object with its keys in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, reversed(entry)]),
  );
}

test.each(['en', 'zh'] as const)('an answer in %s meets the schema and loses nothing', (lang) => {
  const diagnosis = sampleDiagnosis(lang);
  const parsed: unknown = JSON.parse(renderJson(diagnosis));
  expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
  expect(parsed).toEqual(diagnosis);
});

test('an empty answer meets the schema', () => {
  const empty: Diagnosis = {
    version: 1,
    lang: 'en',
    rulebook: 'sha256:00',
    outcome: 'insufficient',
    verdict: 'Too little is known.',
    diagnoses: [],
    notFaults: [],
    alsoFound: [],
    unexplained: [],
    next: [],
    captured: [],
    timeline: [],
    seen: { nodes: 0, pods: 0, services: 0, flows: 0, symptoms: 0, facts: 0 },
    input: { recognised: 0, unrecognised: [], problems: [] },
  };
  expect(validate(JSON.parse(renderJson(empty))), JSON.stringify(validate.errors)).toBe(true);
});

test('the schema refuses what is not in the contract', () => {
  expect(validate({ ...sampleDiagnosis(), outcome: 'maybe' })).toBe(false);
  expect(validate({ ...sampleDiagnosis(), surprise: 1 })).toBe(false);
});

test('the order of keys does not depend on who built the object', () => {
  const diagnosis = sampleDiagnosis();
  const json = renderJson(diagnosis);
  expect(renderJson(reversed(diagnosis) as Diagnosis)).toBe(json);
  expect(Object.keys(JSON.parse(json) as object).slice(0, 6)).toEqual([
    'version',
    'lang',
    'rulebook',
    'outcome',
    'verdict',
    'complaint',
  ]);
});

test('two spaces, one newline at the end', () => {
  const json = renderJson(sampleDiagnosis());
  expect(json).toMatch(/^\{\n {2}"version": 1,/);
  expect(json).toMatch(/[^\n]\n$/);
});

test('a hostile dump is escaped and comes back unchanged', () => {
  const json = renderJson(sampleDiagnosis('en', HOSTILE));
  expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(json)).toEqual(sampleDiagnosis('en', HOSTILE));
});
