import { expect, test } from 'vitest';
import { softnetStat } from '../../../src/facts/parsers/softnet-stat.js';
import { expectToSurviveDamage, parseOutput } from './parse-output.js';

const TWO_CPUS = `0005a1b2 00000010 00000003 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
0000ffff 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
`;

test('drops and squeezes are summed over the CPUs, out of hexadecimal', () => {
  const parsed = parseOutput(softnetStat, 'cat /proc/net/softnet_stat', TWO_CPUS);
  expect(parsed.problems).toEqual([]);
  expect(parsed.facts).toEqual({ 'softnet.dropped': 17, 'softnet.squeezed': 5 });
});

test('survives damage', () => expectToSurviveDamage(softnetStat, 'cat /proc/net/softnet_stat', TWO_CPUS));
