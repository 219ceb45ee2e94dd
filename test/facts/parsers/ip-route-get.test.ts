import { describe, expect, it } from 'vitest';
import { ipRouteGet } from '../../../src/facts/parsers/ip-route-get.js';
import { expectReads, expectToSurviveDamage, parseOutput } from './parse-output.js';

describe('ip route get', () => {
  it.each([
    [
      '10.244.2.2 via 10.244.2.0 dev flannel.1 src 10.244.1.0 uid 0 \n    cache ',
      '10.244.2.2',
      'via 10.244.2.0 dev flannel.1 src 10.244.1.0',
    ],
    [
      'local 10.0.0.4 dev lo table local src 10.0.0.4 uid 0 \n    cache <local> ',
      '10.0.0.4',
      'local dev lo src 10.0.0.4',
    ],
    [
      'fd00::2 from :: via fe80::1 dev eth0 src fd00::1 metric 1024 pref medium',
      'fd00::2',
      'via fe80::1 dev eth0 src fd00::1',
    ],
  ])('%s', (text, destination, route) => {
    const parsed = parseOutput(ipRouteGet, `ip route get ${destination}`, text);
    expect(parsed.problems).toEqual([]);
    expect(parsed.facts).toEqual({ [`route-get.${destination}`]: route });
  });

  it("gives the kernel's answer where there is no route", () => {
    const parsed = parseOutput(ipRouteGet, 'ip route get 10.9.9.9', 'RTNETLINK answers: Network is unreachable');
    expect(parsed.facts).toEqual({ 'route-get.10.9.9.9': 'Network is unreachable' });
  });

  it('reads only lookups, and survives damage', () => {
    expectReads(ipRouteGet, ['ip_route_get_10.244.2.2', 'ip_r_g_10.0.0.1'], ['ip_route', 'ip_route_show']);
    expectToSurviveDamage(
      ipRouteGet,
      'ip route get 10.244.2.2',
      '10.244.2.2 via 10.244.2.0 dev flannel.1 src 10.244.1.0 uid 0 \n    cache ',
    );
  });
});
