import { describe, expect, test } from 'vitest';
import { decodeBytes, layersOf, pathOf } from './decode-bytes.js';
import { ethernet, filler, hex, ipv4, joined, PODS, tcp, tcpFrame, udp } from './packet-bytes.js';

const SEGMENT = tcp(PODS, {}, filler(100));

test('the header has its fields', () => {
  const [layer] = layersOf(decodeBytes(ethernet(0x0800, ipv4(PODS, 6, SEGMENT, { ttl: 61, id: 0xabcd }))));
  expect(layer).toMatchObject({
    kind: 'tcp',
    family: 4,
    protocol: 6,
    length: 140,
    ttl: 61,
    id: 0xabcd,
    dontFragment: true,
    moreFragments: false,
    fragmentOffset: 0,
    ipChecksum: 'good',
  });
});

test('an address is a signed number', () => {
  const ends = { src: '192.168.0.1', dst: '255.255.255.255' };
  const [layer] = layersOf(decodeBytes(ethernet(0x0800, ipv4(ends, 17, udp(ends, 1, 2, filler(4))))));
  expect([layer!.src, layer!.dst]).toEqual([0xc0a80001 | 0, -1]);
});

test('options are stepped over', () => {
  const [layer] = layersOf(
    decodeBytes(ethernet(0x0800, ipv4(PODS, 6, SEGMENT, { options: hex('94040000 01010100') }))),
  );
  expect(layer).toMatchObject({ sport: 40000, payload: 100, ipChecksum: 'good', transportChecksum: 'good' });
});

test("Ethernet's padding is no payload", () => {
  const frame = ethernet(0x0800, joined(ipv4(PODS, 6, tcp(PODS, {}, filler(1))), new Uint8Array(5)));
  expect(decodeBytes(frame).layers[0]).toMatchObject({ payload: 1, transportChecksum: 'good' });
});

describe('fragments', () => {
  const datagram = udp(PODS, 5000, 6000, filler(3000));
  const first = ipv4(PODS, 17, datagram.subarray(0, 1480), { flags: 1 });
  const later = ipv4(PODS, 17, datagram.subarray(1480, 2960), { flags: 1, offset: 1480 });
  const last = ipv4(PODS, 17, datagram.subarray(2960), { flags: 0, offset: 2960 });

  test('the first one has its ports, and no checksum that could be told', () => {
    const packet = decodeBytes(ethernet(0x0800, first));
    expect(packet.problem).toBeUndefined();
    expect(packet.layers[0]).toMatchObject({
      kind: 'udp',
      sport: 5000,
      dport: 6000,
      moreFragments: true,
      fragmentOffset: 0,
      transportChecksum: 'unchecked',
    });
  });

  test('later ones are fragments, without ports', () => {
    expect(decodeBytes(ethernet(0x0800, later)).layers[0]).toMatchObject({
      kind: 'fragment',
      protocol: 17,
      sport: -1,
      moreFragments: true,
      fragmentOffset: 1480,
      payload: 1480,
    });
    expect(decodeBytes(ethernet(0x0800, last)).layers[0]).toMatchObject({ kind: 'fragment', moreFragments: false });
  });

  test('a first fragment too small for its transport header is no problem', () => {
    const packet = decodeBytes(ethernet(0x0800, ipv4(PODS, 6, SEGMENT.subarray(0, 8), { flags: 1 })));
    expect(packet.problem).toBeUndefined();
    expect(packet.layers[0]).toMatchObject({ kind: 'other', sport: 40000, dport: 8080 });
  });
});

test('a total length of 0, left to the NIC, is as long as the packet was', () => {
  const bytes = ipv4(PODS, 6, tcp(PODS, {}, filler(3000)), { length: 0 });
  const packet = decodeBytes(ethernet(0x0800, bytes));
  expect(packet.problem).toBeUndefined();
  expect(packet.layers[0]).toMatchObject({ length: 3040, payload: 3000, transportChecksum: 'good' });
  const cut = decodeBytes(ethernet(0x0800, bytes).subarray(0, 100), { originalLength: 14 + 3040 });
  expect(cut.layers[0]).toMatchObject({ length: 3040, payload: 3000, transportChecksum: 'unchecked' });
});

test('a total length beyond the packet is a problem, and what is there is read', () => {
  const packet = decodeBytes(ethernet(0x0800, ipv4(PODS, 6, SEGMENT, { length: 1500 })));
  expect(packet.problem).toBe('IPv4 total length 1500 in a packet with 140 bytes left');
  expect(packet.layers[0]).toMatchObject({ kind: 'tcp', sport: 40000, transportChecksum: 'unchecked' });
});

test('a total length beyond what was captured is none', () => {
  const frame = tcpFrame({}, filler(1400));
  const packet = decodeBytes(frame.subarray(0, 96), { originalLength: frame.length });
  expect(packet.problem).toBeUndefined();
  expect(packet.layers[0]).toMatchObject({ payload: 1400, transportChecksum: 'unchecked', ipChecksum: 'good' });
});

test.each([
  ['a header of less than 20 bytes', ipv4(PODS, 6, SEGMENT, { headerLength: 16 }), 'IPv4 header of 16 bytes', 0],
  [
    'a total length of less than the header',
    ipv4(PODS, 6, SEGMENT, { length: 19 }),
    'IPv4 total length 19 is less than its header',
    1,
  ],
  ['another version', joined([0x55], ipv4(PODS, 6, SEGMENT).subarray(1)), 'IP version 5 where IPv4 was announced', 0],
  [
    'a header cut on the wire',
    ipv4(PODS, 6, SEGMENT).subarray(0, 12),
    'IPv4 header runs past the end of the packet',
    0,
  ],
])('%s is a problem', (_, bytes, problem, depth) => {
  const packet = decodeBytes(ethernet(0x0800, bytes));
  expect([packet.problem, packet.depth]).toEqual([problem, depth]);
});

test('a protocol that is not read further has its number and addresses', () => {
  const packet = decodeBytes(ethernet(0x0800, ipv4(PODS, 132, filler(40))));
  expect(pathOf(packet)).toEqual(['other 10.244.1.5 > 10.244.2.7']);
  expect(packet.layers[0]).toMatchObject({ protocol: 132, sport: -1, payload: -1 });
});
