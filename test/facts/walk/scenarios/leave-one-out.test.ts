import { describe, expect, it } from 'vitest';
import { ALL_SCENARIOS } from './all-scenarios.js';
import { isWalked, type Scenario, walkOver, withFiles } from './scenario.js';

/** Files without which another verdict is given than with all of them; `unknown` is none. */
function flips(scenario: Scenario): string[] {
  const whole = scenario.expect.verdict;
  if (whole === 'unknown') return [];
  const found: string[] = [];
  for (const path of Object.keys(scenario.files)) {
    if (scenario.unhinted?.includes(path) === true) continue;
    const walked = walkOver(withFiles(scenario.files, { [path]: undefined }), scenario);
    if (!isWalked(walked)) continue;
    if (walked.verdict !== 'unknown' && walked.verdict !== whole)
      found.push(`without ${path}: ${walked.verdict} at ${walked.at}: ${walked.by ?? ''}`);
  }
  return found;
}

for (const [group, scenarios] of Object.entries(ALL_SCENARIOS)) {
  describe(`${group}: what is not in the input turns no verdict into another`, () => {
    for (const scenario of scenarios) it(scenario.name, () => expect(flips(scenario)).toEqual([]));
  });
}
