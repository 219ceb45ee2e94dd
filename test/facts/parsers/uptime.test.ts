import { describe, expect, it } from 'vitest';
import { uptime } from '../../../src/facts/parsers/uptime.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

describe('uptime', () => {
  it.each([
    [
      'uptime',
      ' 10:15:32 up 12 days,  3:04,  2 users,  load average: 0.52, 0.58, 0.59',
      0.52,
      12 * 86_400 + 3 * 3600 + 4 * 60,
    ],
    ['uptime', ' 08:01:10 up 15 min,  1 user,  load average: 12.00, 9.31, 5.07', 12, 900],
    ['uptime', '10:15:32 up  3:04,  load average: 0,52, 0,58, 0,59', 0.52, 11_040],
    ['uptime', ' 10:15:32 up 1 day, 5 min,  0 users,  load average: 130.10, 98.00, 77.00', 130.1, 86_700],
  ])('%s: %s', (command, text, load, seconds) => {
    const { facts, problems } = parseOutput(uptime, command, text);
    expect(problems).toEqual([]);
    expect(facts).toMatchObject({ 'load.average': load, uptime: seconds });
  });

  it('reads who is logged in as no malformed lines, and the other sources', () => {
    const w = parseOutput(
      uptime,
      'w',
      ' 10:15:32 up 12 days,  3:04,  2 users,  load average: 0.52, 0.58, 0.59\nUSER TTY FROM\nroot pts/0 10.0.0.1',
    );
    expect(w.problems).toEqual([]);
    expect(w.facts['load.average-15']).toBe(0.59);
    expect(parseOutput(uptime, 'cat /proc/loadavg', '0.52 0.58 0.61 1/467 12345').facts['load.average-15']).toBe(0.61);
    expect(parseOutput(uptime, 'cat /proc/uptime', '1047852.91 4120113.25').facts).toEqual({ uptime: 1_047_852 });
    expect(parseOutput(uptime, 'nproc', '4').facts).toEqual({ 'cpu.count': 4 });
  });

  it('reports what is no load average', () => {
    const parsed = parseOutput(uptime, 'uptime', 'uptime: cannot get system uptime');
    expect(parsed.problems.map(({ line }) => line)).toEqual([1]);
    expect(parsed.facts).toEqual({});
  });

  it('is told by its command or its content, and survives damage', () => {
    const line = ' 10:15:32 up 12 days,  3:04,  2 users,  load average: 0.52, 0.58, 0.59';
    expectReads(uptime, ['uptime', 'w', 'nproc', 'cat_.proc.loadavg'], ['cat_.proc.meminfo', 'who']);
    expect(uptime.recognises?.([line])).toBe(true);
    expect(uptime.recognises?.(['the load average: 0.52, 0.58, 0.59'])).toBe(false);
    expectToSurviveDamage(uptime, 'uptime', line);
  });
});
