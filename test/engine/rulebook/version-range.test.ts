import { describe, expect, it } from 'vitest';
import { versionRange, withinVersions } from '../../../src/engine/rulebook/version-range.js';

const within = (version: string, range: string): boolean => withinVersions(version, versionRange(range)!);

describe('versions', () => {
  it.each([
    ['5.4.0-42-generic', '<5.7', true],
    ['5.7.0', '<5.7', false],
    ['3.10.0-1160.el7.x86_64', '>=3.10 <4.12', true],
    ['3.10.0-1160.el7.x86_64', '<3.10.0-1127', false],
    ['3.10.0-957.el7.x86_64', '<3.10.0-1127', true],
    ['v1.16.9', '<1.16.13 || >=1.17 <1.17.9', true],
    ['v1.16.13', '<1.16.13 || >=1.17 <1.17.9', false],
    ['v1.17.3-eks-4f4795d', '<1.16.13 || >=1.17 <1.17.9', true],
    ['1.18.0-rc.1', '=1.18', true],
    ['1.9.3', '<1.10', true],
    ['245.4-4ubuntu3', '>=242', true],
    ['latest', '<99999', false],
    ['', '>=0', false],
  ])('%s within %s: %s', (version, range, expected) => {
    expect(within(version, range)).toBe(expected);
  });

  it.each(['', '5.7', '<', '<5.x', '< 5.7', '<5.7 ||', '~5'])('%j is no range', (text) => {
    expect(versionRange(text)).toBeUndefined();
  });
});
