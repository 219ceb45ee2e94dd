import { expect, test } from 'vitest';
import { captures } from '../../../src/facts/derive/captures.js';
import { derived, flannelCluster } from './bundle-facts.js';

const BANNER = `tcpdump: verbose output suppressed, use -v or -vv for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), capture size 262144 bytes
`;
const requests = (dst: string) =>
  [1, 2, 3]
    .map((seq) => `10:00:0${seq}.1 IP 10.244.1.2 > ${dst}: ICMP echo request, id 7, seq ${seq}, length 64\n`)
    .join('');
const lost = (dst: string, more: Record<string, string> = {}) =>
  derived(captures, {
    ...flannelCluster(),
    'captures/n1/vethfc71bb11.txt': requests(dst),
    'captures/n1/eth0.txt': BANNER,
    ...more,
  }).node('n1', 'capture.veth-not-nic');

test('a NIC on which tcpdump heard nothing has lost the pings that are not tunnelled', () => {
  expect(lost('192.168.10.12')).toBe(true);
  expect(lost('10.244.2.2', { 'facts.yaml': 'version: 1\ncluster: {cniMode: host-gw}\n' })).toBe(true);
});

test('pings that a tunnel carries are no ICMP on the NIC, so silence there says nothing', () => {
  expect(lost('10.244.2.2')).toBeUndefined();
});
