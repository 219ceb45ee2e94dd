import { expect, test } from 'vitest';
import { offload } from '../../../src/facts/derive/offload.js';
import { derived, flannelCluster } from './bundle-facts.js';

const FEATURES = (on: string) => `Features for flannel.1:
rx-checksumming: on
tx-checksumming: ${on}
	tx-checksum-ipv4: off [fixed]
	tx-checksum-ip-generic: ${on}
	tx-checksum-ipv6: off [fixed]
scatter-gather: on
`;

test("the tunnel's checksum offload is on, off, or not known", () => {
  const value = (outputs: Record<string, string>) =>
    derived(offload, { ...flannelCluster(), ...outputs }).node('n1', 'offload.tunnel-checksum');
  expect(value({ 'nodes/n1/ethtool_-k_flannel.1': FEATURES('on') })).toBe(true);
  expect(value({ 'nodes/n1/ethtool_-k_flannel.1': FEATURES('off') })).toBe(false);
  expect(value({ 'nodes/n1/ethtool_-k_eth0': FEATURES('on').replace('flannel.1', 'eth0') })).toBeUndefined();
});

test('the output names the device where no list of devices was collected', () => {
  const facts = derived(offload, { 'nodes/n1/ethtool_-k_flannel.1': FEATURES('on') });
  expect(facts.node('n1', 'offload.tunnel-checksum')).toBe(true);
});
