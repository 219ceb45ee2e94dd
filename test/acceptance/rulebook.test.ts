import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findCases } from '../../src/cli/cases.js';
import { isAsItMustBe, reportOf } from '../../src/cli/rules-test/report.js';
import { MOST_FALL } from '../../src/cli/rules-test/robustness.js';
import { runCases } from '../../src/cli/rules-test/run-cases.js';
import { LEAST_WITHOUT_PROOF } from '../../src/cli/rules-test/without-proof.js';
import { loadRulebookFolder } from '../../src/engine/rulebook/load.js';
import { CAUSE_IDS } from './cause-ids.js';

/** Twenty are for `podnet rules test --moved 20` and the bench; a few tell as much within a minute. */
const SEEDS = 3;
const MOVED = 0.2;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const rulebook = loadRulebookFolder(path.join(ROOT, 'rules')).rulebook!;
const notFaults = new Set(rulebook.causes.filter(({ explains }) => explains.length > 0).map(({ id }) => id));
const { cases } = await findCases([path.join(ROOT, 'test/cases')], notFaults);
const { results, robustness, withoutProof } = await runCases(cases, rulebook, {
  moved: MOVED,
  seeds: SEEDS,
  withoutProof: true,
});

describe('of every id that is promised', () => {
  test('there is a cause', () => {
    const known = new Set(rulebook.causes.map(({ id }) => id));
    expect(CAUSE_IDS.filter((id) => !known.has(id))).toEqual([]);
  });

  test('the file stands in the folder of its category', () => {
    const misplaced = rulebook.causes.filter(
      ({ id, category }) => !existsSync(path.join(ROOT, 'rules/causes', category, `${id}.yaml`)),
    );
    expect(misplaced.map(({ id }) => id)).toEqual([]);
  });

  test('there is a hit, or what explains that it is no fault', () => {
    const hit = new Set(
      cases.flatMap(({ expected }) =>
        expected.kind === 'hit' || expected.kind === 'not-a-fault' ? expected.causes : [],
      ),
    );
    expect(CAUSE_IDS.filter((id) => !hit.has(id))).toEqual([]);
  });

  test('there is a near miss, or a healthy case in its folder', () => {
    const missed = new Set(
      cases.flatMap(({ name, expected }) => {
        if (expected.kind === 'near-miss') return expected.notCauses;
        return expected.kind === 'healthy' ? [name.split('/')[0]!] : [];
      }),
    );
    // What is no fault is missed by a case in which there is one.
    for (const { name, expected } of cases)
      if (expected.kind === 'hit' && notFaults.has(name.split('/')[0]!)) missed.add(name.split('/')[0]!);
    expect(CAUSE_IDS.filter((id) => !missed.has(id))).toEqual([]);
  });
});

test('at least 15 pairs of faults have a case with both at once', () => {
  const pairs = cases.filter(({ expected }) => expected.kind === 'hit' && expected.causes.length > 1);
  expect(new Set(pairs.map(({ expected }) => [...expected.causes].sort().join(' + '))).size).toBeGreaterThanOrEqual(15);
});

test('every case is ranked as expected, and hardly any hit is listed as lost', () => {
  const report = reportOf(results, undefined, undefined);
  expect(results.filter(({ ok }) => !ok).map(({ name, why }) => `${name}: ${why}`)).toEqual([]);
  expect(isAsItMustBe(report)).toBe(true);
});

test('with words moved by a level the causes stay among the first three', () => {
  expect(robustness!.fall).toBeLessThanOrEqual(MOST_FALL);
});

test('without the files that prove it most causes stay among the first three', () => {
  expect(withoutProof!.among).toBeGreaterThanOrEqual(LEAST_WITHOUT_PROOF);
});

test('what would prove a cause is mostly among the first three things that are asked for', () => {
  expect(withoutProof!.asked).toBeGreaterThanOrEqual(LEAST_WITHOUT_PROOF);
});
