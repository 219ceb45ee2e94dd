import { describe, expect, test } from 'vitest';
import { PacketDecoder } from '../../../../src/facts/captures/decode/packet-decoder.js';
import { MAX_LAYERS, macText } from '../../../../src/facts/captures/packet.js';
import { decodeBytes, layersOf, pathOf } from './decode-bytes.js';
import {
  arp,
  ethernet,
  filler,
  geneve,
  gre,
  hex,
  ipv4,
  ipv6,
  joined,
  NODES,
  PODS,
  PODS6,
  tcp,
  tcpFrame,
  udp,
  udpUnsummed,
  vxlan,
  vxlanFrame,
  wireguard,
  words,
} from './packet-bytes.js';

const OUTER_UDP = 'udp 192.168.0.1 > 192.168.0.2';
const OUTER = 'other 192.168.0.1 > 192.168.0.2';
const INNER = 'tcp 10.244.1.5 > 10.244.2.7';
const INNER6 = 'tcp fd00:10:244:1::5 > fd00:10:244:2::7';
const TCP4 = ipv4(PODS, 6, tcp(PODS, {}, filler(41)));
const TCP6 = ipv6(PODS6, 6, tcp(PODS6, {}, filler(41)));
const between = (protocol: number, payload: Uint8Array) => ethernet(0x0800, ipv4(NODES, protocol, payload));

describe('VXLAN', () => {
  test.each([4789, 8472])('is read on port %i', (port) => {
    const packet = decodeBytes(vxlanFrame(tcpFrame({}, filler(9)), port, 0xabcdef));
    expect(pathOf(packet)).toEqual([OUTER_UDP, INNER]);
    expect(packet.layers[0]).toMatchObject({
      tunnel: 'vxlan',
      vni: 0xabcdef,
      dport: port,
      transportChecksum: 'unchecked',
    });
    expect(packet.layers[1]).toMatchObject({ tunnel: undefined, vni: -1, payload: 9, transportChecksum: 'good' });
  });

  test('the addresses and VLAN of the packet are the outer ones', () => {
    const inner = joined(new Uint8Array(12).fill(0xee), words(0x8100, 5, 0x0800), TCP4);
    const packet = decodeBytes(vxlanFrame(inner));
    expect([macText(packet.srcMac), packet.vlan]).toEqual(['02:42:0a:00:00:01', -1]);
    expect(pathOf(packet)).toEqual([OUTER_UDP, INNER]);
  });

  test('what is no VXLAN on its port is plain UDP', () => {
    const packet = decodeBytes(between(17, udp(NODES, 50000, 8472, filler(60))));
    expect([packet.problem, packet.depth, packet.layers[0]!.tunnel]).toEqual([undefined, 1, undefined]);
  });

  test('is read in a first fragment, whose inner packet goes on in the next', () => {
    const datagram = udpUnsummed(50000, 8472, vxlan(1, tcpFrame({}, filler(1400))));
    const packet = decodeBytes(ethernet(0x0800, ipv4(NODES, 17, datagram.subarray(0, 1280), { flags: 1 })));
    expect(packet.problem).toBeUndefined();
    expect(pathOf(packet)).toEqual([OUTER_UDP, INNER]);
    expect(packet.layers[1]).toMatchObject({ payload: 1400, transportChecksum: 'unchecked' });
  });

  test('an inner frame that promises more than the outer datagram holds is a problem', () => {
    const packet = decodeBytes(vxlanFrame(ethernet(0x0800, TCP4.subarray(0, 60))));
    expect(packet.problem).toBe('IPv4 total length 81 in a packet with 60 bytes left');
    expect(pathOf(packet)).toEqual([OUTER_UDP, INNER]);
  });

  describe('on another port', () => {
    test.each([
      ['IPv4', ethernet(0x0800, TCP4), INNER],
      ['IPv6', ethernet(0x86dd, TCP6), INNER6],
      ['ARP', ethernet(0x0806, arp(1, PODS)), 'arp 10.244.1.5 > 10.244.2.7'],
      ['a VLAN', ethernet(0x8100, joined(words(9, 0x0800), TCP4)), INNER],
    ])('is found by %s in it', (_, inner, path) => {
      const packet = decodeBytes(vxlanFrame(inner, 7777, 12));
      expect(pathOf(packet)).toEqual([OUTER_UDP, path]);
      expect(packet.layers[0]).toMatchObject({ tunnel: 'vxlan', vni: 12 });
    });

    const unclear = ethernet(0x88cc, filler(60));
    test('is remembered for packets that do not prove it', () => {
      const decoder = new PacketDecoder();
      expect(decodeBytes(vxlanFrame(unclear, 7777), {}, decoder).layers[0]!.tunnel).toBeUndefined();
      decodeBytes(vxlanFrame(tcpFrame(), 7777), {}, decoder);
      expect(decodeBytes(vxlanFrame(unclear, 7777), {}, decoder).layers[0]!.tunnel).toBe('vxlan');
      expect(decodeBytes(vxlanFrame(unclear, 7778), {}, decoder).layers[0]!.tunnel).toBeUndefined();
    });

    test('is not seen where the inner frame makes no sense', () => {
      const damaged = Uint8Array.from(tcpFrame());
      damaged[24]! ^= 1;
      const stray = Uint8Array.from(vxlan(1, tcpFrame()));
      stray[7] = 1;
      for (const payload of [vxlan(1, damaged), stray, vxlan(1, ethernet(0x86dd, TCP6.subarray(0, 60))), filler(90)]) {
        expect(decodeBytes(between(17, udp(NODES, 50000, 7777, payload))).layers[0]!.tunnel).toBeUndefined();
      }
    });
  });
});

