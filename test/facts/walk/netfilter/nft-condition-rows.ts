import type { PacketWords } from './nft-packets.js';

/** How a condition stands to packets: each rule drops what it matches. `random`: the kernel draws. */
export type ConditionRow = readonly [
  condition: string,
  packet: PacketWords,
  matches: 'yes' | 'no' | 'maybe' | 'random',
  hook?: string,
];

/** Sets that the conditions name. */
export const SETS = `
	set nets {
		type ipv4_addr
		flags interval
		elements = { 10.244.2.0/24, 192.0.2.1-192.0.2.9, 203.0.113.5 }
	}
	set pairs {
		type ipv4_addr . inet_service
		flags interval
		elements = { 10.244.2.7 . 80, 10.244.3.0/24 . 8000-8999 }
	}
	set many {
		type ipv4_addr
		flags interval
		elements = { ${Array.from({ length: 60 }, (_, i) => `172.16.${i}.0-172.16.${i}.99`).join(', ')}, 172.20.0.1 }
	}
	set nobody {
		type ipv4_addr
	}`;

const UNKNOWN_SRC: PacketWords = { src: undefined };
const UDP: PacketWords = { proto: 'udp' };
const PING: PacketWords = { proto: 'icmp', icmpType: 8, sport: undefined, dport: undefined };

