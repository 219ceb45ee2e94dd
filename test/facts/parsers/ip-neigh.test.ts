import { describe, expect, it } from 'vitest';
import { ipNeigh } from '../../../src/facts/parsers/ip-neigh.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const TABLE = `
192.168.10.13 dev eth0 lladdr 52:54:00:51:D7:d0 REACHABLE 
10.244.3.0 dev flannel.1 lladdr 7e:1c:9b:e4:0e:de PERMANENT 
10.244.1.9 dev cni0  FAILED
10.244.1.10 dev cni0  INCOMPLETE
fe80::1 dev eth0 lladdr 1e:28:c3:75:ec:3b router STALE
10.0.0.7 dev eth0 lladdr 52:54:00:51:d7:d1 ref 1 used 12/7/3 probes 4 DELAY
10.0.0.8 dev eth0 lladdr 52:54:00:51:d7:d2 used 0/0/0 probes 1 extern_learn NOARP
10.0.0.9 dev eth0 proxy
`;

describe('ip neigh', () => {
  it('reads neighbours with their state', () => {
    const parsed = parseOutput(ipNeigh, 'ip neigh', TABLE);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('neighbour')).toEqual([
      { ip: '192.168.10.13', dev: 'eth0', mac: '52:54:00:51:d7:d0', state: 'REACHABLE' },
      { ip: '10.244.3.0', dev: 'flannel.1', mac: '7e:1c:9b:e4:0e:de', state: 'PERMANENT' },
      { ip: '10.244.1.9', dev: 'cni0', state: 'FAILED' },
      { ip: '10.244.1.10', dev: 'cni0', state: 'INCOMPLETE' },
      { ip: 'fe80::1', dev: 'eth0', mac: '1e:28:c3:75:ec:3b', state: 'STALE' },
      { ip: '10.0.0.7', dev: 'eth0', mac: '52:54:00:51:d7:d1', state: 'DELAY' },
      { ip: '10.0.0.8', dev: 'eth0', mac: '52:54:00:51:d7:d2', state: 'NOARP' },
    ]);
  });

  it('takes the device from the command that leaves it out', () => {
    const parsed = parseOutput(ipNeigh, 'ip neigh show dev flannel.1', '10.244.3.0 lladdr 7e:1c:9b:e4:0e:de PERMANENT');
    expect(parsed.records('neighbour')[0]?.dev).toBe('flannel.1');
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(ipNeigh, 'ip neigh', TABLE.replace(' FAILED', ' FAI'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([3]);
    expect(parsed.records('neighbour')).toHaveLength(6);
  });

  it('is told by its command or its content, and survives damage', () => {
    expectReads(
      ipNeigh,
      ['ip_neigh', 'ip_n', 'ip_-s_-s_neigh_show', 'ip_neighbour', 'ip_neigh_show_dev_eth0'],
      ['ip_netns', 'ip_ntable', 'arp_-an'],
    );
    expect(ipNeigh.recognises?.(TABLE.trim().split('\n'))).toBe(true);
    expect(ipNeigh.recognises?.(['10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1'])).toBe(false);
    expectToSurviveDamage(ipNeigh, 'ip neigh', TABLE);
  });
});
