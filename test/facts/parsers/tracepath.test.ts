import { expect, test } from 'vitest';
import { tracepath } from '../../../src/facts/parsers/tracepath.js';
import { expectReads } from './parse-output.js';
import { readFile, survivesDamage } from './read-file.js';

const REACHED = ` 1?: [LOCALHOST]                      pmtu 1500
 1:  10.244.1.1                                            0.042ms pmtu 1450
 2:  no reply
 3:  10.244.2.2                                            0.211ms reached
     Resume: pmtu 1450 hops 3 back 3
`;

test('tells the path MTU and that the target answered', () => {
  const read = readFile(tracepath, 'tracepath -n 10.244.2.2', REACHED);
  expect(read.value('path-mtu.10.244.2.2')).toBe(1450);
  expect(read.of('probe')).toEqual([
    { to: { ip: '10.244.2.2' }, proto: 'udp', state: 'ok', origin: 'tool', family: 4 },
  ]);
});

test('a target that stays silent gives the path MTU of the command’s target and no probe', () => {
  const read = readFile(
    tracepath,
    'tracepath -n -m 5 10.244.2.9',
    ' 1?: [LOCALHOST]     pmtu 1500\n 1:  no reply\n     Too many hops: pmtu 1500\n     Resume: pmtu 1500 \n',
  );
  expect(read.value('path-mtu.10.244.2.9')).toBe(1500);
  expect(read.of('probe')).toEqual([]);
});

test('is told by its command or its first line, and survives damage', () => {
  expectReads(tracepath, ['tracepath_10.0.0.1', 'tracepath6_fd00::1'], ['traceroute_10.0.0.1']);
  expect(tracepath.recognises?.(REACHED.split('\n'))).toBe(true);
  survivesDamage(tracepath, 'tracepath 10.244.2.2', REACHED);
});
