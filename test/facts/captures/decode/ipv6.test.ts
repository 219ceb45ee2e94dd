import { describe, expect, test } from 'vitest';
import { PacketDecoder } from '../../../../src/facts/captures/decode/packet-decoder.js';
import { canonicalIpv6 } from '../../../../src/facts/captures/ipv6-text.js';
import { decodeBytes, layersOf, pathOf } from './decode-bytes.js';
import { addressBytes, ethernet, filler, hex, ipv6, joined, longs, PODS6, tcp, udp, words } from './packet-bytes.js';

const SEGMENT = tcp(PODS6, {}, filler(33));
const PATH = ['tcp fd00:10:244:1::5 > fd00:10:244:2::7'];

test('the header has its fields', () => {
  const [layer] = layersOf(decodeBytes(ethernet(0x86dd, ipv6(PODS6, 6, SEGMENT))));
  expect(layer).toMatchObject({
    kind: 'tcp',
    family: 6,
    protocol: 6,
    length: 93,
    ttl: 64,
    id: -1,
    payload: 33,
    ipChecksum: 'unchecked',
    transportChecksum: 'good',
  });
});

test.each([
  ['::', '::'],
  ['fe80::1', 'fe80::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['0:0:0:0:0:ffff:a00:1', '::ffff:10.0.0.1'],
])('%s is written %s', (src, text) => {
  const frame = ethernet(0x86dd, ipv6({ src, dst: PODS6.dst }, 59, new Uint8Array(0)));
  expect(decodeBytes(frame).layers[0]!.src).toBe(text);
});

test('addresses beyond what is remembered are as right as others', () => {
  const decoder = new PacketDecoder();
  const wrong: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (let i = 0; i < 10_000; i += 1) {
      const src = `fd00::${((i * 7919) >>> 16).toString(16)}:${((i * 7919) & 0xffff).toString(16)}`;
      const ends = { src, dst: PODS6.dst };
      const [layer] = layersOf(decodeBytes(ethernet(0x86dd, ipv6(ends, 59, new Uint8Array(0))), {}, decoder));
      if (layer?.src !== canonicalIpv6(src)) wrong.push(src);
    }
  }
  expect(wrong).toEqual([]);
});

describe('extension headers', () => {
  const hopByHop = (next: number) => joined([next, 0], hex('050200000100'));
  const destination = (next: number) => joined([next, 1], hex('01 0c'), new Uint8Array(12));
  const routing = (next: number, left: number) => joined([next, 2, 0, left], longs(0), addressBytes('fd00::99'));
  const fragment = (next: number, offset: number, more: number) =>
    joined([next, 0], words(offset | more), longs(0xdeadbeef));
  const authentication = (next: number) => joined([next, 4], words(0), longs(1, 2, 3, 4, 5));

  test('are stepped over', () => {
    const bytes = joined(hopByHop(60), destination(43), routing(51, 0), authentication(6), SEGMENT);
    const packet = decodeBytes(ethernet(0x86dd, ipv6(PODS6, 0, bytes)));
    expect(pathOf(packet)).toEqual(PATH);
    expect(packet.layers[0]).toMatchObject({ protocol: 6, payload: 33, transportChecksum: 'good' });
  });

  test('a routing header with stops left leaves the checksum untold: it is made with the last one', () => {
    const packet = decodeBytes(ethernet(0x86dd, ipv6(PODS6, 43, joined(routing(6, 1), SEGMENT))));
    expect(packet.layers[0]).toMatchObject({ kind: 'tcp', transportChecksum: 'unchecked' });
  });

  test('a first fragment has its ports, a later one none', () => {
    const datagram = udp(PODS6, 5000, 6000, filler(3000));
    const first = decodeBytes(
      ethernet(0x86dd, ipv6(PODS6, 44, joined(fragment(17, 0, 1), datagram.subarray(0, 1440)))),
    );
    expect(first.problem).toBeUndefined();
    expect(first.layers[0]).toMatchObject({
      kind: 'udp',
      sport: 5000,
      id: 0xdeadbeef,
      moreFragments: true,
      transportChecksum: 'unchecked',
    });
    const later = decodeBytes(
      ethernet(0x86dd, ipv6(PODS6, 44, joined(fragment(17, 1440, 0), datagram.subarray(1440)))),
    );
    expect(later.layers[0]).toMatchObject({
      kind: 'fragment',
      protocol: 17,
      id: 0xdeadbeef,
      moreFragments: false,
      fragmentOffset: 1440,
      payload: 1568,
    });
  });

  test('a lone fragment is a whole datagram', () => {
    const packet = decodeBytes(ethernet(0x86dd, ipv6(PODS6, 44, joined(fragment(6, 0, 0), SEGMENT))));
    expect(packet.layers[0]).toMatchObject({ kind: 'tcp', moreFragments: false, transportChecksum: 'good' });
  });

  test('ESP ends what can be read', () => {
    const packet = decodeBytes(ethernet(0x86dd, ipv6(PODS6, 0, joined(hopByHop(50), filler(64)))));
    expect([packet.problem, packet.layers[0]!.kind, packet.layers[0]!.protocol]).toEqual([undefined, 'other', 50]);
  });

  test('one that runs past the end is a problem, one that was cut is none', () => {
    const long = joined([6, 40], hex('050200000100'), SEGMENT);
    expect(decodeBytes(ethernet(0x86dd, ipv6(PODS6, 0, long))).problem).toBe(
      'IPv6 extension header runs past the end of the packet',
    );
    const frame = ethernet(0x86dd, ipv6(PODS6, 0, joined(hopByHop(60), destination(6), SEGMENT)));
    const cut = decodeBytes(frame.subarray(0, 70), { originalLength: frame.length });
    expect([cut.problem, cut.layers[0]!.kind, cut.layers[0]!.protocol]).toEqual([undefined, 'other', 6]);
  });
});

test('a length of 0 is as long as the packet was, padding apart', () => {
  const packet = decodeBytes(ethernet(0x86dd, ipv6(PODS6, 6, SEGMENT, 0)));
  expect(packet.layers[0]).toMatchObject({ length: 93, payload: 33 });
  const empty = decodeBytes(ethernet(0x86dd, joined(ipv6(PODS6, 59, new Uint8Array(0)), new Uint8Array(6))));
  expect([empty.problem, empty.layers[0]!.length]).toEqual([undefined, 40]);
});

test('a length beyond the packet, and another version, are problems', () => {
  expect(decodeBytes(ethernet(0x86dd, ipv6(PODS6, 6, SEGMENT, 900))).problem).toBe(
    'IPv6 payload length 900 in a packet with 53 bytes left',
  );
  expect(decodeBytes(ethernet(0x86dd, joined([0x45], ipv6(PODS6, 6, SEGMENT).subarray(1)))).problem).toBe(
    'IP version 4 where IPv6 was announced',
  );
});
