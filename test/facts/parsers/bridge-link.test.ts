import { describe, expect, it } from 'vitest';
import { bridgeLink } from '../../../src/facts/parsers/bridge-link.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const DETAILED = `
5: vethfc71bb1b@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master cni0 state forwarding priority 32 cost 2 
    hairpin on guard off root_block off fastleave off learning on flood on mcast_flood on 
6: vetha2f93cb6@eth0: <BROADCAST,MULTICAST> mtu 1450 master cni0 state disabled priority 32 cost 2 
    hairpin off guard off root_block off fastleave off learning on flood on mcast_flood on 
`;

describe('bridge link', () => {
  it('reads ports with their bridge, state and hairpin mode', () => {
    const parsed = parseOutput(bridgeLink, 'bridge -d link', DETAILED);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('bridge-port')).toEqual([
      { dev: 'vethfc71bb1b', master: 'cni0', state: 'forwarding', hairpin: true },
      { dev: 'vetha2f93cb6', master: 'cni0', state: 'disabled', hairpin: false },
    ]);
  });

  it('does not tell hairpin where the output does not', () => {
    const port = parseOutput(bridgeLink, 'bridge link', DETAILED.split('\n')[1]!).records('bridge-port')[0];
    expect(port).not.toHaveProperty('hairpin');
  });

  it('reads the heading of old iproute2', () => {
    const text =
      '3: veth4e1a state UP @(null): <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding priority 32 cost 2 ';
    expect(parseOutput(bridgeLink, 'bridge link', text).records('bridge-port')).toEqual([
      { dev: 'veth4e1a', master: 'br0', state: 'forwarding' },
    ]);
  });

  it('loses a malformed port only', () => {
    const parsed = parseOutput(bridgeLink, 'bridge -d link', DETAILED.replace('5: veth', '5 veth'));
    expect(parsed.problems.map(({ line }) => line)).toEqual([1]);
    expect(parsed.records('bridge-port').map(({ dev }) => dev)).toEqual(['vetha2f93cb6']);
  });

  it('is told by its command or its content', () => {
    expectReads(
      bridgeLink,
      ['bridge_link', 'bridge_-d_link', 'bridge_-s_-s_-d_link_show'],
      ['bridge_fdb', 'ip_link', 'bridge_vlan'],
    );
    expect(bridgeLink.recognises?.(DETAILED.trim().split('\n'))).toBe(true);
  });

  it('survives damage', () => expectToSurviveDamage(bridgeLink, 'bridge -d link', DETAILED));
});