export const ROWS: readonly ConditionRow[] = [
  // Addresses.
  ['ip saddr 10.244.1.9', {}, 'yes'],
  ['ip saddr 10.244.1.8', {}, 'no'],
  ['ip saddr 10.244.0.0/16', {}, 'yes'],
  ['ip saddr != 10.244.0.0/16', {}, 'no'],
  ['ip saddr 10.244.0.0/16', { src: '10.245.0.1' }, 'no'],
  ['ip saddr 10.244.1.0/24', { src: '10.244.0.0/16' }, 'maybe'],
  ['ip saddr != 10.244.1.0/24', { src: '10.244.0.0/16' }, 'maybe'],
  ['ip saddr 10.244.0.0/16', UNKNOWN_SRC, 'maybe'],
  ['ip saddr 0.0.0.0/0', { src: '8.8.8.8' }, 'yes'],
  ['ip daddr 10.244.2.5-10.244.2.9', {}, 'yes'],
  ['ip daddr 10.244.2.8-10.244.2.9', {}, 'no'],
  ['ip daddr { 10.244.2.6, 10.244.2.7 }', {}, 'yes'],
  ['ip daddr { 10.244.2.6, 10.244.2.8 }', {}, 'no'],
  ['ip daddr != { 10.244.2.6, 10.244.2.8 }', {}, 'yes'],
  ['ip daddr { 10.244.2.0/29, 10.9.0.0/16 }', {}, 'yes'],
  ['ip daddr { 10.244.2.0/30, 10.9.0.0/16 }', {}, 'no'],
  ['ip daddr { 10.244.2.6, 10.244.2.7 }', { dst: '10.244.2.0/24' }, 'maybe'],
  ['ip daddr @nets', {}, 'yes'],
  ['ip daddr @nets', { dst: '10.244.3.7' }, 'no'],
  ['ip daddr @nets', { dst: '192.0.2.9' }, 'yes'],
  ['ip daddr @nets', { dst: '192.0.2.10' }, 'no'],
  ['ip daddr @nets', { dst: undefined }, 'maybe'],
  ['ip daddr @many', { dst: '172.16.41.99' }, 'yes'],
  ['ip daddr @many', { dst: '172.16.41.100' }, 'no'],
  ['ip daddr @many', { dst: '172.20.0.1' }, 'yes'],
  ['ip daddr @many', { dst: '172.16.0.0/12' }, 'maybe'],
  ['ip daddr @many', { dst: '172.21.0.0/24' }, 'no'],
  ['ip daddr @nobody', {}, 'no'],
  ['ip daddr != @nobody', {}, 'yes'],
  ['ip daddr @missing', {}, 'maybe'],
  ['ip daddr & 255.255.0.0 == 10.244.0.0', {}, 'yes'],
  ['ip daddr . tcp dport @pairs', {}, 'yes'],
  ['ip daddr . tcp dport @pairs', { dport: 81 }, 'no'],
  ['ip daddr . tcp dport @pairs', { dst: '10.244.3.9', dport: 8999 }, 'yes'],
  ['ip daddr . tcp dport @pairs', { dst: '10.244.3.9', dport: 9000 }, 'no'],
  ['ip daddr . tcp dport @pairs', { dst: '10.244.3.9', dport: undefined }, 'maybe'],
  ['ip daddr . tcp dport @pairs', { dst: '10.244.4.9', dport: undefined }, 'no'],
  ['ip daddr . tcp dport 10.244.2.7 . 80', {}, 'yes'],
  ['ip6 saddr ::1', {}, 'no'],
  ['ip6 saddr != ::1', {}, 'no'],
  // Protocols and ports.
  ['ip protocol tcp', {}, 'yes'],
  ['ip protocol udp', {}, 'no'],
  ['meta l4proto { tcp, udp }', {}, 'yes'],
  ['meta l4proto { icmp, udp }', {}, 'no'],
  ['meta l4proto != tcp', UDP, 'yes'],
  ['meta l4proto 6', {}, 'yes'],
  ['ip protocol gre', { proto: 'gre' }, 'yes'],
  ['ip protocol ipencap', { proto: 'ipencap' }, 'yes'],
  ['ip protocol tcp', { proto: 'mystery' }, 'maybe'],
  ['meta nfproto ipv4', {}, 'yes'],
  ['meta nfproto ipv6', {}, 'no'],
  ['tcp dport 80', {}, 'yes'],
  ['tcp dport 80', { dport: 81 }, 'no'],
  ['tcp dport http', {}, 'yes'],
  ['tcp dport 80', UDP, 'no'],
  ['tcp dport != 81', {}, 'yes'],
  ['tcp dport != 81', UDP, 'no'],
  ['tcp dport 80', { dport: undefined }, 'maybe'],
  ['tcp dport 80', { dport: [80, 90] }, 'maybe'],
  ['tcp dport 80-90', { dport: [80, 90] }, 'yes'],
  ['tcp dport { 22, 80-90 }', { dport: 90 }, 'yes'],
  ['tcp dport { 22, 80-90 }', { dport: 91 }, 'no'],
  ['udp dport 53', { ...UDP, dport: 53 }, 'yes'],
  ['th dport 53', { ...UDP, dport: 53 }, 'yes'],
  ['th dport 53', PING, 'maybe'],
  ['tcp sport >= 1024', {}, 'yes'],
  ['tcp sport < 1024', {}, 'no'],
  ['tcp sport > 100', { sport: [50, 150] }, 'maybe'],
  ['meta l4proto { tcp, udp } th dport 53', { ...UDP, dport: 53 }, 'yes'],
  ['meta l4proto . th dport { tcp . 80, udp . 53 }', {}, 'yes'],
  ['meta l4proto . th dport { tcp . 53, udp . 80 }', {}, 'no'],
  ['icmp type echo-request', PING, 'yes'],
  ['icmp type { echo-reply, time-exceeded }', PING, 'no'],
  ['icmp type echo-request', {}, 'no'],
  ['icmp type destination-unreachable icmp code frag-needed', { ...PING, icmpType: 3 }, 'maybe'],
  ['icmpv6 type nd-neighbor-solicit', PING, 'no'],
  // TCP flags.
  ['tcp flags syn / fin,syn,rst,ack', {}, 'yes'],
  ['tcp flags syn / fin,syn,rst,ack', { tcp: 'syn-ack' }, 'no'],
  ['tcp flags & (fin | syn | rst | ack) == syn', {}, 'yes'],
  ['tcp flags & (fin|syn|rst|ack) != syn', {}, 'no'],
  ['tcp flags & (fin|syn|rst|ack) != syn', { tcp: 'ack' }, 'yes'],
  ['tcp flags syn', { tcp: 'syn-ack' }, 'yes'],
  ['tcp flags syn', { tcp: 'ack' }, 'no'],
  ['tcp flags fin', { tcp: 'ack' }, 'maybe'],
  ['tcp flags ! syn,rst', { tcp: 'ack' }, 'yes'],
  ['tcp flags ! syn,rst', {}, 'no'],
  ['tcp flags & (syn | rst) == 0x0', {}, 'no'],
  ['tcp flags syn', UDP, 'no'],
  // Devices.
  ['iifname "cni0"', {}, 'yes'],
  ['iifname "cni"', {}, 'no'],
  ['iifname "cni*"', {}, 'yes'],
  ['iifname "veth*"', {}, 'no'],
  ['iifname != "docker0"', {}, 'yes'],
  ['iif "cni0"', {}, 'yes'],
  ['iif 7', {}, 'maybe'],
  ['oifname { "eth*", "lo" }', {}, 'yes'],
  ['oifname { "ens*", "lo" }', {}, 'no'],
  ['iifname . oifname { "cni0" . "eth0" }', {}, 'yes'],
  ['iifname . oifname { "cni0" . "eth1" }', {}, 'no'],
  ['iifname "cni0"', { in: undefined }, 'maybe'],
  ['oifname "eth0"', { out: undefined }, 'no', 'input'],
  ['oifname != "eth0"', { out: undefined }, 'yes', 'input'],
  ['iifname "lo"', { in: undefined }, 'no', 'output'],
  // Conntrack.
  ['ct state new', {}, 'yes'],
  ['ct state established,related', {}, 'no'],
  ['ct state established,related', { state: 'RELATED' }, 'yes'],
  ['ct state { established, related }', { state: 'ESTABLISHED' }, 'yes'],
  ['ct state != new', { state: 'INVALID' }, 'yes'],
  ['ct state ! invalid', {}, 'yes'],
  ['ct state invalid', { state: 'INVALID' }, 'yes'],
  ['ct state untracked', { state: 'UNTRACKED' }, 'yes'],
  ['ct status dnat', { translated: { dst: true, src: false } }, 'yes'],
  ['ct status dnat', {}, 'no'],
  ['ct status snat', { translated: { dst: true, src: false } }, 'no'],
  ['ct status & dnat == dnat', { translated: { dst: true, src: false } }, 'yes'],
  ['ct status assured', {}, 'maybe'],
  ['ct status dnat', { state: 'UNTRACKED' }, 'no'],
  ['ct direction original', {}, 'yes'],
  ['ct direction reply', {}, 'no'],
  ['ct direction reply', { state: 'ESTABLISHED' }, 'maybe'],
  ['ct mark 0x10', { connmark: 16 }, 'yes'],
  ['ct mark & 0x0000000f == 0x00000001', { connmark: 0x21 }, 'yes'],
  ['ct original ip daddr 10.244.2.7', {}, 'yes'],
  ['ct original ip daddr 10.244.2.7', { translated: { dst: true, src: false } }, 'maybe'],
  // Marks.
  ['meta mark & 0x00004000 == 0x00004000', { mark: 0x4001 }, 'yes'],
  ['meta mark & 0x00004000 != 0x00004000', { mark: 0x4001 }, 'no'],
  ['mark and 0x4000 == 0x4000', { mark: 0x8000 }, 'no'],
  ['meta mark 0x00000001-0x00000008', { mark: 8 }, 'yes'],
  ['meta mark & 0x000000ff == { 0x00000001, 0x00000002 }', { mark: 0x702 }, 'yes'],
  ['meta mark 0x1', { mark: undefined }, 'maybe'],
  ['meta mark & 0x80000000 == 0x80000000', { mark: 0x80000000 }, 'yes'],
  // What the namespace tells.
  ['fib daddr type local', { dst: '192.168.1.11' }, 'yes'],
  ['fib daddr type local', {}, 'no'],
  ['fib daddr type local', { dst: '10.0.0.0/8' }, 'maybe'],
  ['fib daddr type { local, broadcast }', { dst: '192.168.1.255' }, 'yes'],
  ['fib saddr type local', { src: '127.0.0.1' }, 'yes'],
  ['fib daddr . iif type local', { dst: '192.168.1.11' }, 'maybe'],
  ['fib daddr . iif type local', {}, 'no'],
  ['fib saddr . mark . iif oif missing', {}, 'maybe'],
  ['fib saddr . iif oif 0', {}, 'maybe'],
  ['meta pkttype broadcast', { dst: '255.255.255.255' }, 'yes'],
  ['meta pkttype { broadcast, multicast }', { dst: '224.0.0.18' }, 'yes'],
  ['meta pkttype multicast', {}, 'no'],
  ['meta skuid 0', {}, 'no'],
  ['meta skuid 0', {}, 'maybe', 'output'],
  // Size and fragments.
  ['meta length > 1400', { size: 1500 }, 'yes'],
  ['ip length 0-100', { size: 1500 }, 'no'],
  ['meta length > 1400', { size: undefined }, 'maybe'],
  ['ip frag-off & 8191 != 0', {}, 'no'],
  // Rates, draws and what is not known.
  ['limit rate 10/second burst 5 packets', {}, 'maybe'],
  ['limit rate over 1 mbytes/second', {}, 'maybe'],
  ['limit name "l1"', {}, 'maybe'],
  ['quota over 10 mbytes used 0 bytes', {}, 'maybe'],
  ['ct count over 5', {}, 'maybe'],
  ['numgen random mod 100 < 50', {}, 'random'],
  ['meta random & 2147483647 < 1073741824', {}, 'random'],
  ['tcp dport 81 numgen random mod 100 < 50', {}, 'no'],
  ['ip ttl 64', {}, 'maybe'],
  ['xt match "comment"', {}, 'yes'],
  ['xt match "physdev"', {}, 'maybe'],
  ['frobnicate the packet', {}, 'maybe'],
  ['tcp dport 81 frobnicate the packet', {}, 'no'],
  ['frobnicate { a, b } tcp dport 80', {}, 'maybe'],
  ['@nh,96,8 0x1', {}, 'maybe'],
  ['counter packets 3 bytes 180 log prefix "a { b } drop: " level info flags tcp sequence,options', {}, 'yes'],
  ['counter name "c1" tcp dport 80', {}, 'yes'],
  ['update @nobody { ip saddr timeout 10s }', {}, 'yes'],
  ['add @nobody { ip saddr limit rate 10/second }', {}, 'maybe'],
];
