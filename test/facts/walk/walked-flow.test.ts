import { describe, expect, test } from 'vitest';
import type { WalkVerdict } from '../../../src/facts/walk/result.js';
import { agrees, type WalkedFlow } from '../../../src/facts/walk/walked-flow.js';

function walked(verdict: WalkVerdict, happened?: WalkedFlow['happened']): WalkedFlow {
  const result = { verdict, at: 'node/a', missing: [], label: '', steps: [], from: 'a', to: 'b' };
  return { from: 'a', to: 'b', result, ...(happened === undefined ? {} : { happened }) };
}

describe('what happened beside what the walk predicts', () => {
  test('a flow that gets through is as predicted where it is delivered, slow or lossy too', () => {
    for (const state of ['ok', 'slow', 'lossy'] as const) {
      expect(agrees(walked('delivered', { proto: 'http', state }))).toBe(true);
      expect(agrees(walked('dropped', { proto: 'http', state }))).toBe(false);
    }
  });

  test('a flow that fails is as predicted where it is dropped', () => {
    const happened = { proto: 'tcp', state: 'failing', error: 'timeout' } as const;
    expect([agrees(walked('dropped', happened)), agrees(walked('delivered', happened))]).toEqual([true, false]);
  });

  test('a lookup that is told that there is no such name got through; one whose server got no answer did not', () => {
    for (const [error, predicted] of [
      ['nxdomain', 'delivered'],
      ['servfail', 'dropped'],
      ['timeout', 'dropped'],
    ] as const) {
      const happened = { proto: 'dns', state: 'failing', error } as const;
      for (const verdict of ['delivered', 'dropped'] as const)
        expect([error, verdict, agrees(walked(verdict, happened))]).toEqual([error, verdict, verdict === predicted]);
    }
    expect(agrees(walked('delivered', { proto: 'http', state: 'failing', error: 'nxdomain' }))).toBe(false);
  });

  test('nothing is said where nothing is predicted, or nothing was tried', () => {
    expect(agrees(walked('unknown', { proto: 'tcp', state: 'ok' }))).toBeUndefined();
    expect(agrees(walked('delivered'))).toBeUndefined();
    expect(agrees({ from: 'a', to: 'b', why: 'no address', malformed: false })).toBeUndefined();
  });
});
