import { expect, test } from 'vitest';
import { arp, bare, type MadePacket, summaryOf, udp } from '../conversation-packets.js';

const A = 0x5254_00aa_0101;
const B = 0x5254_00aa_0103;
const [ONE, TWO, THREE] = ['10.1.2.1', '10.1.2.2', '10.1.2.3'];
const claimsOf = (packets: readonly MadePacket[]) => summaryOf(packets).claims;

test('a reply claims its address for a MAC', () => {
  expect(claimsOf([arp(1, ONE, TWO, A), arp(2, TWO, ONE, B)])).toEqual([
    { ip: TWO, macs: ['52:54:00:aa:01:03'], asked: 1, answered: 1, packets: [1, 2] },
  ]);
});

test('two MACs for one address are both kept, once each', () => {
  const [claim] = claimsOf([arp(2, TWO, ONE, A), arp(2, TWO, ONE, B), arp(2, TWO, ONE, A)]);
  expect(claim).toMatchObject({ macs: ['52:54:00:aa:01:01', '52:54:00:aa:01:03'], answered: 3, packets: [1, 2] });
});

test('a gratuitous request claims', () => {
  expect(claimsOf([arp(1, TWO, TWO, A)])).toEqual([
    { ip: TWO, macs: ['52:54:00:aa:01:01'], asked: 0, answered: 1, packets: [1] },
  ]);
});

test('a probe neither claims nor asks', () => {
  expect(claimsOf([arp(1, '0.0.0.0', TWO, A), arp(1, '0.0.0.0', TWO, A)])).toEqual([]);
});

test('a host that asks in vain is counted', () => {
  expect(claimsOf([arp(1, ONE, TWO, A), arp(1, ONE, TWO, A)])).toEqual([
    { ip: TWO, macs: [], asked: 2, answered: 0, packets: [1, 2] },
  ]);
});

test('requests that a switch floods from others are not asked in vain', () => {
  const flooded = [arp(1, THREE, TWO, B), arp(1, THREE, TWO, B)];
  const own = [arp(1, ONE, '10.1.2.9', A), arp(2, '10.1.2.9', ONE, B)];
  const asked = (packets: readonly MadePacket[]) => claimsOf(packets).find(({ ip }) => ip === TWO)?.asked;
  expect(asked([...flooded, ...own])).toBe(0);
  // Unless they are of a host whose packets are seen, or that the interface itself sent.
  expect(asked([...flooded, ...own, udp(`${THREE}:1`, '8.8.8.8:53')])).toBe(2);
  expect(asked([...flooded.map((packet) => ({ ...packet, direction: 'out' as const })), ...own])).toBe(2);
});

test('a neighbour advertisement claims, and a solicitation asks', () => {
  const nd = (type: number, src: string, mac = -1) =>
    bare({ kind: 'icmp6', family: 6, protocol: 58, src, dst: 'ff02::1', icmpType: type, target: 'fd00::9', mac });
  expect(claimsOf([nd(135, 'fd00::1'), nd(136, 'fd00::9', A), nd(136, 'fd00::9', B)])).toEqual([
    {
      ip: 'fd00::9',
      macs: ['52:54:00:aa:01:01', '52:54:00:aa:01:03'],
      asked: 1,
      answered: 2,
      packets: [1, 2, 3],
    },
  ]);
});

test('duplicate address detection asks for nothing', () => {
  const probe = bare({
    kind: 'icmp6',
    family: 6,
    protocol: 58,
    src: '::',
    dst: 'ff02::1',
    icmpType: 135,
    target: 'fd00::9',
  });
  expect(claimsOf([probe, probe])).toEqual([]);
});

test('a sweep through a network keeps so many addresses and counts the rest', () => {
  const sweep = Array.from({ length: 10_000 }, (_, i) => arp(1, ONE, `10.2.${i >> 8}.${i & 255}`, A));
  const summary = summaryOf(sweep);
  expect(summary.claims.length + summary.letGo.other).toBe(10_000);
  expect(summary.claims.length).toBe(4096);
});

test('an address that ten thousand MACs claim keeps some of them', () => {
  const [claim] = claimsOf(Array.from({ length: 10_000 }, (_, i) => arp(2, TWO, ONE, i + 1)));
  expect(claim).toMatchObject({ answered: 10_000 });
  expect(claim!.macs.length).toBe(8);
});
