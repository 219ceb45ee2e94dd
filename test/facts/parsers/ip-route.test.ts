import { describe, expect, it } from 'vitest';
import { ipRoute } from '../../../src/facts/parsers/ip-route.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const MAIN = `
default via 10.116.8.1 dev eth0 proto dhcp src 10.116.10.4 metric 100 
10.116.8.0/22 dev eth0 proto kernel scope link src 10.116.10.4 metric 100 
blackhole 100.111.85.64/26 proto bird 
100.111.85.70 dev cali3b0c2ad7e91 scope link 
100.111.90.0/26 via 10.116.9.18 dev tunl0 proto bird onlink 
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown 
`;

describe('ip route', () => {
  it('reads the main table', () => {
    const parsed = parseOutput(ipRoute, 'ip route', MAIN);
    expect(parsed.problems).toEqual([]);
    const base = { family: 4, type: 'unicast', table: 'main', flags: [] };
    expect(parsed.records('route')).toEqual([
      { ...base, dst: '0.0.0.0/0', via: '10.116.8.1', dev: 'eth0', proto: 'dhcp', src: '10.116.10.4', metric: 100 },
      { ...base, dst: '10.116.8.0/22', dev: 'eth0', proto: 'kernel', scope: 'link', src: '10.116.10.4', metric: 100 },
      { ...base, type: 'blackhole', dst: '100.111.85.64/26', proto: 'bird' },
      { ...base, dst: '100.111.85.70/32', dev: 'cali3b0c2ad7e91', scope: 'link' },
      { ...base, dst: '100.111.90.0/26', via: '10.116.9.18', dev: 'tunl0', proto: 'bird', flags: ['onlink'] },
      {
        ...base,
        dst: '172.17.0.0/16',
        dev: 'docker0',
        proto: 'kernel',
        scope: 'link',
        src: '172.17.0.1',
        flags: ['linkdown'],
      },
    ]);
  });

  it.each([
    [
      'ip route show table all',
      'broadcast 10.0.0.0 dev eth0 table local proto kernel scope link src 10.0.0.4',
      { type: 'broadcast', dst: '10.0.0.0/32', table: 'local' },
    ],
    ['ip route show table all', '10.0.0.0/24 dev eth0 scope link', { table: 'main' }],
    ['ip route show table 2', 'default via 10.80.32.1 dev eth1', { table: '2', dst: '0.0.0.0/0' }],
    ['ip route', 'unreachable default metric 4278198272', { type: 'unreachable', metric: 4278198272 }],
    [
      'ip route',
      '10.5.0.0/16 nhid 12 via inet6 fe80::1 dev eth0 proto bgp',
      { family: 4, via: 'fe80::1', dev: 'eth0', proto: 'bgp' },
    ],
    ['ip route', '10.6.0.0/16 dev eth0 mtu lock 1400 advmss 1360 src 10.6.0.1', { src: '10.6.0.1' }],
    ['ip route show dev eth0', '10.7.0.0/16 proto kernel scope link', { dev: 'eth0' }],
    ['ip route', '169.254/16 dev eth0', { dst: '169.254.0.0/16' }],
    ['ip -6 route', 'default dev eth0 metric 1024', { family: 6, dst: '::/0' }],
    [
      'ip route',
      'default via fe80::1 dev eth0 proto ra metric 100 expires 1796sec hoplimit 64 pref medium',
      { family: 6, dst: '::/0', metric: 100 },
    ],
    [
      'ip -6 route',
      'unreachable fd00:10:244::/64 dev lo metric 4294967295 error -101 pref medium',
      { family: 6, type: 'unreachable' },
    ],
    [
      'ip -d route',
      'unicast 10.8.0.0/24 via 10.0.0.9 dev eth0 proto static scope global ',
      { type: 'unicast', scope: 'global' },
    ],
  ] as const)('%s: %s', (command, line, expected) => {
    const parsed = parseOutput(ipRoute, command, line);
    expect(parsed.problems).toEqual([]);
    expect(parsed.records('route')).toHaveLength(1);
    expect(parsed.records('route')[0]).toMatchObject(expected);
  });

  it('puts next hops on further lines to their route', () => {
    const parsed = parseOutput(
      ipRoute,
      'ip route',
      `
10.244.2.0/24 proto bird metric 32 
	nexthop via 10.0.0.2 dev eth0 weight 1 
	nexthop via 10.0.0.3 dev eth1 weight 2 linkdown
default via 10.0.0.1 dev eth0`,
    );
    expect(parsed.records('route')[0]?.nexthops).toEqual([
      { via: '10.0.0.2', dev: 'eth0', weight: 1 },
      { via: '10.0.0.3', dev: 'eth1', weight: 2, flags: ['linkdown'] },
    ]);
    expect(parsed.records('route')[1]).not.toHaveProperty('nexthops');
  });

  it('loses a malformed line only', () => {
    const parsed = parseOutput(ipRoute, 'ip route', MAIN.replace('10.116.8.0/22', '10.116.8/222'));
    expect(parsed.problems).toEqual([{ line: 2, message: expect.stringContaining('not a route') }]);
    expect(parsed.records('route')).toHaveLength(5);
  });

  it('is told by its command or its content; a lookup is not the table', () => {
    expectReads(
      ipRoute,
      [
        'ip_route',
        'ip_r',
        'ip_-4_route',
        'ip_-6_route_show_table_all',
        'ip_route_list_table_main',
        'ip_route_show_table_all',
      ],
      ['ip_route_get_10.244.2.2', 'ip_rule', 'ip_ru', 'route_-n', 'ip_route_add_x'],
    );
    expect(ipRoute.recognises?.(MAIN.trim().split('\n'))).toBe(true);
    expect(ipRoute.recognises?.(['the default via eth0', 'was missing'])).toBe(false);
  });

  it('survives damage', () => expectToSurviveDamage(ipRoute, 'ip route', MAIN));
});
