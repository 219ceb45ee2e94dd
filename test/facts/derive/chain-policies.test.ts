import { expect, test } from 'vitest';
import { chainPolicies } from '../../../src/facts/derive/chain-policies.js';
import { derived } from './bundle-facts.js';

const listing = (policy: string) =>
  `Chain FORWARD (policy ${policy})\n pkts bytes target     prot opt in     out     source               destination         \n    0     0 DOCKER-USER  all  --  *      *       0.0.0.0/0            0.0.0.0/0           \n`;

test('packets that met the policy DROP of FORWARD are counted', () => {
  const counted = (policy: string) =>
    derived(chainPolicies, { 'nodes/n1/iptables_-nvL': listing(policy) }).node('n1', 'netfilter.forward-policy-drops');
  expect(counted('DROP 812 packets, 6812 bytes')).toBe(812);
  expect(counted('ACCEPT 812 packets, 6812 bytes')).toBe(0);
  expect(counted('DROP')).toBeUndefined();
});
