import { expect, test } from 'vitest';
import { netstatRoutes } from '../../../src/facts/parsers/netstat-routes.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

const ROUTE = `
Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         192.168.10.1    0.0.0.0         UG    100    0        0 eth0
10.244.1.0      0.0.0.0         255.255.255.0   U     0      0        0 cni0
10.244.2.0      10.244.2.0      255.255.255.0   UG    0      0        0 flannel.1
10.9.0.0        -               255.255.0.0     !     0      -        0 -
169.254.169.254 192.168.10.2    255.255.255.255 UGH   100    0        0 eth0
`;

test('reads route -n', () => {
  const parsed = parseOutput(netstatRoutes, 'route -n', ROUTE);
  expect(parsed.problems).toEqual([]);
  const common = { family: 4, table: 'main', flags: [] };
  expect(parsed.records('route')).toEqual([
    { ...common, type: 'unicast', dst: '0.0.0.0/0', via: '192.168.10.1', dev: 'eth0', metric: 100 },
    { ...common, type: 'unicast', dst: '10.244.1.0/24', dev: 'cni0' },
    { ...common, type: 'unicast', dst: '10.244.2.0/24', via: '10.244.2.0', dev: 'flannel.1' },
    { ...common, type: 'unreachable', dst: '10.9.0.0/16' },
    { ...common, type: 'unicast', dst: '169.254.169.254/32', via: '192.168.10.2', dev: 'eth0', metric: 100 },
  ]);
});

test('takes MSS for no metric, and a gateway by name for a gateway that is not known', () => {
  const parsed = parseOutput(
    netstatRoutes,
    'netstat -r',
    `Kernel IP routing table
Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface
default         _gateway        0.0.0.0         UG     1460 0          0 eth0`,
  );
  expect(parsed.records('route')).toEqual([
    { family: 4, type: 'unicast', dst: '0.0.0.0/0', dev: 'eth0', table: 'main', flags: [] },
  ]);
});

test('reads IPv6 without the local table', () => {
  const parsed = parseOutput(
    netstatRoutes,
    'route -6 -n',
    `Kernel IPv6 routing table
Destination                    Next Hop                   Flag Met Ref Use If
fd00:1::/64                    [::]                       U    256 2     0 eth0
[::]/0                         fe80::1                    UGDAe 1024 1     0 eth0
::1/128                        [::]                       Un   0   2     0 lo
ff00::/8                       [::]                       U    256 2     0 eth0
[::]/0                         [::]                       !n   -1  1     0 lo`,
  );
  expect(parsed.problems).toEqual([]);
  expect(parsed.records('route').map(({ dst, via, dev }) => [dst, via, dev])).toEqual([
    ['fd00:1::/64', undefined, 'eth0'],
    ['::/0', 'fe80::1', 'eth0'],
  ]);
});

test('loses a malformed line only', () => {
  const parsed = parseOutput(netstatRoutes, 'route -n', ROUTE.replace('255.255.255.0   U ', '255.0.255.0     U '));
  expect(parsed.problems.map(({ line }) => line)).toEqual([4]);
  expect(parsed.records('route')).toHaveLength(4);
});

test('is told by its command or its heading, and survives damage', () => {
  expectReads(
    netstatRoutes,
    ['route_-n', 'route', 'netstat_-rn', 'netstat_-nr'],
    ['netstat_-s', 'route_add', 'ip_route'],
  );
  expect(netstatRoutes.recognises?.(ROUTE.split('\n'))).toBe(true);
  expectToSurviveDamage(netstatRoutes, 'route -n', ROUTE);
});
