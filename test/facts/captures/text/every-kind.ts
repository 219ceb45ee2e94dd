import {
  addressBytes,
  arp,
  dns,
  dnsName,
  type Ends,
  ethernet,
  filler,
  geneve,
  gre,
  icmp,
  icmp6,
  internetSum,
  ipv4,
  ipv6,
  joined,
  longs,
  MAC_A,
  NODES,
  PODS,
  PODS6,
  pseudoHeader,
  tcp,
  udp,
  udpUnsummed,
  vxlan,
  vxlanFrame,
  wireguard,
  words,
} from '../decode/packet-bytes.js';

const ROUTER: Ends = { src: '10.244.1.1', dst: PODS.src };
const ROUTER6: Ends = { src: 'fd00:10:244:1::1', dst: PODS6.src };
const SYN = { flags: 2, options: joined([2, 4, 5, 0xb4, 4, 2, 1, 1]) };
const none = longs(0);

/** A copy with the two bytes at `at` set. */
function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(words(value), at);
  return copy;
}

/** The sum that a sender leaves to its NIC. */
function unfilled(ends: Ends, protocol: number, at: number, segment: Uint8Array): Uint8Array {
  return set(segment, at, internetSum(pseudoHeader(ends, protocol, segment.length)));
}

const v4 = (ends: Ends, protocol: number, payload: Uint8Array, fields = {}) =>
  ethernet(0x0800, ipv4(ends, protocol, payload, fields));
const v6 = (ends: Ends, protocol: number, payload: Uint8Array) => ethernet(0x86dd, ipv6(ends, protocol, payload));

function transports(): Uint8Array[] {
  const back: Ends = { src: PODS.dst, dst: PODS.src };
  const get = new TextEncoder().encode('GET / HTTP/1.1\r\nHost: 10.0.0.1 > 10.0.0.2: x\r\n\r\n');
  const datagram = udp(PODS, 5001, 6001, filler(9));
  return [
    v4(PODS, 6, tcp(PODS, { ...SYN, seq: 1000, ack: 0 })),
    v4(back, 6, unfilled(back, 6, 16, tcp(back, { ...SYN, sport: 8080, dport: 40000, flags: 0x12, ack: 1001 }))),
    v4(PODS, 6, set(tcp(PODS, { flags: 0x10 }), 16, 0)),
    v4(PODS, 6, set(tcp(PODS, { dport: 80 }, get), 16, 0x1234)),
    ...[0x14, 0xc2, 0, 0x31, 0x11].map((flags) => v4(PODS, 6, tcp(PODS, { flags }))),
    v6(PODS6, 6, tcp(PODS6, SYN)),
    v6(PODS6, 6, unfilled(PODS6, 6, 16, tcp(PODS6, SYN))),
    v4(PODS, 17, datagram),
    v4(PODS, 17, udpUnsummed(5001, 6001, filler(9))),
    v4(PODS, 17, unfilled(PODS, 17, 6, datagram)),
    v4(PODS, 17, set(datagram, 6, 0x1234)),
    v6(PODS6, 17, udp(PODS6, 5001, 6001, filler(40))),
    ...[148, 92, 64, 128].map((length, i) => v4(NODES, 17, udp(NODES, 51820, 51820, wireguard(i + 1, length)))),
    v4(PODS, 17, udp(PODS, 123, 123, joined([0x23], new Uint8Array(47)))),
    v4(PODS, 17, udp(PODS, 68, 67, joined([1, 1, 6, 0], new Uint8Array(24), MAC_A, new Uint8Array(206)))),
    v4(PODS, 50, filler(20)),
    v4(PODS, 99, filler(20)),
    v4({ ...PODS, dst: '224.0.0.22' }, 2, longs(0x2200f902, 1, 0x04000000, 0xe00000fb)),
    v4(PODS, 132, joined(words(1000, 2000), new Uint8Array(8), [1, 0], words(20), filler(16))),
  ];
}

