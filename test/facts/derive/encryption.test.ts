import { expect, test } from 'vitest';
import { encryption } from '../../../src/facts/derive/encryption.js';
import { configMap, derived, list, nodeObject } from './bundle-facts.js';

const A = 'q6mVQ2m7o8n0p2r4s6t8u0w2y4A6C8E0G2I4K6M8O0Q=';
const B = 'Zk3nB5vC7xL9jH1gF3dS5aP7oI9uY1tR3eW5qA7zX9c=';
const nodes = list([
  nodeObject('n1', '10.0.0.1'),
  nodeObject('n2', '10.0.0.2', undefined, { 'projectcalico.org/WireguardPublicKey': B }),
]);
const wg = (peer: string) =>
  `interface: wireguard.cali\n  public key: ${A}\n\npeer: ${peer}\n  endpoint: 10.0.0.2:51820\n  transfer: 0 B received, 9 B sent\n`;

test('a key that is not the one the peer publishes is told by the peer', () => {
  const outputs = (peer: string) => ({ 'cluster/nodes.json': nodes, 'nodes/n1/wg_show': wg(peer) });
  expect(derived(encryption, outputs(A)).node('n1', 'wireguard.peer-keys-differ')).toEqual(['n2']);
  expect(derived(encryption, outputs(B)).node('n1', 'wireguard.peer-keys-differ')).toEqual([]);
});

test('an SPI that the receiver does not have is told by its direction', () => {
  const state = (spi: string) => `src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x${spi} reqid 1 mode tunnel\n`;
  const told = derived(encryption, {
    'cluster/nodes.json': nodes,
    'nodes/n1/ip_xfrm_state': state('00000004'),
    'nodes/n2/ip_xfrm_state': state('00000003'),
  });
  expect(told.node('n1', 'xfrm.spis-differ')).toEqual(['10.0.0.1>10.0.0.2']);
  expect(told.cluster('encryption.enabled')).toBe(true);
});

test('a policy without an association is told', () => {
  const told = derived(encryption, {
    'cluster/nodes.json': nodes,
    'nodes/n1/ip_xfrm_state': '',
    'nodes/n1/ip_xfrm_policy':
      'src 10.244.1.0/24 dst 10.244.2.0/24 \n\tdir out priority 0 \n\ttmpl src 10.0.0.1 dst 10.0.0.2\n',
  });
  expect(told.node('n1', 'xfrm.peers-without-state')).toEqual(['10.0.0.1>10.0.0.2']);
});

test("a ConfigMap that names neither leaves it open, Cilium's that says no tells it is off", () => {
  const told = (data: Record<string, string>) =>
    derived(encryption, { 'cluster/configmaps.json': list([configMap('cilium-config', data)]) }).cluster(
      'encryption.enabled',
    );
  expect(told({ debug: 'false' })).toBeUndefined();
  expect(told({ 'enable-wireguard': 'false' })).toBe(false);
  expect(told({ 'enable-ipsec': 'true' })).toBe(true);
});
