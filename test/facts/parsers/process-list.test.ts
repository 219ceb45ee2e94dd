import { expect, test } from 'vitest';
import { processList } from '../../../src/facts/parsers/process-list.js';
import { parseOutput } from './parse-output.js';

test('programs are named without their paths, arguments and the threads of the kernel', () => {
  const text = `USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  0.0  0.1 168140 11344 ?        Ss   Jan02   0:31 /sbin/init splash
root           2  0.0  0.0      0     0 ?        S    Jan02   0:00 [kthreadd]
root        1188  1.2  0.9 812340 91231 ?        Ssl  Jan02  90:11 /opt/CrowdStrike/falcon-sensor --token=secret
`;
  expect(parseOutput(processList, 'ps aux', text).facts).toEqual({ processes: ['falcon-sensor', 'init'] });
});

test('a tree draws branches before the names', () => {
  const text = '  PID TTY      STAT   TIME COMMAND\n  812 ?        Ssl    0:01  \\_ kubelet --v=2\n';
  expect(parseOutput(processList, 'ps axf', text).facts).toEqual({ processes: ['kubelet'] });
});

test('what has no heading is no list', () => {
  expect(parseOutput(processList, 'ps', 'error: unknown option\n').unknowns).toHaveProperty('processes');
});