function icmps(): Uint8Array[] {
  const about = ipv4(PODS, 17, udp(PODS, 5000, 53, filler(12))).subarray(0, 28);
  const aboutTcp = ipv4(PODS, 6, tcp(PODS, SYN)).subarray(0, 28);
  const about6 = ipv6(PODS6, 17, udp(PODS6, 5000, 53, filler(12)));
  const about6Tcp = ipv6(PODS6, 6, tcp(PODS6, SYN));
  const neighbour = addressBytes(PODS6.dst);
  const echo = icmp(8, 0, words(77, 3), filler(56));
  const error = (type: number, code: number, rest = none, quoted = about) =>
    v4(ROUTER, 1, icmp(type, code, rest, quoted), { flags: 0 });
  const error6 = (type: number, code: number, rest = none, quoted: Uint8Array = about6) =>
    v6(ROUTER6, 58, icmp6(ROUTER6, type, code, rest, quoted));
  const redirect = addressBytes('10.244.1.9');
  return [
    v4(PODS, 1, echo),
    v4(PODS, 1, icmp(0, 0, words(77, 3), filler(56))),
    v4(PODS, 1, set(echo, 2, 0x1234)),
    ...Array.from({ length: 17 }, (_, code) => error(3, code, words(0, code === 4 ? 1400 : 0))),
    ...[1, 2, 3].map((code) => error(3, code, none, aboutTcp)),
    error(3, 4),
    ...[0, 1, 2].map((code) => error(11, code)),
    ...[0, 1, 2, 3].map((code) => error(5, code, redirect)),
    error(4, 0),
    error(12, 0),
    error(3, 1, none, ipv4(NODES, 17, udpUnsummed(50000, 8472, vxlan(1, v4(PODS, 1, echo))))),
    ...[10, 17].map((type) => v4(ROUTER, 1, icmp(type, 0, none, filler(8)))),
    v6(PODS6, 58, icmp6(PODS6, 128, 0, words(77, 3), filler(20))),
    v6(PODS6, 58, icmp6(PODS6, 129, 0, words(77, 3), filler(20))),
    v6(PODS6, 0, joined([58, 0, 5, 2, 0, 0, 1, 0], icmp6(PODS6, 128, 0, words(77, 3), filler(20)))),
    ...[0, 1, 3, 4].map((code) => error6(1, code)),
    error6(1, 4, none, about6Tcp),
    error6(2, 0, longs(1430)),
    ...[0, 1].map((code) => error6(3, code)),
    error6(4, 0),
    v6(PODS6, 58, icmp6(PODS6, 135, 0, none, joined(neighbour, [1, 1], MAC_A))),
    v6(PODS6, 58, icmp6(PODS6, 136, 0, longs(0x60000000), joined(neighbour, [2, 1], MAC_A))),
    v6(PODS6, 58, icmp6(PODS6, 133, 0, none, joined([1, 1], MAC_A))),
  ];
}

function lookups(): Uint8Array[] {
  const back: Ends = { src: PODS.dst, dst: PODS.src };
  const ask = (name: string, type: number) => v4(PODS, 17, udp(PODS, 5000, 53, dns(name, { type })));
  const query = dns('tcp.example');
  const segment = joined(words(query.length), query);
  return [
    ...[1, 2, 5, 12, 28, 33, 65, 255, 999].map((type) => ask('Www.Example.com', type)),
    v4(PODS, 17, udp(PODS, 5000, 53, joined(words(9, 0x0100, 1, 0, 0, 0), [0], words(2, 1)))),
    v4(
      PODS,
      17,
      udp(
        PODS,
        5000,
        53,
        joined(words(9, 0x0110, 1, 0, 0, 1), dnsName('a.b'), words(1, 1), [0, 0, 41], words(1232, 0, 0, 0)),
      ),
    ),
    ...[0x8180, 0x8580, 0x8183, 0x8182, 0x8185, 0x8380, 0x8100, 0x81a4, 0x858a].map((flags, i) =>
      v4(back, 17, udp(back, 53, 5000, dns('www.example.com', { flags, answers: i < 2 ? i + 1 : 0 }))),
    ),
    v4(back, 17, udp(back, 53, 5000, words(9, 0x8182, 0, 0, 0, 0))),
    v4(PODS, 6, tcp(PODS, { dport: 53 }, segment)),
  ];
}

