import { isIPv4 } from 'node:net';
import { expect, test } from 'vitest';
import {
  formatIpv4,
  formatNetwork,
  isInside,
  networkCovers,
  networksOverlap,
  parseIpv4,
  parseNetwork,
  RouteTable,
} from '../../../src/facts/derive/ipv4.js';
import type { Fact, Route } from '../../../src/facts/model.js';

test('addresses are unsigned, and what is no address is none', () => {
  expect(parseIpv4('255.255.255.255')).toBe(0xffffffff);
  expect(parseIpv4('10.244.1.2')).toBe(0x0af40102);
  for (const text of ['', '10.244.1', '10.244.1.256', '010.1.1.1', 'fd00::1', 'localhost']) {
    expect(parseIpv4(text)).toBeUndefined();
  }
});

test('what is an address is what Node.js takes for one', () => {
  const odd = [
    '1..2.3',
    '.1.2.3.4',
    '1.2.3.4.',
    '1.2.3.4.5',
    '1.2.3.4 ',
    '1.2.3.04',
    '00.0.0.0',
    '1.2.3.0004',
    '1.2.3.-4',
  ];
  const more = ['0.0.0.0', '1.2.3.4', '255.255.255.0', '1.2.3.999', '1.2.3.4/8', '1.2.3.４', '1.2.3.4\n', '1:2.3.4'];
  for (const text of [...odd, ...more]) expect([text, parseIpv4(text) !== undefined]).toEqual([text, isIPv4(text)]);
});

test('an address is printed as it was read', () => {
  for (const text of ['0.0.0.0', '10.244.1.2', '128.0.0.1', '255.255.255.255'])
    expect(formatIpv4(parseIpv4(text)!)).toBe(text);
});

test('networks clear their host bits, by prefix or mask', () => {
  expect(formatNetwork(parseNetwork('10.244.1.1/24')!)).toBe('10.244.1.0/24');
  expect(formatNetwork(parseNetwork('172.16.0.0/255.240.0.0')!)).toBe('172.16.0.0/12');
  expect(formatNetwork(parseNetwork('10.0.0.1')!)).toBe('10.0.0.1/32');
  expect(formatNetwork(parseNetwork('default')!)).toBe('0.0.0.0/0');
  for (const text of ['10.0.0.0/33', '10.0.0.0/255.0.255.0', 'x/8', '10.0.0.0/']) {
    expect(parseNetwork(text)).toBeUndefined();
  }
});

test('networks hold, cover and overlap', () => {
  const cluster = parseNetwork('10.244.0.0/16')!;
  expect(isInside([cluster], '10.244.255.255')).toBe(true);
  expect(isInside([cluster], '10.245.0.0')).toBe(false);
  expect(networkCovers(cluster, parseNetwork('10.244.3.0/24')!)).toBe(true);
  expect(networksOverlap(parseNetwork('10.0.0.0/8')!, cluster)).toBe(true);
  expect(networksOverlap(parseNetwork('192.168.0.0/16')!, cluster)).toBe(false);
});

function table(...routes: Partial<Route>[]): Fact<Route>[] {
  return routes.map((route, i) => ({
    subject: 'node/n1',
    name: 'route',
    value: { family: 4, type: 'unicast', dst: '0.0.0.0/0', table: 'main', flags: [], ...route },
    source: { file: 'ip_route', line: i + 1 },
  }));
}

test('the longest prefix wins, then the lowest metric; dead routes and other tables do not count', () => {
  const routes = new RouteTable(
    table(
      { dev: 'eth0', metric: 100 },
      { dev: 'eth1', metric: 50 },
      { dst: '10.244.0.0/16', dev: 'a' },
      { dst: '10.244.1.0/24', dev: 'b' },
      { dst: '10.244.1.2/32', dev: 'c', flags: ['dead'] },
      { dst: '10.244.1.3/32', dev: 'd', table: '100' },
      { dst: '10.244.9.0/24', type: 'throw' },
    ),
    'main',
  );
  const device = (ip: string) => routes.lookup(parseIpv4(ip)!)?.fact.value.dev;
  expect(device('10.244.1.2')).toBe('b');
  expect(device('10.244.1.3')).toBe('b');
  expect(device('10.244.7.7')).toBe('a');
  expect(device('8.8.8.8')).toBe('eth1');
  expect(device('10.244.9.1')).toBeUndefined();
});
