/** Packets of every kind that is decoded, by link type. */
import {
  addressBytes,
  arp,
  dns,
  ethernet,
  filler,
  geneve,
  gre,
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
  tcpFrame,
  udp,
  udpUnsummed,
  unfilled,
  vxlan,
  vxlanFrame,
  wireguard,
  words,
} from './packet-bytes.js';

const BACK = { src: PODS.dst, dst: PODS.src };
const BACK6 = { src: PODS6.dst, dst: PODS6.src };
const TCP4 = ipv4(PODS, 6, tcp(PODS, {}, filler(41)));
const TCP6 = ipv6(PODS6, 6, tcp(PODS6, {}, filler(42)));
const UDP4 = udp(PODS, 5000, 6000, filler(3000));
const UDP6 = udp(PODS6, 5000, 6000, filler(3000));
const DNS_QUERY = dns('kubernetes.default.svc.cluster.local');
const SYN_OPTIONS = hex('020405b4 0402080a 0000000100000000 01030307');
const HOP_BY_HOP = hex('050200000100');

const frame4 = (protocol: number, payload: Uint8Array) => ethernet(0x0800, ipv4(NODES, protocol, payload));
const udp4 = (sport: number, dport: number, payload: Uint8Array) => frame4(17, udp(NODES, sport, dport, payload));
const frame6 = (next: number, payload: Uint8Array) => ethernet(0x86dd, ipv6(PODS6, next, payload));

export const ETHERNET_FRAMES: readonly Uint8Array[] = [
  tcpFrame(),
  tcpFrame({ flags: 2, options: SYN_OPTIONS }),
  tcpFrame({ flags: 0x14 }),
  tcpFrame({}, filler(1448)),
  ethernet(0x0800, joined(ipv4(PODS, 6, tcp(PODS)), new Uint8Array(6))),
  ethernet(0x0800, ipv4(PODS, 6, tcp(PODS), { options: hex('94040000 01010100') })),
  frame6(6, tcp(PODS6, { flags: 2, options: SYN_OPTIONS })),
  frame6(0, joined([6, 0], HOP_BY_HOP, tcp(PODS6, {}, filler(7)))),
  frame6(60, joined([51, 0], HOP_BY_HOP, [6, 4, 0, 0], longs(1, 2, 3, 4, 5), tcp(PODS6))),
  frame6(43, joined([6, 2, 0, 0], longs(0), addressBytes('fd00::99'), tcp(PODS6))),
  frame6(44, joined([17, 0], words(1), longs(0xdeadbeef), UDP6.subarray(0, 1440))),
  frame6(44, joined([17, 0], words(1440), longs(0xdeadbeef), UDP6.subarray(1440))),
  frame6(50, filler(64)),
  frame6(59, new Uint8Array(0)),
  ethernet(0x0800, ipv4(PODS, 17, UDP4.subarray(0, 1480), { flags: 1 })),
  ethernet(0x0800, ipv4(PODS, 17, UDP4.subarray(1480, 2960), { flags: 1, offset: 1480 })),
  ethernet(0x0800, ipv4(PODS, 17, UDP4.subarray(2960), { flags: 0, offset: 2960 })),
  ethernet(0x8100, joined(words(0xe064, 0x0800), TCP4)),
  ethernet(0x88a8, joined(words(7, 0x8100, 8, 0x86dd), TCP6)),
  ethernet(0x0806, arp(1, PODS)),
  ethernet(0x0806, joined(arp(2, PODS), new Uint8Array(18))),
  ethernet(0x0026, joined([0x42, 0x42, 3], new Uint8Array(35))),
  frame4(1, icmp(8, 0, words(77, 3), filler(56))),
  frame4(1, icmp(0, 0, words(77, 3), filler(57))),
  frame4(1, icmp(3, 3, longs(0), ipv4(BACK, 17, udp(BACK, 5000, 81, filler(30))))),
  frame4(1, icmp(3, 4, words(0, 1450), ipv4(BACK, 6, tcp(BACK, {}, filler(100))).subarray(0, 28))),
  frame4(1, icmp(5, 1, addressBytes('10.0.0.1'), ipv4(BACK, 6, tcp(BACK)))),
  frame4(1, icmp(11, 0, longs(0), ipv4(BACK, 1, icmp(8, 0, words(5, 6), filler(8))))),
  frame4(1, icmp(11, 1, longs(0), ipv4(BACK, 17, filler(64), { offset: 1480, flags: 0 }))),
  frame6(58, icmp6(PODS6, 128, 0, words(77, 3), filler(57))),
  frame6(58, icmp6(PODS6, 1, 4, longs(0), ipv6(BACK6, 17, udp(BACK6, 5000, 81, filler(30))))),
  frame6(58, icmp6(PODS6, 2, 0, longs(1280), ipv6(BACK6, 6, tcp(BACK6, {}, filler(100))))),
  frame6(58, icmp6(PODS6, 135, 0, longs(0), joined(addressBytes('fd00::99'), [1, 1], MAC_A))),
  frame6(58, icmp6(PODS6, 136, 0, longs(0x60000000), joined(addressBytes('fd00::99'), [2, 1], MAC_A))),
  udp4(40000, 53, DNS_QUERY),
  udp4(53, 40000, dns('No.Such.Name', { flags: 0x8183 })),
  udp4(53, 40000, dns('a.b.svc', { flags: 0x8180, answers: 3 })),
  udp4(40000, 53, joined(words(1, 0x0100, 1, 0, 0, 0), [0], words(2, 1))),
  tcpFrame({ dport: 53 }, joined(words(DNS_QUERY.length), DNS_QUERY)),
  vxlanFrame(tcpFrame({}, filler(100)), 8472, 1),
  vxlanFrame(tcpFrame({}, filler(101)), 4789, 0xabcdef),
  vxlanFrame(frame6(6, tcp(PODS6)), 7777, 3),
  vxlanFrame(ethernet(0x8100, joined(words(5, 0x0806), arp(1, PODS))), 8472),
  vxlanFrame(frame4(1, icmp(3, 4, words(0, 1400), TCP4)), 8472),
  ethernet(
    0x0800,
    ipv4(NODES, 17, udpUnsummed(9, 8472, vxlan(1, tcpFrame({}, filler(1400)))).subarray(0, 1280), { flags: 1 }),
  ),
  udp4(50000, 6081, geneve(99, 0x6558, tcpFrame(), hex('0102 0003 0a0b0c0d 0e0f1011 12131415'))),
  udp4(50000, 6081, geneve(98, 0x0800, TCP4)),
  frame4(4, TCP4),
  frame4(41, TCP6),
  frame4(4, ipv4(PODS, 4, TCP4)),
  frame4(47, gre(0x0800, TCP4)),
  frame4(47, gre(0x86dd, TCP6, { key: 7 })),
  frame4(47, gre(0x6558, tcpFrame({}, filler(9)), { checksum: true, key: 0xfffffffe, sequence: 1 })),
  frame4(132, filler(40)),
  udp4(51820, 51820, wireguard(1, 148)),
  udp4(51820, 51820, wireguard(2, 92)),
  udp4(51820, 51820, wireguard(3, 64)),
  udp4(51820, 51820, wireguard(4, 96)),
];

