import { describe, expect, test } from 'vitest';
import type { ExpectedDiagnosis } from '../../src/cli/case-verdict.js';
import { calibrationOf } from '../../src/cli/rules-test/calibration.js';
import { confusionOf } from '../../src/cli/rules-test/confusion.js';
import { ratesOf } from '../../src/cli/rules-test/rates.js';
import { type CaseResult, resultOf } from '../../src/cli/rules-test/run-case.js';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { sampleDiagnosis } from '../report/sample.js';

/** The result of a case whose diagnosis ranks these causes with these probabilities. */
function result(expected: Partial<ExpectedDiagnosis>, ranks: Readonly<Record<string, number>>): CaseResult {
  const template = sampleDiagnosis();
  const first = template.diagnoses[0]!;
  const ranked = Object.entries(ranks);
  const diagnosis: Diagnosis = {
    ...template,
    outcome: ranked.length > 0 ? 'diagnosed' : 'healthy',
    diagnoses: ranked.map(([cause, probability], index) => ({ ...first, cause, rank: index + 1, probability })),
    notFaults: [],
  };
  return resultOf('a/case', { kind: 'hit', causes: [], notCauses: [], alsoAcceptable: [], ...expected }, diagnosis);
}

describe('a case that is listed as lost', () => {
  const lost = { causes: ['mtu-mismatch'], lost: 'the captures are cut' };

  test('does not fail while it is lost, and is counted as that', () => {
    const results = [result(lost, { 'link-down': 0.9 })];
    expect(results).toMatchObject([{ ok: true }]);
    expect(ratesOf(results)).toMatchObject({ passed: 0, failed: 0, hits: 1, lost: 1, top1: 0 });
  });

  test('fails once it is won', () => {
    expect(result(lost, { 'mtu-mismatch': 0.9 }).ok).toBe(false);
  });

  test('must be one of twenty hits at most', () => {
    const won = Array.from({ length: 19 }, () => result({ causes: ['link-down'] }, { 'link-down': 0.9 }));
    const one = result(lost, { 'link-down': 0.9 });
    expect(ratesOf([...won, one]).tooManyLost).toBe(false);
    expect(ratesOf([...won.slice(1), one]).tooManyLost).toBe(true);
  });
});

describe('confusion', () => {
  test('names pairs of which one won in the place of the other, before those that came close', () => {
    const results = [
      result({ causes: ['mtu-mismatch'] }, { 'mtu-mismatch': 0.5, 'pmtu-blackhole': 0.4 }),
      result({ causes: ['link-down'] }, { 'route-missing': 0.6, 'link-down': 0.3 }),
      result({ causes: ['link-down'] }, { 'link-down': 0.9, 'route-missing': 0.1 }),
    ];
    expect(confusionOf(results)).toEqual([
      { expected: 'link-down', taken: 'route-missing', mistaken: ['a/case'], nearly: [] },
      { expected: 'mtu-mismatch', taken: 'pmtu-blackhole', mistaken: [], nearly: ['a/case'] },
    ]);
  });

  test('a fault found in a healthy cluster is mistaken for none', () => {
    const results = [result({ kind: 'healthy' }, { 'link-down': 0.6 })];
    expect(confusionOf(results)).toMatchObject([{ expected: 'none', taken: 'link-down', mistaken: ['a/case'] }]);
  });

  test('of two faults the one that is missing is the one that was mistaken', () => {
    const results = [result({ causes: ['link-down', 'mtu-mismatch'] }, { 'link-down': 0.9, 'app-not-listening': 0.4 })];
    expect(confusionOf(results)).toMatchObject([{ expected: 'mtu-mismatch', taken: 'app-not-listening' }]);
  });
});

describe('calibration', () => {
  test('counts in bins how much of what was stated is right', () => {
    const results = [
      result({ causes: ['link-down'] }, { 'link-down': 0.95 }),
      result({ causes: ['link-down'] }, { 'route-missing': 0.95 }),
      result({ kind: 'healthy' }, { 'link-down': 0.4 }),
    ];
    const { bins, cases, brier } = calibrationOf(results);
    expect(bins.find(({ to }) => to === 0.99)).toMatchObject({ from: 0.9, cases: 2, right: 1, stated: 0.95 });
    expect(bins[0]).toMatchObject({ cases: 1, right: 0 });
    expect(cases).toBe(3);
    expect(brier).toBeCloseTo((0.05 ** 2 + 0.95 ** 2 + 0.4 ** 2) / 3);
  });

  test('leaves out a near miss that does not say what it is', () => {
    const other = result({ kind: 'near-miss', notCauses: ['mtu-mismatch'] }, { 'link-down': 0.9 });
    expect(calibrationOf([other]).cases).toBe(0);
    const wrong = result({ kind: 'near-miss', notCauses: ['link-down'] }, { 'link-down': 0.9 });
    expect(calibrationOf([wrong])).toMatchObject({ cases: 1, brier: 0.81 });
  });
});
