import { describe, expect, it } from 'vitest';
import { ALL_SCENARIOS } from './all-scenarios.js';
import { isWalked, walkOver } from './scenario.js';

for (const [group, scenarios] of Object.entries(ALL_SCENARIOS)) {
  describe(group, () => {
    for (const scenario of scenarios) {
      it(scenario.name, () => {
        const walked = walkOver(scenario.files, scenario);
        if (!isWalked(walked)) throw new Error(walked.unresolved);
        const { verdict, at, reason, by, missing, labels } = scenario.expect;
        const told = `${walked.at} ${walked.reason ?? ''} ${walked.by ?? ''} ${walked.missing.map(({ what }) => what).join('; ')}`;
        expect(`${walked.verdict} ${told}`).toMatch(new RegExp(`^${verdict} `));
        if (at !== undefined) expect(walked.at).toBe(at);
        if (reason !== undefined) expect(walked.reason, told).toBe(reason);
        if (by !== undefined) expect(walked.by).toMatch(by);
        if (missing !== undefined) expect(walked.missing.map(({ what }) => what).join('\n')).toMatch(missing);
        if (labels !== undefined) expect(walked.branches?.map(({ label }) => label)).toEqual(labels);
      });
    }
  });
}
