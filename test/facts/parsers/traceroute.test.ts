import { expect, test } from 'vitest';
import { traceroute } from '../../../src/facts/parsers/traceroute.js';
import { expectReads } from './parse-output.js';
import { probeIn, readFile, survivesDamage } from './read-file.js';

const REACHED = `traceroute to web.default (10.244.2.2), 30 hops max, 60 byte packets
 1  10.244.1.1 (10.244.1.1)  0.045 ms  0.012 ms  0.010 ms
 2  * * *
 3  10.244.2.2 (10.244.2.2)  0.211 ms  0.180 ms  0.170 ms
`;
const SILENT = REACHED.replace(/ 3 .*\n/, ' 3  * * *\n 4  * * *\n');

test('a target that answers is reached', () => {
  expect(probeIn(traceroute, 'traceroute web.default', REACHED)).toEqual({
    to: { ip: '10.244.2.2', name: 'web.default' },
    proto: 'udp',
    state: 'ok',
    origin: 'tool',
    family: 4,
    size: 60,
  });
});

test('silence decides for ICMP and TCP, not for the UDP ports that firewalls drop', () => {
  expect(probeIn(traceroute, 'traceroute -I 10.244.2.2', SILENT)).toMatchObject({
    proto: 'icmp',
    state: 'failing',
    error: 'timeout',
  });
  expect(probeIn(traceroute, 'traceroute -T -p 8080 10.244.2.2', SILENT)).toMatchObject({
    to: { ip: '10.244.2.2', port: 8080 },
    proto: 'tcp',
    error: 'timeout',
  });
  expect(readFile(traceroute, 'traceroute 10.244.2.2', SILENT).of('probe')).toEqual([]);
});

test.each([
  [' !H', 'host-unreachable', undefined],
  [' !X', 'host-unreachable', undefined],
  [' !N', 'no-route', undefined],
  [' !F-1450', 'message-too-long', 1450],
])('an annotation %s is an error', (mark, error, mtu) => {
  const text = REACHED.replace(/ 3 .*\n/, ` 3  10.0.0.1 (10.0.0.1)  0.2 ms${mark}  0.1 ms${mark} *\n`);
  const probe = probeIn(traceroute, 'traceroute 10.244.2.2', text);
  expect([probe.state, probe.error, probe.mtu]).toEqual(['failing', error, mtu]);
});

test('is told by its command or its heading, and survives damage', () => {
  expectReads(traceroute, ['traceroute_10.0.0.1', 'traceroute6_fd00::1'], ['tracepath_10.0.0.1']);
  expect(traceroute.recognises?.(REACHED.split('\n'))).toBe(true);
  survivesDamage(traceroute, 'traceroute -I web.default', REACHED);
});
