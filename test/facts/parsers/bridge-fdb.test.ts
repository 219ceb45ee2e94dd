import { describe, expect, it } from 'vitest';
import { bridgeFdb } from '../../../src/facts/parsers/bridge-fdb.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const TABLE = `
33:33:00:00:00:01 dev eth0 self permanent
7E:1c:9b:e4:0e:de dev flannel.1 dst 192.168.10.13 self permanent
0a:58:0a:f3:35:64 dev cni0 vlan 1 master cni0 permanent
0a:58:0a:2d:ae:42 dev vethfc71bb1b used 12/3 master cni0 
00:00:00:00:00:00 dev vxlan.calico dst fd00::13 via eth0 link-netnsid 0 self extern_learn
`;

describe('bridge fdb', () => {
  it('reads entries', () => {
    const parsed = parseOutput(bridgeFdb, 'bridge fdb', TABLE);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('fdb')).toEqual([
      { mac: '33:33:00:00:00:01', dev: 'eth0', flags: ['self', 'permanent'] },
      { mac: '7e:1c:9b:e4:0e:de', dev: 'flannel.1', dst: '192.168.10.13', flags: ['self', 'permanent'] },
      { mac: '0a:58:0a:f3:35:64', dev: 'cni0', master: 'cni0', flags: ['permanent'] },
      { mac: '0a:58:0a:2d:ae:42', dev: 'vethfc71bb1b', master: 'cni0', flags: [] },
      { mac: '00:00:00:00:00:00', dev: 'vxlan.calico', dst: 'fd00::13', flags: ['self', 'extern_learn'] },
    ]);
  });

  it('takes the device from the command that leaves it out', () => {
    const parsed = parseOutput(
      bridgeFdb,
      'bridge fdb show dev flannel.1',
      '7e:1c:9b:e4:0e:de dst 192.168.10.13 self permanent',
    );
    expect(parsed.records('fdb')[0]).toMatchObject({ dev: 'flannel.1', dst: '192.168.10.13' });
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(bridgeFdb, 'bridge fdb', TABLE.replace('33:33:00:00:00:01', '33:33:00:00'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([1]);
    expect(parsed.records('fdb')).toHaveLength(4);
  });

  it('is told by its command or its content', () => {
    expectReads(
      bridgeFdb,
      ['bridge_fdb', 'bridge_fdb_show', 'bridge_fdb_show_dev_flannel.1', 'bridge_-s_-s_-d_-t_fdb_show'],
      ['bridge_link', 'bridge_fdb_add_x'],
    );
    expect(bridgeFdb.recognises?.(TABLE.trim().split('\n'))).toBe(true);
    expect(bridgeFdb.recognises?.(['10.0.0.1 dev eth0 lladdr 52:54:00:51:d7:d0 REACHABLE'])).toBe(false);
  });

  it('survives damage', () => expectToSurviveDamage(bridgeFdb, 'bridge fdb', TABLE));
});
