import { parseIpv4, parseNetwork } from '../../derive/ipv4.js';
import { protocolName } from '../../parsers/iptables-words.js';
import type { Match } from './match.js';
import { rangeMatch } from './match.js';

/** What an expression is of a packet. */
export type NftValue =
  /** Numbers from and to: an address, a port, a mark. */
  | { from: number; to: number }
  /** Flags, of which those in `known` are known. */
  | { flags: number; known: number }
  /** A device; empty where there is none at the hook. `may`: whether one that is not told may bear a name. */
  | { device: string }
  | { may: (pattern: string) => boolean }
  /** The kernel draws it for each packet or connection. */
  | 'random'
  /** The packet has no such thing, which ends the rule (NFT_BREAK). */
  | 'none'
  | undefined;

/** How the constants of an expression are written. */
export type NftKind =
  | 'address'
  | 'protocol'
  | 'port'
  | 'number'
  | 'device'
  | 'state'
  | 'status'
  | 'tcp-flags'
  | 'icmp-type'
  | 'icmp-code'
  | 'direction'
  | 'packet-type'
  | 'address-type'
  | 'family'
  | 'ether-type'
  | 'other';

/** A constant, or an interval of them; undefined where it is not understood, so that it may be any. */
export type NftConstant = { from: number; to: number } | { device: string; open: boolean } | undefined;

const named = (names: Readonly<Record<string, number>>): ReadonlyMap<string, number> => new Map(Object.entries(names));

/** Numbers of /etc/protocols. */
const PROTOCOLS = named({
  ...{ icmp: 1, igmp: 2, ipencap: 4, ipip: 94, tcp: 6, udp: 17, dccp: 33, ipv6: 41, gre: 47, esp: 50, ah: 51 },
  ...{ 'ipv6-icmp': 58, ospf: 89, vrrp: 112, sctp: 132, udplite: 136, comp: 108 },
});

/** Bits of `enum ip_conntrack_info` as nft shifts them (nft, src/ct.c: ct_state_tbl). */
export const STATES = named({ invalid: 1, established: 2, related: 4, new: 8, untracked: 64 });

/** `enum ip_conntrack_status` (uapi/linux/netfilter/nf_conntrack_common.h). */
export const STATUSES = named({
  ...{ expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 },
});

export const TCP_FLAGS = named({ fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 });

/** `RTN_…` of uapi/linux/rtnetlink.h. */
export const ADDRESS_TYPES = named({
  ...{ unspec: 0, unicast: 1, local: 2, broadcast: 3, anycast: 4, multicast: 5, blackhole: 6, unreachable: 7 },
  prohibit: 8,
});

const NAMES: Readonly<Partial<Record<NftKind, ReadonlyMap<string, number>>>> = {
  // What nft printed before 0.9 and prints with -S; others of /etc/services are not understood.
  port: named({
    ...{ ssh: 22, smtp: 25, domain: 53, bootps: 67, bootpc: 68, http: 80, ntp: 123, https: 443, 'dhcpv6-client': 546 },
    ...{ mdns: 5353, 'http-alt': 8080, kerberos: 88, snmp: 161, bgp: 179, ldap: 389, syslog: 514, vxlan: 4789 },
  }),
  state: STATES,
  status: STATUSES,
  'tcp-flags': TCP_FLAGS,
  'icmp-type': named({
    ...{ 'echo-reply': 0, 'destination-unreachable': 3, 'source-quench': 4, redirect: 5, 'echo-request': 8 },
    ...{ 'router-advertisement': 9, 'router-solicitation': 10, 'time-exceeded': 11, 'parameter-problem': 12 },
    ...{ 'timestamp-request': 13, 'timestamp-reply': 14, 'info-request': 15, 'info-reply': 16 },
    ...{ 'address-mask-request': 17, 'address-mask-reply': 18 },
  }),
  'icmp-code': named({
    ...{ 'net-unreachable': 0, 'host-unreachable': 1, 'prot-unreachable': 2, 'port-unreachable': 3, 'frag-needed': 4 },
    ...{ 'net-prohibited': 9, 'host-prohibited': 10, 'admin-prohibited': 13 },
  }),
  direction: named({ original: 0, reply: 1 }),
  // linux/if_packet.h: PACKET_HOST, …
  'packet-type': named({ host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 }),
  'address-type': ADDRESS_TYPES,
  family: named({ ipv4: 2, ipv6: 10 }),
  'ether-type': named({ ip: 0x0800, arp: 0x0806, vlan: 0x8100, ip6: 0x86dd }),
};

