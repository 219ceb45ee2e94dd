import { describe, expect, it } from 'vitest';
import { readText } from './text-packets.js';

const LINES = `tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
    1  01:32:41.173238 eth0  In  IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [S], cksum 0x1b1a (incorrect -> 0x539c), seq 36:40, ack 1, win 64, options [mss 1410,sackOK], length 4
01:32:41.173379 52:54:00:9b:7b:7f > 52:54:00:51:d7:d0, ethertype 802.1Q (0x8100), length 58: vlan 5, p 1, ethertype IPv4 (0x0800), 10.0.0.1 > 10.0.0.2: ICMP host 10.0.0.9 unreachable - admin prohibited filter, length 36
01:32:41.2 IP (tos 0x2,ECT(0), ttl 64, id 100, offset 0, flags [+, DF], proto UDP (17), length 134, bad cksum 0 (->26c7)!)
    192.168.10.12.41234 > 192.168.10.13.8472: [bad udp cksum 0x9ccc -> 0xd54e!] OTV, flags [I] (0x08), overlay 0, instance 1
IP6 (flowlabel 0x3a1ff, hlim 64, next-header Fragment (44) payload length: 1008) fd00::1 > fd00::2: frag (0x1234:0|1000) 5000 > 53: [udp sum ok] 17770 NXDomain*-|$ q: A? www.example.com. 0/1/0 (99)
22:14:03.604850 IP 10.0.0.1 > 10.0.0.2: GREv0, key=0x2a, length 102: IP 10.244.1.2.5 > 10.244.2.2.6081: Geneve, Flags [C], vni 0x7, options [8 bytes]: ARP, Request who-has 10.0.0.2 (52:54:00:aa:01:01 (oui Unknown)) tell 10.0.0.1, length 28
  B 52:54:00:aa:01:03 ethertype IPv6 (0x86dd), length 100: fd00::2 > fd00::1: HBH (padn) [icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is fd00::2
\t  destination link-address option (2), length 8 (1): 52:54:00:aa:01:01
10:00:00.2 10.0.0.2.80 > 10.0.0.1.4000: S 5:5(0) ack 1980110232 win 5792 <mss 1410> (DF) (ttl 63, id 7, len 60)`.split(
  '\n',
);

/** A sequence of numbers below 1 that is the same each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a mangled text', () => {
  it('is read to its end, whatever was done to it', () => {
    const next = random(7);
    const below = (bound: number) => Math.floor(next() * bound);
    const bits = [
      ' > ',
      ': ',
      '(',
      ')',
      '[',
      ']',
      ', ',
      '.',
      ':',
      '-',
      '0',
      '99999999999',
      'IP ',
      '\t',
      '\u0000',
      '\u2028',
      'é',
      '\r',
    ];
    for (let round = 0; round < 3000; round += 1) {
      const lines: string[] = [];
      for (let i = 0; i < 8; i += 1) {
        let line = LINES[below(LINES.length)]!;
        for (let change = below(4); change > 0; change -= 1) {
          const at = below(line.length + 1);
          const to = Math.min(line.length, at + below(6));
          const put =
            next() < 0.5 ? bits[below(bits.length)]! : next() < 0.5 ? LINES[below(LINES.length)]!.slice(below(60)) : '';
          line = line.slice(0, at) + put + line.slice(to);
        }
        lines.push(line);
      }
      const { packets, problems, reader } = readText(lines.join('\n'));
      expect(reader.packets).toBe(packets.length);
      expect(packets.length + problems.length).toBeLessThanOrEqual(8);
      for (const { layers } of packets) {
        for (const { sport = 0, seq = 0, icmpCode = 0, ttl = 0 } of layers) {
          for (const value of [sport, seq, icmpCode, ttl]) expect(value).not.toBeNaN();
        }
      }
    }
  });

  it.each([
    ['parentheses', `12:00:00.1 IP (${'('.repeat(1e6)}`],
    ['arrows', `12:00:00.1 IP ${'a > '.repeat(3e5)}`],
    ['colons', `12:00:00.1 IP6 ${':'.repeat(1e6)} > fd00::1: x`],
    ['addresses', `12:00:00.1 IP ${'10.0.0.1 > 10.0.0.2: '.repeat(1e5)}`],
    ['numbers', `12:00:00.1 IP 10.0.0.1.53 > 10.0.0.2.53: ${'1'.repeat(1e6)}`],
    ['words', `12:00:00.1 IP 10.0.0.1.53 > 10.0.0.2.53: 1 ${'q: A? '.repeat(2e5)}`],
    ['brackets', `12:00:00.1 IP 10.0.0.1.53 > 10.0.0.2.53: 1+ ${'[a] '.repeat(2e5)}`],
    ['extension headers', `12:00:00.1 IP6 fd00::1 > fd00::2: ${'HBH (padn) '.repeat(1e5)}`],
    ['spaces', `12:00:00.1${' '.repeat(1e6)}IP`],
    ['commas', `12:00:00.1 IP 10.0.0.1.1 > 10.0.0.2.2: Flags [S]${', seq '.repeat(2e5)}`],
    ['MACs', `12:00:00.1 ${'52:54:00:aa:01:03 > '.repeat(5e4)}`],
    [
      'tags',
      `12:00:00.1 52:54:00:aa:01:03 > 52:54:00:aa:01:01, ethertype 802.1Q (0x8100), length 58: ${'vlan 5, p 1, '.repeat(1e5)}`,
    ],
  ])('of a line with no end of %s is cut', (_what, line) => {
    const { packets, problems } = readText(Array.from({ length: 20 }, () => line).join('\n'));
    expect(packets.length + problems.length).toBeLessThanOrEqual(20);
  });
});
