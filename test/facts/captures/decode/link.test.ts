import { describe, expect, test } from 'vitest';
import { macText } from '../../../../src/facts/captures/packet.js';
import { decodeBytes, pathOf } from './decode-bytes.js';
import { ethernet, hex, ipv4, ipv6, joined, longs, MAC_A, PODS, PODS6, tcp, tcpFrame, words } from './packet-bytes.js';

const TCP4 = ipv4(PODS, 6, tcp(PODS));
const TCP6 = ipv6(PODS6, 6, tcp(PODS6));
const PATH4 = ['tcp 10.244.1.5 > 10.244.2.7'];
const PATH6 = ['tcp fd00:10:244:1::5 > fd00:10:244:2::7'];
const NOTHING = new Uint8Array(0);

test('an Ethernet frame has its addresses', () => {
  const packet = decodeBytes(tcpFrame());
  expect(macText(packet.srcMac)).toBe('02:42:0a:00:00:01');
  expect(macText(packet.dstMac)).toBe('02:42:0a:00:00:02');
  expect(packet.vlan).toBe(-1);
  expect(pathOf(packet)).toEqual(PATH4);
});

test('of VLAN tags the outermost counts, whatever kind it is', () => {
  const tagged = decodeBytes(ethernet(0x8100, joined(words(0xe064, 0x0800), TCP4)));
  expect([tagged.vlan, ...pathOf(tagged)]).toEqual([100, ...PATH4]);
  for (const outer of [0x88a8, 0x9100]) {
    const twice = decodeBytes(ethernet(outer, joined(words(7, 0x8100, 8, 0x86dd), TCP6)));
    expect([twice.vlan, ...pathOf(twice)]).toEqual([7, ...PATH6]);
  }
});

test('an 802.3 frame, or an unknown EtherType, has no layers and no problem', () => {
  for (const type of [0x0026, 0x88cc, 0x8847]) {
    const packet = decodeBytes(ethernet(type, new Uint8Array(46)));
    expect([packet.depth, packet.problem]).toEqual([0, undefined]);
    expect(packet.srcMac).toBeGreaterThan(0);
  }
});

describe('Linux cooked headers', () => {
  const sll = (type: number) => joined(words(type, 1, 6), MAC_A, [0, 0], words(0x0800), TCP4);
  const sll2 = (type: number) => joined(words(0x0800, 0), longs(12), words(1), [type, 6], MAC_A, [0, 0], TCP4);

  test.each([
    [0, 'in'],
    [1, 'in'],
    [2, 'in'],
    [3, 'in'],
    [4, 'out'],
    [5, undefined],
  ])('packet type %i is direction %s', (type, direction) => {
    for (const [bytes, linkType] of [
      [sll(type), 113],
      [sll2(type), 276],
    ] as const) {
      const packet = decodeBytes(bytes, { linkType });
      expect([packet.direction, macText(packet.srcMac), ...pathOf(packet)]).toEqual([
        direction,
        '02:42:0a:00:00:01',
        ...PATH4,
      ]);
      expect(packet.dstMac).toBe(-1);
    }
  });

  test('version 2 tells the interface by its index, unless the file has its name', () => {
    expect(decodeBytes(sll2(0), { linkType: 276 }).iface).toBe('if12');
    expect(decodeBytes(sll2(0), { linkType: 276, iface: 'eth0' }).iface).toBe('eth0');
    expect(decodeBytes(sll(0), { linkType: 113 }).iface).toBeUndefined();
  });

  test('a direction that the file tells counts', () => {
    expect(decodeBytes(sll(0), { linkType: 113, direction: 'out' }).direction).toBe('out');
  });

  test('a device without hardware addresses has none', () => {
    const tunnel = joined(words(0, 0xfffe, 0), new Uint8Array(8), words(0x0800), TCP4);
    const packet = decodeBytes(tunnel, { linkType: 113 });
    expect([packet.srcMac, ...pathOf(packet)]).toEqual([-1, ...PATH4]);
  });
});

test.each([
  ['RAW', 101, NOTHING, TCP4, PATH4],
  ['RAW with IPv6', 101, NOTHING, TCP6, PATH6],
  ['RAW of BSD', 12, NOTHING, TCP4, PATH4],
  ['RAW of OpenBSD', 14, NOTHING, TCP6, PATH6],
  ['IPV4', 228, NOTHING, TCP4, PATH4],
  ['IPV6', 229, NOTHING, TCP6, PATH6],
  ['NULL, little end first', 0, hex('02000000'), TCP4, PATH4],
  ['NULL, big end first', 0, hex('00000002'), TCP4, PATH4],
  ['NULL of Linux', 0, hex('0a000000'), TCP6, PATH6],
  ['NULL of FreeBSD', 0, hex('1c000000'), TCP6, PATH6],
  ['NULL of macOS', 0, hex('0000001e'), TCP6, PATH6],
  ['LOOP', 108, hex('00000018'), TCP6, PATH6],
])('%s: the packet behind it is read', (_, linkType, header, ip, path) => {
  const packet = decodeBytes(joined(header, ip), { linkType });
  expect(packet.problem).toBeUndefined();
  expect(pathOf(packet)).toEqual(path);
});

test('a link type that is not read is said by its name', () => {
  expect(decodeBytes(TCP4, { linkType: 189 }).problem).toBe('link type USB_LINUX is not read');
  expect(decodeBytes(TCP4, { linkType: 4711 }).problem).toBe('link type 4711 is not read');
});

test('a link header that is shorter than it must be is a problem, one that was cut is none', () => {
  const frame = tcpFrame();
  expect(decodeBytes(frame.subarray(0, 9)).problem).toBe('Ethernet header runs past the end of the packet');
  expect(decodeBytes(frame.subarray(0, 9), { originalLength: 54 }).problem).toBeUndefined();
  for (const [linkType, name] of [
    [113, 'LINUX_SLL'],
    [276, 'LINUX_SLL2'],
    [0, 'loopback'],
    [101, 'IP'],
  ] as const) {
    expect(decodeBytes(NOTHING, { linkType }).problem).toBe(`${name} header runs past the end of the packet`);
  }
});

test('a packet is decoded from where it starts in the bytes to where it ends', () => {
  const frame = tcpFrame({}, hex('0102'));
  for (const shift of [1, 2, 3]) {
    const bytes = joined(new Uint8Array(shift).fill(0xff), frame, hex('ffffff'));
    const packet = decodeBytes(bytes, { start: shift, end: shift + frame.length, originalLength: frame.length });
    expect(packet.capturedLength).toBe(frame.length);
    expect(pathOf(packet)).toEqual(PATH4);
    expect(packet.layers[0]).toMatchObject({ payload: 2, transportChecksum: 'good' });
  }
});
