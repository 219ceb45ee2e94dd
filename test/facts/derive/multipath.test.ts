import { expect, test } from 'vitest';
import { multipath } from '../../../src/facts/derive/multipath.js';
import { derived, flannelCluster } from './bundle-facts.js';

test('a next hop that the kernel marks dead is told', () => {
  const routes =
    '10.9.0.0/16 proto bird \n\tnexthop via 10.0.0.1 dev eth0 weight 1 \n\tnexthop via 10.0.1.1 dev eth1 weight 1 dead linkdown \n';
  const told = derived(multipath, { ...flannelCluster(), 'nodes/n1/ip_route': routes });
  expect(told.node('n1', 'routes.multipath')).toEqual(['10.9.0.0/16']);
  expect(told.node('n1', 'routes.dead-next-hops')).toEqual(['10.9.0.0/16 by 10.0.1.1']);
});
