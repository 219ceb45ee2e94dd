import { expect, test } from 'vitest';
import { captures } from '../../../src/facts/derive/captures.js';
import { derived, flannelCluster } from './bundle-facts.js';

const judge = (files: Record<string, string>) => derived(captures, { ...flannelCluster(), ...files });
const tcp = (src: string, dst: string, flags: string, seq = 1) =>
  `10:20:03.106843 IP ${src} > ${dst}: Flags [${flags}], seq ${seq}, win 28800, length 0\n`;

test('a SYN-ACK from an address that was not asked, reset by the client, is untranslated', () => {
  const asked = tcp('10.244.1.2.40000', '10.96.10.10.80', 'S');
  const foreign = tcp('10.244.1.3.8080', '10.244.1.2.40000', 'S.');
  const reset = tcp('10.244.1.2.40000', '10.244.1.3.8080', 'R');
  const value = (text: string) =>
    judge({ 'captures/n1/cni0.txt': text }).node('n1', 'capture.reply-from-other-address');
  expect(value(asked + foreign + reset)).toBe(true);
  // On the bridge the translated SYN is seen as well.
  expect(value(asked + tcp('10.244.1.2.40000', '10.244.1.3.8080', 'S') + foreign + reset)).toBe(true);
  expect(value(asked + tcp('10.96.10.10.80', '10.244.1.2.40000', 'S.'))).toBe(false);
  expect(value(asked + foreign)).toBeUndefined();
});

test('a client that resets a connection that was answered rightly is no finding', () => {
  const text =
    tcp('10.244.1.2.40000', '10.244.1.3.8080', 'S') +
    tcp('10.244.1.3.8080', '10.244.1.2.40000', 'S.') +
    tcp('10.244.1.2.40000', '10.244.1.3.8080', 'R');
  expect(judge({ 'captures/n1/cni0.txt': text }).node('n1', 'capture.reply-from-other-address')).toBe(false);
});

test('fragmentation-needed and redirects are read off ICMP', () => {
  const facts = judge({
    'captures/n1/eth0.txt': `10:00:00.000001 IP 10.64.0.4 > 192.168.10.11: ICMP 10.250.2.2 unreachable - need to frag (mtu 1427), length 1400
10:00:00.000002 IP 10.64.0.4 > 192.168.10.11: ICMP 10.250.2.2 unreachable - need to frag (mtu 1400), length 1400
10:00:00.000003 IP 192.168.10.1 > 192.168.10.11: ICMP redirect 10.0.0.9 to host 192.168.10.9, length 68
`,
  });
  expect(facts.node('n1', 'capture.frag-needed')).toBe(1400);
  expect(facts.cluster('capture.redirects')).toBe(true);
  expect(facts.node('n2', 'capture.frag-needed')).toBeUndefined();
});

test('two MACs that claim one address on one link are told', () => {
  const arp = (ip: string, mac: string) => `10:02:11.000401 ARP, Reply ${ip} is-at ${mac}, length 46\n`;
  const twice = judge({
    'captures/client/eth0.txt': arp('10.1.2.220', '52:54:00:aa:01:03') + arp('10.1.2.220', '52:54:00:aa:01:01'),
  });
  expect(twice.cluster('capture.arp-two-macs')).toEqual(['10.1.2.220']);
  const apart = judge({
    'captures/n1/eth0.txt': arp('10.1.2.220', '52:54:00:aa:01:03'),
    'captures/n2/eth0.txt': arp('10.1.2.220', '52:54:00:aa:01:01'),
  });
  expect(apart.cluster('capture.arp-two-macs')).toEqual([]);
  const proxied = judge({
    'captures/n1/eth0.txt': arp('169.254.1.1', '52:54:00:aa:01:03') + arp('169.254.1.1', '52:54:00:aa:01:01'),
  });
  expect(proxied.cluster('capture.arp-two-macs')).toBeUndefined();
});

const vxlan = (
  src: string,
  dst: string,
  n: number,
) => `10:00:0${n}.000001 IP ${src}.59229 > ${dst}.8472: OTV, flags [I] (0x08), overlay 0, instance 1
IP 10.244.3.2 > 10.244.1.2: ICMP echo request, id 20645, seq ${n}, length 64
`;
const three = (src: string, dst: string) => [1, 2, 3].map((n) => vxlan(src, dst, n)).join('');

test('a tunnel packet with a source that is not the registered address is wrong', () => {
  const value = (text: string, node = 'n3') =>
    judge({ [`captures/${node}/eth0.txt`]: text }).node('n3', 'capture.tunnel-source-wrong');
  expect(value(vxlan('192.168.10.228', '192.168.10.11', 1))).toBe(true);
  expect(value(vxlan('192.168.10.13', '192.168.10.11', 1))).toBe(false);
  // Seen by the receiver: whose packet it is, nothing tells.
  expect(value(vxlan('192.168.10.228', '192.168.10.11', 1), 'n1')).toBeUndefined();
});

test('tunnel packets to a peer that sends none back are unanswered', () => {
  const value = (text: string) => judge({ 'captures/n3/eth0.txt': text }).node('n3', 'capture.tunnel-unanswered');
  expect(value(three('192.168.10.13', '192.168.10.11'))).toBe(true);
  expect(value(three('192.168.10.13', '192.168.10.11') + vxlan('192.168.10.11', '192.168.10.13', 4))).toBe(false);
  expect(value(vxlan('192.168.10.13', '192.168.10.11', 1))).toBeUndefined();
});

test('repeated SYNs that come in and are not answered are told', () => {
  const syn = (dst: string) => tcp('10.244.2.2.42511', dst, 'S') + tcp('10.244.2.2.42511', dst, 'S');
  const value = (text: string) => judge({ 'captures/n1/flannel.1.txt': text }).node('n1', 'capture.syn-unanswered');
  expect(value(syn('10.244.1.2.80'))).toBe(true);
  expect(value(syn('10.244.1.2.80') + tcp('10.244.1.2.80', '10.244.2.2.42511', 'R.'))).toBe(false);
  expect(value(tcp('10.244.2.2.42511', '10.244.1.2.80', 'S'))).toBeUndefined();
  // Its own SYNs, to elsewhere, do not arrive.
  expect(value(tcp('10.244.1.2.1', '10.244.2.2.80', 'S').repeat(3))).toBeUndefined();
});