/** The number of a protocol as iptables-save or nft name it. */
export function protocolNumber(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const name = protocolName(text) ?? text;
  return PROTOCOLS.get(name === 'ipip' ? 'ipencap' : name);
}

function numberOf(text: string, kind: NftKind): number | undefined {
  if (/^(?:0x[\da-f]{1,8}|\d{1,10})$/i.test(text)) return Number(text);
  if (kind === 'protocol') return protocolNumber(text);
  return NAMES[kind]?.get(text);
}

/** A constant as nft prints it: `10.0.0.0/8`, `80-90`, `"eth*"`, `established`, `0x00004000`. */
export function nftConstant(text: string, kind: NftKind): NftConstant {
  if (kind === 'device') {
    const name = text.startsWith('"') ? text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined) : text;
    // An index, of a device that is gone or with `nft -n`.
    if (name === '' || (name === text && /^\d+$/.test(name))) return undefined;
    // A star that is meant is written with a backslash before it.
    if (name.endsWith('*') && !name.endsWith('\\*')) return { device: name.slice(0, -1), open: true };
    return { device: name.replace(/\\\*$/, '*'), open: false };
  }
  const dash = text.indexOf('-');
  if (kind === 'address') {
    if (dash > 0) {
      const from = parseIpv4(text.slice(0, dash));
      const to = parseIpv4(text.slice(dash + 1));
      return from === undefined || to === undefined ? undefined : { from, to };
    }
    const network = text === 'default' ? undefined : parseNetwork(text);
    return network === undefined ? undefined : { from: network.start, to: network.end };
  }
  const one = numberOf(text, kind);
  if (one !== undefined) return { from: one, to: one };
  if (text.includes(',') && (kind === 'state' || kind === 'status' || kind === 'tcp-flags')) {
    let all = 0;
    for (const name of text.split(',').slice(0, 16)) {
      const flag = numberOf(name, kind);
      if (flag === undefined) return undefined;
      all |= flag;
    }
    return { from: all, to: all };
  }
  if (dash <= 0) return undefined;
  const from = numberOf(text.slice(0, dash), kind);
  const to = numberOf(text.slice(dash + 1), kind);
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** A constant that is one number. */
export function nftNumber(text: string, kind: NftKind): number | undefined {
  const constant = nftConstant(text, kind);
  return constant !== undefined && 'from' in constant && constant.from === constant.to ? constant.from : undefined;
}

/** Whether a value is the constant; a value that ends the rule is never. */
export function equals(value: NftValue, constant: NftConstant): Match {
  if (value === 'none') return 'no';
  if (value === undefined || value === 'random' || constant === undefined) return 'maybe';
  if ('device' in constant) {
    if ('may' in value) return value.may(constant.open ? `${constant.device}+` : constant.device) ? 'maybe' : 'no';
    if (!('device' in value)) return 'maybe';
    const same = constant.open ? value.device.startsWith(constant.device) : value.device === constant.device;
    return same ? 'yes' : 'no';
  }
  if ('from' in value) return rangeMatch(constant.from, constant.to, value.from, value.to);
  if (!('flags' in value) || constant.from !== constant.to) return 'maybe';
  if (((value.flags ^ constant.from) & value.known) !== 0) return 'no';
  return value.known === -1 ? 'yes' : 'maybe';
}

/** Whether one of the flags is set. */
export function hasAny(value: NftValue, mask: number): Match {
  if (value === 'none') return 'no';
  const flags = flagsOf(value);
  if (flags === undefined) return 'maybe';
  if ((flags.flags & flags.known & mask) !== 0) return 'yes';
  return (mask & ~flags.known) === 0 ? 'no' : 'maybe';
}

/** A value as flags; a number that is exactly known has all of them known. */
export function flagsOf(value: NftValue): { flags: number; known: number } | undefined {
  if (typeof value !== 'object') return undefined;
  if ('flags' in value) return value;
  return 'from' in value && value.from === value.to ? { flags: value.from | 0, known: -1 } : undefined;
}
