import { expect, test } from 'vitest';
import { cpuStat } from '../../../src/facts/parsers/cpu-stat.js';
import { parseOutput } from './parse-output.js';

const COMMAND = 'cat /sys/fs/cgroup/cpu.stat';

test('the share of periods in which a CPU limit stopped the pod is told in percent', () => {
  const { facts } = parseOutput(
    cpuStat,
    COMMAND,
    'usage_usec 12\nnr_periods 400\nnr_throttled 300\nthrottled_usec 9\n',
  );
  expect(facts).toEqual({ 'cpu.throttled': 75 });
});

test('without a limit no period is counted, and nothing throttled', () => {
  expect(parseOutput(cpuStat, COMMAND, 'nr_periods 0\nnr_throttled 0\n').facts).toEqual({ 'cpu.throttled': 0 });
});

test('a handful of periods is no measure', () => {
  expect(parseOutput(cpuStat, COMMAND, 'nr_periods 3\nnr_throttled 3\n').unknowns).toHaveProperty('cpu.throttled');
});