test('Geneve carries frames and packets, behind options', () => {
  for (const [type, inner, options, path] of [
    [0x6558, tcpFrame(), new Uint8Array(0), INNER],
    [0x6558, tcpFrame(), hex('0102 0003 0a0b0c0d 0e0f1011 12131415'), INNER],
    [0x86dd, TCP6, hex('0102 0000'), INNER6],
  ] as const) {
    const packet = decodeBytes(between(17, udp(NODES, 50000, 6081, geneve(99, type, inner, options))));
    expect(pathOf(packet)).toEqual([OUTER_UDP, path]);
    expect(packet.layers[0]).toMatchObject({ tunnel: 'geneve', vni: 99, transportChecksum: 'good' });
  }
});

test('IPIP and 6in4 are one kind, over IPv6 too', () => {
  expect(pathOf(decodeBytes(between(4, TCP4)))).toEqual([OUTER, INNER]);
  const sixInFour = decodeBytes(between(41, TCP6));
  expect(pathOf(sixInFour)).toEqual([OUTER, INNER6]);
  expect(sixInFour.layers[0]).toMatchObject({ tunnel: 'ipip', protocol: 41, vni: -1 });
  const fourInSix = decodeBytes(ethernet(0x86dd, ipv6(PODS6, 4, TCP4)));
  expect(pathOf(fourInSix)).toEqual(['other fd00:10:244:1::5 > fd00:10:244:2::7', INNER]);
});

describe('GRE', () => {
  test.each([
    ['a bare header', {}, -1],
    ['a key', { key: 0xfffffffe }, 0xfffffffe],
    ['a checksum, a key and a sequence number', { checksum: true, key: 7, sequence: 1 }, 7],
    ['a sequence number', { sequence: 1 }, -1],
  ])('with %s', (_, fields, vni) => {
    for (const [type, inner, path] of [
      [0x0800, TCP4, INNER],
      [0x86dd, TCP6, INNER6],
      [0x6558, tcpFrame(), INNER],
    ] as const) {
      const packet = decodeBytes(between(47, gre(type, inner, fields)));
      expect(pathOf(packet)).toEqual([OUTER, path]);
      expect(packet.layers[0]).toMatchObject({ tunnel: 'gre', vni });
    }
  });

  test("PPTP's version and ERSPAN are not looked into", () => {
    const pptp = decodeBytes(between(47, gre(0x880b, filler(40), { version: 1 })));
    expect([pptp.depth, pptp.layers[0]!.tunnel]).toEqual([1, undefined]);
    const erspan = decodeBytes(between(47, gre(0x88be, filler(40), { sequence: 1 })));
    expect([erspan.depth, erspan.layers[0]!.tunnel, erspan.problem]).toEqual([1, 'gre', undefined]);
  });
});

describe('WireGuard', () => {
  const send = (decoder: PacketDecoder, ports: readonly [number, number], message: Uint8Array) => {
    const [layer] = layersOf(decodeBytes(between(17, udp(NODES, ports[0], ports[1], message)), {}, decoder));
    return layer!.tunnel === 'wireguard' ? layer!.wireguardMessage : undefined;
  };

  test.each([51820, 51871])('is known on port %i by its messages', (port) => {
    const decoder = new PacketDecoder();
    const types = [wireguard(1, 148), wireguard(2, 92), wireguard(3, 64), wireguard(4, 32), wireguard(4, 1472)].map(
      (message) => send(decoder, [port, 44000], message),
    );
    expect(types).toEqual([1, 2, 3, 4, 4]);
  });

  test('other lengths, types and set reserved bytes are not its messages', () => {
    const stray = Uint8Array.from(wireguard(4, 48));
    stray[2] = 1;
    for (const message of [wireguard(1, 144), wireguard(2, 96), wireguard(4, 40), wireguard(5, 64), stray]) {
      expect(send(new PacketDecoder(), [51820, 51820], message)).toBeUndefined();
    }
  });

  test('is known on other ports once a handshake was seen between them', () => {
    const decoder = new PacketDecoder();
    expect(send(decoder, [30000, 31000], wireguard(4, 64))).toBeUndefined();
    expect(send(decoder, [30000, 31000], wireguard(1, 148))).toBe(1);
    expect(send(decoder, [31000, 30000], wireguard(4, 64))).toBe(4);
    expect(send(decoder, [31000, 30001], wireguard(4, 64))).toBeUndefined();
  });
});

test('tunnels within tunnels are read as deep as there are layers', () => {
  let packet: Uint8Array = TCP4;
  for (let i = 0; i < 20; i += 1) packet = ipv4(NODES, 4, packet);
  const decoded = decodeBytes(ethernet(0x0800, packet));
  expect([decoded.depth, decoded.problem]).toEqual([MAX_LAYERS, undefined]);
});
