import { dottedPathOf, wholeNumber, wordsOf } from './command-words.js';
import type { Parser } from './parser.js';

/** Fewer periods than this (100 ms each) are no measure. */
const LEAST_PERIODS = 50;

/**
 * `cat /sys/fs/cgroup/cpu.stat` (cgroup v2) and `cat /sys/fs/cgroup/cpu/cpu.stat` (v1), taken in a pod: `cpu.throttled`, the share
 * of scheduling periods in which its CPU limit stopped it. Percent.
 */
export const cpuStat: Parser = {
  id: 'cpu-stat',
  provides: ['cpu.throttled'],
  reads: (command) => /^sys\.fs\.cgroup\..{0,400}cpu\.stat$/.test(dottedPathOf(command) ?? ''),
  recognises: (head) => head.some((line) => /^nr_throttled \d+$/.test(line)),
  parse({ lines }, sink) {
    const values = new Map<string, { value: number; line: number }>();
    for (let i = 0; i < lines.length && i < 100; i += 1) {
      const [name, text] = wordsOf(lines[i]!.slice(0, 100));
      const value = wholeNumber(text);
      if (name !== undefined && value !== undefined && !values.has(name)) values.set(name, { value, line: i + 1 });
    }
    const periods = values.get('nr_periods')?.value;
    const throttled = values.get('nr_throttled');
    if (periods === undefined || throttled === undefined) {
      sink.unknown('cpu.throttled', 'the output has no nr_periods and nr_throttled');
    } else if (periods === 0) sink.fact('cpu.throttled', 0, throttled.line);
    else if (periods < LEAST_PERIODS) sink.unknown('cpu.throttled', `only ${periods} periods were counted`);
    else sink.fact('cpu.throttled', Math.round((throttled.value / periods) * 100), throttled.line);
  },
};
