import { expect, it } from 'vitest';
import { mtuOfRoute } from '../../../../src/facts/collect/probe-agent/mtu-sweep.js';

it('takes the MTU that a route sets, not the one that an ICMP error taught', () => {
  const route = '10.0.0.2 via 10.1.0.1 dev eth0 src 10.1.0.2 uid 0 \n    cache';
  expect(mtuOfRoute(route)).toEqual({ dev: 'eth0' });
  expect(mtuOfRoute(`${route} mtu 1450 `)).toBe(1450);
  expect(mtuOfRoute(`${route} mtu lock 1450 `)).toBe(1450);
  expect(mtuOfRoute(`${route} expires 597sec mtu 1400 `)).toEqual({ dev: 'eth0' });
  expect(mtuOfRoute('RTNETLINK answers: Network is unreachable')).toBeUndefined();
});
