import { describe, expect, test } from 'vitest';
import { type ExpectedDiagnosis, judgeCase, parseExpected } from '../../src/cli/case-verdict.js';
import type { Diagnosis } from '../../src/engine/diagnosis.js';
import { sampleDiagnosis } from '../report/sample.js';

/** A diagnosis that ranks these causes, the first most probable. */
function ranked(...causes: string[]): Diagnosis {
  const template = sampleDiagnosis();
  const first = template.diagnoses[0]!;
  return {
    ...template,
    outcome: causes.length > 0 ? 'diagnosed' : 'healthy',
    diagnoses: causes.map((cause, index) => ({ ...first, cause, rank: index + 1, probability: 0.9 - index * 0.3 })),
    notFaults: [],
  };
}

function expecting(fields: Partial<ExpectedDiagnosis>): ExpectedDiagnosis {
  return { kind: 'hit', causes: [], notCauses: [], alsoAcceptable: [], ...fields };
}

describe('a hit', () => {
  test('of one cause must be first', () => {
    const expected = expecting({ causes: ['mtu-mismatch'] });
    expect(judgeCase(expected, ranked('mtu-mismatch', 'pmtu-blackhole'))).toEqual({
      ok: true,
      why: '',
      rank: 1,
      runnerUp: 'pmtu-blackhole',
      margin: 0.3,
    });
    expect(judgeCase(expected, ranked('pmtu-blackhole', 'mtu-mismatch'))).toMatchObject({
      ok: false,
      rank: 2,
      margin: -0.3,
      why: 'diagnosed: pmtu-blackhole',
    });
    expect(judgeCase(expected, ranked()).ok).toBe(false);
  });

  test('admits an acceptable cause in place', () => {
    const expected = expecting({ causes: ['mtu-mismatch'], alsoAcceptable: ['pmtu-blackhole'] });
    expect(judgeCase(expected, ranked('pmtu-blackhole', 'link-down')).ok).toBe(true);
  });

  test('of two causes must have both first, in any order', () => {
    const expected = expecting({ causes: ['link-down', 'route-missing'] });
    expect(judgeCase(expected, ranked('route-missing', 'link-down', 'mtu-mismatch')).ok).toBe(true);
    expect(judgeCase(expected, ranked('route-missing', 'mtu-mismatch', 'link-down')).ok).toBe(false);
    expect(judgeCase(expected, ranked('route-missing')).ok).toBe(false);
  });

  test('counts a cause on two sets of subjects once', () => {
    const expected = expecting({ causes: ['link-down', 'route-missing'] });
    expect(judgeCase(expected, ranked('link-down', 'link-down', 'route-missing')).ok).toBe(true);
  });
});

describe('a near miss', () => {
  test('must not win, whatever does', () => {
    const expected = expecting({ kind: 'near-miss', notCauses: ['mtu-mismatch'] });
    expect(judgeCase(expected, ranked('pmtu-blackhole', 'mtu-mismatch')).ok).toBe(true);
    expect(judgeCase(expected, ranked()).ok).toBe(true);
    expect(judgeCase(expected, ranked('mtu-mismatch'))).toMatchObject({ ok: false, why: 'mtu-mismatch must not win' });
  });

  test('with a cause must have that one first', () => {
    const expected = expecting({ kind: 'near-miss', notCauses: ['mtu-mismatch'], causes: ['pmtu-blackhole'] });
    expect(judgeCase(expected, ranked('pmtu-blackhole')).ok).toBe(true);
    expect(judgeCase(expected, ranked('link-down')).ok).toBe(false);
  });
});

describe('without a fault', () => {
  test('a healthy case has no cause and a sound outcome', () => {
    const expected = expecting({ kind: 'healthy' });
    expect(judgeCase(expected, ranked()).ok).toBe(true);
    expect(judgeCase(expected, { ...ranked(), outcome: 'not-a-fault' }).ok).toBe(true);
    expect(judgeCase(expected, { ...ranked(), outcome: 'insufficient' })).toMatchObject({
      ok: false,
      why: 'insufficient',
    });
    expect(judgeCase(expected, ranked('link-down')).ok).toBe(false);
  });

  test('what is not a fault must be explained', () => {
    const expected = expecting({ kind: 'not-a-fault', causes: ['clusterip-ping-expected'] });
    const explained = { ...ranked(), outcome: 'not-a-fault' as const, notFaults: sampleDiagnosis().notFaults };
    expect(judgeCase(expected, explained).ok).toBe(true);
    expect(judgeCase(expected, { ...explained, notFaults: [] }).ok).toBe(false);
    expect(judgeCase(expected, ranked()).ok).toBe(false);
    expect(judgeCase({ ...expected, alsoAcceptable: ['none'] }, ranked()).ok).toBe(true);
  });
});

describe('expected.yaml', () => {
  test('without kind says it by its causes', () => {
    const kindOf = (document: unknown): unknown => parseExpected(document, new Set(['clusterip-ping-expected']));
    expect(kindOf({ causes: ['link-down'] })).toMatchObject({ expected: { kind: 'hit', causes: ['link-down'] } });
    expect(kindOf({ causes: ['none'], why: 'all is well' })).toMatchObject({
      expected: { kind: 'healthy', causes: [] },
    });
    expect(kindOf({ causes: ['clusterip-ping-expected'] })).toMatchObject({ expected: { kind: 'not-a-fault' } });
  });

  test('that is not a fault asks for the explanation named none where the rulebook has it', () => {
    const document = { kind: 'not-a-fault', causes: ['none'] };
    expect(parseExpected(document, new Set(['none']))).toMatchObject({ expected: { causes: ['none'] } });
    expect(parseExpected(document, new Set())).toMatchObject({ expected: { causes: [] } });
  });

  test.each([
    [null, 'expected a map'],
    [[], 'expected a map'],
    [{ causes: 'link-down' }, 'causes must be a list'],
    [{ causes: [1] }, 'causes must be a list'],
    [{ kind: 'miss', causes: [] }, 'kind must be one of'],
    [{ kind: 'hit' }, 'a hit needs causes'],
    [{ kind: 'near-miss', causes: ['x'] }, 'a near-miss needs notCauses'],
    [{ causes: ['x'], cuases: ['y'] }, 'cuases is not known'],
    [{ causes: ['x'], lost: ' ' }, 'lost must say in a sentence'],
    [{ causes: ['x'], lost: true }, 'lost must say in a sentence'],
    [{ kind: 'near-miss', notCauses: ['x'], lost: 'it wins' }, 'only a hit may be lost'],
    [{ causes: ['none'], lost: 'it is named' }, 'only a hit may be lost'],
  ])('%j is a mistake', (document, message) => {
    const result = parseExpected(document);
    expect('error' in result ? result.error : '').toContain(message);
  });
});
