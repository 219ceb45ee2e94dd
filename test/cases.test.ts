import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findCases } from '../src/cli/cases.js';
import { diagnoseBundles } from '../src/cli/pipeline.js';
import { resultOf } from '../src/cli/rules-test/run-case.js';
import { loadRulebookFolder } from '../src/engine/rulebook/load.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { rulebook } = loadRulebookFolder(path.join(ROOT, 'rules'));
if (rulebook === undefined) throw new Error('rules/ does not load: `podnet rules lint` says why');
const notFaults = new Set(rulebook.causes.filter((cause) => cause.explains.length > 0).map((cause) => cause.id));
const { cases, problems } = await findCases([path.join(ROOT, 'test/cases')], notFaults);

test('every folder below test/cases that looks like a case is one', () => {
  expect(problems).toEqual([]);
  expect(cases.length).toBeGreaterThan(100);
});

test('the folders of test/cases are named after causes', () => {
  const ids = new Set([...rulebook.causes.map((cause) => cause.id), 'none']);
  expect(readdirSync(path.join(ROOT, 'test/cases')).filter((name) => !ids.has(name))).toEqual([]);
});

test.each(cases.map((one) => [one.name, one] as const))('%s', async (name, { bundle, expected }) => {
  const diagnosis = await diagnoseBundles([bundle], { lang: 'en', rulebook });
  const result = resultOf(name, expected, diagnosis);
  expect(result.ok ? 'as expected' : result.why).toBe('as expected');
});