/** Linux's cooked headers, and others, before the same two packets. */
export const OTHER_LINKS: ReadonlyMap<number, readonly Uint8Array[]> = new Map(
  [
    {
      linkType: 113,
      header: (isIpv6: boolean) => joined(words(isIpv6 ? 4 : 0, 1, 6), MAC_A, [0, 0], words(isIpv6 ? 0x86dd : 0x0800)),
    },
    {
      linkType: 276,
      header: (isIpv6: boolean) =>
        joined(words(isIpv6 ? 0x86dd : 0x0800, 0), longs(12), words(1), [4, 6], MAC_A, [0, 0]),
    },
    { linkType: 101, header: () => [] },
    { linkType: 0, header: (isIpv6: boolean) => (isIpv6 ? hex('1e000000') : hex('02000000')) },
    { linkType: 108, header: (isIpv6: boolean) => (isIpv6 ? hex('00000018') : hex('00000002')) },
  ].map(({ linkType, header }) => [linkType, [joined(header(false), TCP4), joined(header(true), TCP6)]]),
);

/** Of each transport that NICs fill in. */
export const UNFILLED_FRAMES: readonly Uint8Array[] = [
  ethernet(0x0800, ipv4(PODS, 6, unfilled(PODS, 6, tcp(PODS, {}, filler(200)), 16))),
  frame6(6, unfilled(PODS6, 6, tcp(PODS6, {}, filler(201)), 16)),
  ethernet(0x0800, ipv4(PODS, 17, unfilled(PODS, 17, udp(PODS, 5000, 6000, filler(99)), 6))),
  frame6(17, unfilled(PODS6, 17, udp(PODS6, 5000, 6000, filler(99)), 6)),
];
