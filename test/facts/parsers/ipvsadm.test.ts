import { expect, test } from 'vitest';
import { ipvsadm } from '../../../src/facts/parsers/ipvsadm.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const LIST = `
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.0.1:443 rr persistent 10800
  -> 192.168.10.11:6443           Masq    1      3          0
UDP  10.96.0.10:53 rr
  -> 10.244.1.2:53                Masq    1      0          12
  -> 10.244.2.2:53                Masq    0      0          0
TCP  [fd00::1]:443 rr
FWM  1 wlc
  -> 10.0.0.5:0                   Route   1      0          0
`;

test('reads virtual servers with their real servers', () => {
  const parsed = parseOutput(ipvsadm, 'ipvsadm -Ln', LIST);
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('ipvs-service')).toEqual([
    {
      proto: 'tcp',
      ip: '10.96.0.1',
      port: 443,
      scheduler: 'rr',
      backends: [{ ip: '192.168.10.11', port: 6443, weight: 1, active: 3, inactive: 0 }],
    },
    {
      proto: 'udp',
      ip: '10.96.0.10',
      port: 53,
      scheduler: 'rr',
      backends: [
        { ip: '10.244.1.2', port: 53, weight: 1, active: 0, inactive: 12 },
        { ip: '10.244.2.2', port: 53, weight: 0, active: 0, inactive: 0 },
      ],
    },
    { proto: 'tcp', ip: 'fd00::1', port: 443, scheduler: 'rr', backends: [] },
  ]);
});

test('reads the saved form and statistics', () => {
  const saved =
    '-A -t 10.96.0.1:443 -s rr\n-a -t 10.96.0.1:443 -r 192.168.10.11:6443 -m -w 1\n-A -f 1 -s wlc\n-a -f 1 -r 1.2.3.4:0 -g -w 1';
  expect(parseOutput(ipvsadm, 'ipvsadm -Sn', saved).records('ipvs-service')).toEqual([
    {
      proto: 'tcp',
      ip: '10.96.0.1',
      port: 443,
      scheduler: 'rr',
      backends: [{ ip: '192.168.10.11', port: 6443, weight: 1 }],
    },
  ]);
  const stats = `Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.96.0.1:443                       5       50       40     5000     4000
  -> 192.168.10.11:6443                  5       50       40     5000     4000`;
  expect(parseOutput(ipvsadm, 'ipvsadm -Ln --stats', stats).records('ipvs-service')).toEqual([
    { proto: 'tcp', ip: '10.96.0.1', port: 443, backends: [{ ip: '192.168.10.11', port: 6443 }] },
  ]);
});

test('loses a malformed line only', () => {
  const parsed = parseOutput(ipvsadm, 'ipvsadm -Ln', LIST.replace('10.244.1.2:53 ', '10.244.1:53   '));
  expect(parsed.problems.map(({ line }) => line)).toEqual([7]);
  expect(parsed.records('ipvs-service')[1]?.backends).toHaveLength(1);
});

test('is told by its command or its heading, and survives damage', () => {
  expectReads(ipvsadm, ['ipvsadm_-Ln', 'ipvsadm_-L_-n', 'ipvsadm', 'ipvsadm-save'], ['ipvsadm_-Lnc', 'ipset_list']);
  expect(ipvsadm.recognises?.(LIST.split('\n'))).toBe(true);
  expectToSurviveDamage(ipvsadm, 'ipvsadm -Ln', LIST);
});
