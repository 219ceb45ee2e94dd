import { expect, test } from 'vitest';
import { arp } from '../../../src/facts/parsers/arp.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const TABLE = `
Address                  HWtype  HWaddress           Flags Mask            Iface
10.0.2.2                 ether   52:54:00:12:35:02   C                     eth0
10.244.2.0               ether   7E:1c:9b:e4:0e:de   CM                    flannel.1
10.0.2.3                         (incomplete)                              eth0
_gateway                 ether   52:54:00:12:35:09   C                     eth0
Entries: 4	Skipped: 0	Found: 4
`;
const BSD = `
? (10.0.2.2) at 52:54:00:12:35:02 [ether] on eth0
? (10.244.2.0) at 7e:1c:9b:e4:0e:de [ether] PERM on flannel.1
? (10.0.2.3) at <incomplete> on eth0
`;
const PROC = `
IP address       HW type     Flags       HW address            Mask     Device
10.0.2.2         0x1         0x2         52:54:00:12:35:02     *        eth0
10.244.2.0       0x1         0x6         7e:1c:9b:e4:0e:de     *        flannel.1
10.0.2.3         0x1         0x0         00:00:00:00:00:00     *        eth0
`;

test.each([
  ['arp -n', TABLE],
  ['arp -an', BSD],
  ['cat /proc/net/arp', PROC],
])('%s: complete, permanent and incomplete entries', (command, text) => {
  const parsed = parseOutput(arp, command, text);
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('neighbour')).toEqual([
    { ip: '10.0.2.2', dev: 'eth0', mac: '52:54:00:12:35:02', state: 'STALE' },
    { ip: '10.244.2.0', dev: 'flannel.1', mac: '7e:1c:9b:e4:0e:de', state: 'PERMANENT' },
    { ip: '10.0.2.3', dev: 'eth0', state: 'INCOMPLETE' },
  ]);
});

test('loses a malformed line only, and is told apart from others', () => {
  const parsed = parseOutput(arp, 'arp -n', TABLE.replace('52:54:00:12:35:02', '52:54:00'));
  expect(parsed.problems.map(({ line }) => line)).toEqual([2]);
  expectReads(arp, ['arp_-n', 'arp_-an', 'cat_.proc.net.arp'], ['arping_-c', 'cat_.proc.net.dev']);
  expect(arp.recognises?.(PROC.split('\n'))).toBe(true);
  expectToSurviveDamage(arp, 'arp -n', TABLE);
  expectToSurviveDamage(arp, 'arp -an', BSD);
});
