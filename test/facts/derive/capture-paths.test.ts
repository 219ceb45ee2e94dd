import { expect, test } from 'vitest';
import { deriveCapturePaths } from '../../../src/facts/derive/capture-paths.js';
import type { Derivation } from '../../../src/facts/derive/derivation.js';
import { derived, flannelCluster, type Outputs } from './bundle-facts.js';

const paths: Derivation = { id: 'paths', derive: (context) => void deriveCapturePaths(context) };
const judge = (files: Outputs) => derived(paths, { ...flannelCluster(), ...files });

const BANNER = `tcpdump: verbose output suppressed, use -v or -vv for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), capture size 262144 bytes
`;
const ping = (src: string, dst: string, kind = 'request', length = 64) =>
  [1, 2, 3]
    .map((n) => `10:00:0${n}.1 IP ${src} > ${dst}: ICMP echo ${kind}, id 7, seq ${n}, length ${length}\n`)
    .join('');
const tunnelled = (from: string, to: string, inner: string) =>
  inner
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [time, ...rest] = line.split(' ');
      return `${time} IP ${from}.59229 > ${to}.8472: OTV, flags [I] (0x08), overlay 0, instance 1\n${rest.join(' ')}\n`;
    })
    .join('');
const [N1, N2] = ['192.168.10.11', '192.168.10.12'];
const there = ping('10.244.1.2', '10.244.2.2');
const back = ping('10.244.2.2', '10.244.1.2', 'reply');
const VETH = 'captures/n1/vethfc71bb11.txt';
const NIC = 'captures/n1/eth0.txt';
const FAR = 'captures/n2/eth0.txt';
const other = tunnelled(N1, N2, ping('10.244.1.9', '10.244.2.9').replaceAll('id 7', 'id 9'));

test('a ping that is on the veth and not on the NIC is lost on its way out', () => {
  const facts = judge({ [VETH]: there, [NIC]: other });
  expect(facts.node('n1', 'capture.lost-forwarding-out')).toEqual([
    '10.244.1.2 > 10.244.2.2 icmp: on n1 vethfc71bb11, not on n1 eth0',
  ]);
  expect(facts.node('n1', 'capture.only-large-lost')).toBe(false);
  expect(facts.source('n1', 'capture.lost-forwarding-out')).toBe(`${VETH}:1`);
  expect(facts.node('n2', 'capture.lost-forwarding-out')).toBeUndefined();
});

test('a NIC on which tcpdump heard nothing has lost what is not tunnelled', () => {
  const lost = (dst: string, more: Outputs = {}) =>
    judge({ [VETH]: ping('10.244.1.2', dst), [NIC]: BANNER, ...more }).node('n1', 'capture.lost-forwarding-out');
  expect(lost('192.168.10.12')).toHaveLength(1);
  expect(lost('10.244.2.2', { 'facts.yaml': 'version: 1\ncluster: {cniMode: host-gw}\n' })).toHaveLength(1);
  // Of what a tunnel carries a filter for the pod's address sees nothing.
  expect(lost('10.244.2.2', { 'facts.yaml': 'version: 1\ncluster: {cniMode: vxlan}\n' })).toBeUndefined();
});

test('a ping that passes tells of each place that nothing was lost there', () => {
  const nic = tunnelled(N1, N2, there) + tunnelled(N2, N1, back);
  const facts = judge({ [VETH]: there + back, [NIC]: nic, [FAR]: nic });
  expect(facts.node('n1', 'capture.lost-forwarding-out')).toEqual([]);
  expect(facts.node('n1', 'capture.sent-not-arrived')).toEqual([]);
  expect(facts.node('n2', 'capture.not-received')).toEqual([]);
  expect(facts.node('n1', 'capture.only-large-lost')).toBeUndefined();
});

test('what leaves one NIC and does not come to the other is told on both nodes', () => {
  const facts = judge({ [VETH]: there, [NIC]: tunnelled(N1, N2, there), [FAR]: other });
  expect(facts.node('n1', 'capture.sent-not-arrived')).toHaveLength(1);
  expect(facts.node('n2', 'capture.not-received')).toHaveLength(1);
  expect(facts.node('n1', 'capture.lost-forwarding-out')).toEqual([]);
});

test('what comes to the NIC and not out of the tunnel device is lost decapsulating', () => {
  const outer = tunnelled(N1, N2, there);
  const facts = judge({ [NIC]: outer, [FAR]: outer, 'captures/n2/flannel.1.txt': BANNER });
  expect(facts.node('n2', 'capture.lost-decapsulating')).toHaveLength(1);
  expect(facts.node('n2', 'capture.lost-forwarding-in')).toBeUndefined();
});

test('what goes into the tunnel device and not out of the NIC is lost encapsulating', () => {
  const facts = judge({ [VETH]: there, 'captures/n1/flannel.1.txt': there, [NIC]: other });
  expect(facts.node('n1', 'capture.lost-encapsulating')).toHaveLength(1);
  expect(facts.node('n1', 'capture.lost-forwarding-out')).toEqual([]);
});

test('one capture alone tells of no place between', () => {
  const facts = judge({ [VETH]: there });
  expect(facts.node('n1', 'capture.lost-forwarding-out')).toBeUndefined();
  expect(facts.node('n1', 'capture.left-unanswered')).toHaveLength(1);
});

test('without captures nothing is known', () => {
  const facts = judge({});
  for (const name of ['lost-forwarding-out', 'sent-not-arrived', 'left-outside-tunnel', 'only-large-lost']) {
    expect(facts.node('n1', `capture.${name}`)).toBeUndefined();
  }
});
