import { describe, expect, test } from 'vitest';
import { ipText, macText } from '../../../../src/facts/captures/packet.js';
import { decodeBytes } from './decode-bytes.js';
import {
  addressBytes,
  ethernet,
  filler,
  hex,
  icmp,
  icmp6,
  ipv4,
  ipv6,
  joined,
  longs,
  MAC_A,
  NODES,
  PODS,
  PODS6,
  tcp,
  udp,
  words,
} from './packet-bytes.js';

const BACK = { src: NODES.dst, dst: PODS.src };
const BACK6 = { src: PODS6.dst, dst: PODS6.src };
const NONE = longs(0);
const read4 = (message: Uint8Array) => decodeBytes(ethernet(0x0800, ipv4(BACK, 1, message))).layers[0]!;
const read6 = (message: Uint8Array) => decodeBytes(ethernet(0x86dd, ipv6(BACK6, 58, message))).layers[0]!;

test('an echo has its id and sequence number', () => {
  expect(read4(icmp(8, 0, words(77, 3), filler(56)))).toMatchObject({
    kind: 'icmp',
    icmpType: 8,
    icmpCode: 0,
    icmpId: 77,
    icmpSeq: 3,
    payload: 56,
    hasQuoted: false,
    transportChecksum: 'good',
  });
  expect(read6(icmp6(BACK6, 129, 0, words(77, 3), filler(57)))).toMatchObject({
    kind: 'icmp6',
    icmpType: 129,
    icmpId: 77,
    icmpSeq: 3,
    payload: 57,
    transportChecksum: 'good',
  });
});

describe('an error quotes the packet that it is about', () => {
  test('UDP', () => {
    const layer = read4(icmp(3, 3, NONE, ipv4(PODS, 17, udp(PODS, 5000, 53, filler(30)), { id: 99 })));
    expect(layer).toMatchObject({ icmpType: 3, icmpCode: 3, icmpId: -1, hasQuoted: true, mtu: -1 });
    expect(ipText(layer.quoted.src)).toBe(PODS.src);
    expect(ipText(layer.quoted.dst)).toBe(PODS.dst);
    expect(layer.quoted).toMatchObject({ kind: 'udp', protocol: 17, sport: 5000, dport: 53, id: 99, payload: 30 });
  });

  test('TCP, of which 8 bytes are quoted, with the MTU of the next hop', () => {
    const quoted = ipv4(PODS, 6, tcp(PODS, { seq: 0xf0000000 }, filler(1400))).subarray(0, 28);
    const layer = read4(icmp(3, 4, words(0, 1450), quoted));
    expect(layer).toMatchObject({ mtu: 1450, hasQuoted: true });
    expect(layer.quoted).toMatchObject({ kind: 'tcp', sport: 40000, dport: 8080, seq: 0xf0000000, length: 1440 });
  });

  test('an echo', () => {
    const layer = read4(icmp(11, 0, NONE, ipv4(PODS, 1, icmp(8, 0, words(5, 6), filler(8)))));
    expect(layer.quoted).toMatchObject({ kind: 'icmp', icmpType: 8, icmpId: 5, icmpSeq: 6 });
  });

  test('a later fragment, of which there are no ports', () => {
    const layer = read4(icmp(11, 1, NONE, ipv4(PODS, 17, filler(64), { offset: 1480, flags: 0 })));
    expect(layer.quoted).toMatchObject({ kind: 'fragment', protocol: 17, sport: -1, fragmentOffset: 1480 });
  });

  test('IPv6, behind extension headers, with the MTU of packet too big', () => {
    const quoted = ipv6(PODS6, 0, joined([6, 0], hex('050200000100'), tcp(PODS6)));
    const layer = read6(icmp6(BACK6, 2, 0, longs(1280), quoted));
    expect(layer).toMatchObject({ icmpType: 2, mtu: 1280, hasQuoted: true });
    expect(layer.quoted).toMatchObject({ family: 6, src: PODS6.src, kind: 'tcp', protocol: 6, dport: 8080 });
  });

  test('nothing is kept of the packet before', () => {
    const first = read4(icmp(3, 3, NONE, ipv4(PODS, 17, udp(PODS, 5000, 53, filler(30)))));
    expect(first.hasQuoted).toBe(true);
    expect(read4(icmp(3, 3, NONE, filler(4))).hasQuoted).toBe(false);
    expect(read4(icmp(3, 3, NONE, joined([0x21], filler(30)))).hasQuoted).toBe(false);
  });
});

test('an old router that names no MTU leaves it unknown', () => {
  expect(read4(icmp(3, 4, NONE, ipv4(PODS, 6, tcp(PODS)))).mtu).toBe(-1);
});

test('neighbour discovery has its target apart from the addresses of the packet', () => {
  const target = addressBytes('fd00::99');
  const solicitation = read6(icmp6(BACK6, 135, 0, NONE, joined(target, [1, 1], MAC_A)));
  expect(solicitation).toMatchObject({ src: BACK6.src, dst: BACK6.dst, target: 'fd00::99', mac: -1 });
  const advertisement = read6(
    icmp6(BACK6, 136, 0, longs(0x60000000), joined(target, [14, 1, 0, 0, 0, 0, 0, 0, 2, 1], MAC_A)),
  );
  expect(advertisement.target).toBe('fd00::99');
  expect(macText(advertisement.mac)).toBe('02:42:0a:00:00:01');
});

test('an advertisement whose options are malformed has no address of the link', () => {
  const layer = read6(icmp6(BACK6, 136, 0, NONE, joined(addressBytes('fd00::99'), [2, 0], MAC_A)));
  expect([layer.target, layer.mac]).toEqual(['fd00::99', -1]);
});

test('a message that ends within its header is a problem', () => {
  const packet = decodeBytes(ethernet(0x0800, ipv4(BACK, 1, hex('0800f7ff'))));
  expect(packet.problem).toBe('ICMP header runs past the end of the packet');
  const short = decodeBytes(ethernet(0x86dd, ipv6(BACK6, 58, icmp6(BACK6, 135, 0, NONE, filler(8)))));
  expect([short.problem, short.layers[0]!.target]).toEqual([
    'ICMPv6 header runs past the end of the packet',
    undefined,
  ]);
});