function fragments(): Uint8Array[] {
  const whole = udp(PODS, 5000, 6000, filler(1400));
  const whole6 = udp(PODS6, 5000, 6000, filler(1400));
  const echo = icmp(8, 0, words(6, 3), filler(600));
  return [
    v4(PODS, 17, whole.subarray(0, 800), { flags: 1, id: 99 }),
    v4(PODS, 17, whole.subarray(800), { flags: 0, offset: 800, id: 99 }),
    v4(PODS, 6, filler(24), { flags: 1, offset: 800 }),
    v4(PODS, 1, echo.subarray(0, 480), { flags: 1 }),
    v4(PODS, 1, echo.subarray(480), { flags: 0, offset: 480 }),
    v6(PODS6, 44, joined([17, 0], words(1), longs(0x1234), whole6.subarray(0, 1000))),
    v6(PODS6, 44, joined([17, 0], words(1000), longs(0x1234), whole6.subarray(1000))),
  ];
}

function tunnels(): Uint8Array[] {
  const inners = [
    v4(PODS, 1, icmp(8, 0, words(6, 3), filler(56))),
    v4(PODS, 6, unfilled(PODS, 6, 16, tcp(PODS, SYN))),
    v6(PODS6, 6, tcp(PODS6, SYN)),
    ethernet(0x0806, arp(1, PODS)),
  ];
  const carried = inners.flatMap((inner) => [
    vxlanFrame(inner, 4789),
    vxlanFrame(inner, 8472),
    v4(NODES, 17, udpUnsummed(50000, 6081, geneve(7, 0x6558, inner))),
    v4(NODES, 17, udpUnsummed(50000, 6081, geneve(7, 0x6558, inner, joined(words(0x0102), [0x80, 1], longs(7))))),
    v4(NODES, 47, gre(0x6558, inner)),
  ]);
  const packet = inners[1]!.subarray(14);
  const packet6 = inners[2]!.subarray(14);
  return [
    ...carried,
    v4(NODES, 4, packet),
    v4(NODES, 41, packet6),
    v4(NODES, 47, gre(0x0800, packet)),
    v4(NODES, 47, gre(0x86dd, packet6, { key: 42 })),
    v4(NODES, 47, gre(0x0800, packet, { key: 42, sequence: 3 })),
    v4(NODES, 4, ipv4(NODES, 4, packet)),
    vxlanFrame(vxlanFrame(inners[0]!)),
  ];
}

function links(): Uint8Array[] {
  const packet = ipv4(PODS, 6, tcp(PODS, SYN));
  return [
    ethernet(0x0806, arp(1, PODS)),
    ethernet(0x0806, arp(2, PODS)),
    ethernet(0x0806, arp(1, { src: PODS.src, dst: PODS.src })),
    ethernet(0x0806, arp(1, { src: '0.0.0.0', dst: PODS.src })),
    ethernet(0x8100, joined(words(0x2005, 0x0800), packet)),
    ethernet(0x0800, set(packet, 10, 0)),
    ethernet(0x0800, set(packet, 10, 0x1234)),
    ethernet(0x0800, packet.subarray(0, 9)),
    v4(PODS, 6, words(4000, 80)),
    ethernet(0x0800, joined([0x42], packet.subarray(1))),
  ];
}

/** Ethernet frames of every kind that is told apart, sound and not. */
export function everyKind(): Uint8Array[] {
  return [...transports(), ...icmps(), ...lookups(), ...fragments(), ...tunnels(), ...links()];
}

/** What only Ethernet carries: tags upon tags, and protocols without IP. */
export function onEthernetAlone(): Uint8Array[] {
  const packet = ipv4(PODS, 6, tcp(PODS, SYN));
  return [
    ethernet(0x88a8, joined(words(7, 0x8100, 9, 0x0800), packet)),
    joined([1, 0x80, 0xc2, 0, 0, 0], MAC_A, words(38), [0x42, 0x42, 3], new Uint8Array(35)),
    ethernet(0x88cc, joined([2, 7, 4], MAC_A, [4, 2, 5, 0x61, 6, 2, 0, 120, 0, 0])),
    ethernet(0x1234, filler(40)),
  ];
}

/** The frame with a cooked header of `-i any` in place of Ethernet's, of version 1 or 2. `type`: 0 to us … 4 sent. */
export function cooked(frame: Uint8Array, version: 1 | 2, type: number): Uint8Array {
  const source = joined(frame.subarray(6, 12), [0, 0]);
  if (version === 1) return joined(words(type, 1, 6), source, frame.subarray(12));
  return joined(frame.subarray(12, 14), [0, 0], longs(1), words(1), [type, 6], source, frame.subarray(14));
}
