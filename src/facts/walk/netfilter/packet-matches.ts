import { networkCovers, networksOverlap, parseIpv4, parseNetwork } from '../../derive/ipv4.js';
import { protocolName } from '../../parsers/iptables-words.js';
import type { Packet, PortRange } from '../packet.js';
import type { AddressType } from './base-chain.js';
import {
  ALWAYS,
  anyRangeMatch,
  MAYBE,
  type Match,
  type Matcher,
  maskedBits,
  NEVER,
  type Place,
  rangeMatch,
  singleAddress,
  told,
} from './match.js';

/** Conditions on what a packet itself is: protocol, devices, addresses, ports, flags, marks, size. */

const WITH_PORTS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite']);

export function protocolMatch(text: string): Matcher {
  const wanted = protocolName(text);
  if (wanted === undefined) return ALWAYS;
  const name = wanted === 'ipip' || wanted === 'ipv4' ? 'ipencap' : wanted;
  return (packet) => told(name === packet.proto || (packet.proto === 'ipip' && name === 'ipencap'));
}

/** `eth0`, `cali+`. Which devices there are at a hook is the kernel's: no `-o` matches in INPUT, no `-i` in OUTPUT. */
export function deviceMatch(side: 'in' | 'out', text: string): Matcher {
  if (text === '*' || text === '+' || text === 'any') return ALWAYS;
  const start = text.endsWith('+') ? text.slice(0, -1) : undefined;
  return (packet, place) => {
    if (!hasDevice(side, place)) return 'no';
    const device = packet[side];
    if (device === undefined) return place.environment.kind?.mayUse?.(text) === false ? 'no' : 'maybe';
    return told(start === undefined ? device === text : device.startsWith(start));
  };
}

function hasDevice(side: 'in' | 'out', { hook }: Place): boolean {
  return side === 'in' ? hook !== 'output' : hook !== 'prerouting' && hook !== 'input';
}

export function networkMatch(side: 'src' | 'dst', text: string): Matcher {
  const wanted = parseNetwork(text);
  if (wanted === undefined) return MAYBE;
  if (wanted.prefix === 0) return ALWAYS;
  return (packet, place) => {
    const network = packet[side];
    if (network === undefined) return place.environment.kind?.mayBeIn?.(wanted) === false ? 'no' : 'maybe';
    if (networkCovers(wanted, network)) return 'yes';
    return networksOverlap(wanted, network) ? 'maybe' : 'no';
  };
}

/** `-m iprange --src-range 10.0.0.1-10.0.0.9`; a single address is a range as well. */
export function addressRangeMatch(side: 'src' | 'dst', text: string): Matcher {
  const [first, second] = text.split('-') as [string, string?];
  const from = parseIpv4(first);
  const to = second === undefined ? from : parseIpv4(second);
  if (from === undefined || to === undefined) return MAYBE;
  return (packet) => {
    const network = packet[side];
    return network === undefined ? 'maybe' : rangeMatch(from, to, network.start, network.end);
  };
}

/** `80`, `1024:`, `80,443,8000:8080`; undefined where a part is no number. */
function portRanges(text: string): PortRange[] | undefined {
  const ranges: PortRange[] = [];
  for (const part of text.split(',')) {
    const [low, high, ...more] = part.split(':') as [string, string?];
    if (more.length > 0 || !/^\d{0,5}$/.test(low) || !/^\d{0,5}$/.test(high ?? '')) return undefined;
    if (part === '') return undefined;
    const from = low === '' ? 0 : Number(low);
    ranges.push([from, high === undefined ? from : high === '' ? 65535 : Number(high)]);
  }
  return ranges;
}

export function portMatch(side: 'sport' | 'dport', text: string): Matcher {
  const ranges = portRanges(text);
  if (ranges === undefined) return MAYBE;
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) {
    const [from, to] = only;
    return (packet) => {
      const port = packet[side];
      return port === undefined ? withoutPort(packet) : rangeMatch(from, to, port[0], port[1]);
    };
  }
  return (packet) => {
    const port = packet[side];
    return port === undefined ? withoutPort(packet) : anyRangeMatch(ranges, port[0], port[1]);
  };
}

/** `-m multiport --ports`: either port. */
export function eitherPortMatch(text: string): Matcher {
  const source = portMatch('sport', text);
  const destination = portMatch('dport', text);
  return (packet, place) => {
    const first = source(packet, place);
    if (first === 'yes') return 'yes';
    const second = destination(packet, place);
    return second === 'no' ? first : second;
  };
}

function withoutPort(packet: Packet): Match {
  return WITH_PORTS.has(packet.proto) ? 'maybe' : 'no';
}

const ICMP_TYPES: Readonly<Record<string, number>> = {
  'echo-reply': 0,
  pong: 0,
  'destination-unreachable': 3,
  'source-quench': 4,
  redirect: 5,
  'echo-request': 8,
  ping: 8,
  'time-exceeded': 11,
  'ttl-exceeded': 11,
  'parameter-problem': 12,
  'timestamp-request': 13,
  'timestamp-reply': 14,
};
/** The kinds of destination-unreachable and others that iptables names; their type is what can be told. */
const ICMP_CODES: Readonly<Record<string, number>> = {
  'network-unreachable': 3,
  'host-unreachable': 3,
  'protocol-unreachable': 3,
  'port-unreachable': 3,
  'fragmentation-needed': 3,
  'ttl-zero-during-transit': 11,
  'ttl-zero-during-reassembly': 11,
};

/** `8`, `3/4`, `echo-request`, `any`. The packet's code is known only of the types that have but one. */
export function icmpMatch(text: string): Matcher {
  if (text === 'any' || text === '255') return (packet) => told(packet.proto === 'icmp');
  const named = ICMP_TYPES[text];
  const coded = ICMP_CODES[text];
  const numbers = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text);
  const type = named ?? coded ?? (numbers === null ? undefined : Number(numbers[1]));
  if (type === undefined) return (packet) => (packet.proto === 'icmp' ? 'maybe' : 'no');
  const code = numbers?.[2] === undefined ? undefined : Number(numbers[2]);
  return (packet) => {
    if (packet.proto !== 'icmp') return 'no';
    if (packet.icmpType === undefined) return 'maybe';
    if (packet.icmpType !== type) return 'no';
    if (coded !== undefined) return 'maybe';
    if (code === undefined) return 'yes';
    return type === 0 || type === 8 ? told(code === 0) : 'maybe';
  };
}

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const FLAGS_OF: Readonly<Record<'syn' | 'syn-ack' | 'ack', readonly string[]>> = {
  syn: ['SYN'],
  'syn-ack': ['SYN', 'ACK'],
  ack: ['ACK'],
};

function flagSet(text: string): Set<string> | undefined {
  if (text === 'ALL') return new Set(FLAGS);
  if (text === 'NONE') return new Set();
  const hex = /^0x([0-9a-f]{2})$/i.exec(text);
  // Bits of the header, FIN the lowest.
  if (hex !== null) return new Set(FLAGS.filter((_, bit) => (Number(`0x${hex[1]!}`) >> bit) & 1));
  const flags = text.split(',');
  return flags.every((flag) => FLAGS.includes(flag)) ? new Set(flags) : undefined;
}

/** `--tcp-flags FIN,SYN,RST,ACK SYN`: of the first flags exactly the second are set. A packet with data may bear PSH. */
export function tcpFlagsMatch(maskText: string, setText: string): Matcher {
  const mask = flagSet(maskText);
  const set = flagSet(setText);
  if (mask === undefined || set === undefined) return (packet) => (packet.proto === 'tcp' ? 'maybe' : 'no');
  return (packet) => {
    if (packet.proto !== 'tcp') return 'no';
    if (packet.tcp === undefined) return 'maybe';
    const flags = FLAGS_OF[packet.tcp];
    let result: Match = 'yes';
    for (const flag of FLAGS) {
      if (!mask.has(flag)) {
        if (set.has(flag)) return 'no';
      } else if (flag === 'PSH' && packet.tcp === 'ack') result = 'maybe';
      else if (set.has(flag) !== flags.includes(flag)) return 'no';
    }
    return result;
  };
}

export function markMatch(of: 'mark' | 'connmark', text: string): Matcher {
  const wanted = maskedBits(text);
  if (wanted === undefined) return MAYBE;
  const [value, mask] = wanted;
  return (packet) => {
    // Without a connection there is no mark to match, not even 0 (net/netfilter/xt_connmark.c).
    if (of === 'connmark' && (packet.state === 'UNTRACKED' || packet.state === 'INVALID')) return 'no';
    const mark = packet[of];
    return mark === undefined ? 'maybe' : told((mark & mask) >>> 0 === value);
  };
}

/** `LOCAL`, `LOCAL,BROADCAST`. `onDevice`: only addresses of the packet's device count as local. */
export function addressTypeMatch(side: 'src' | 'dst', text: string, onDevice: boolean): Matcher {
  const types = new Set(text.toUpperCase().split(','));
  return (packet, place) => {
    const type = typeOf(side, packet, place);
    if (type === undefined) return 'maybe';
    if (onDevice && type === 'LOCAL') return 'maybe';
    return told(types.has(type));
  };
}

export function typeOf(side: 'src' | 'dst', packet: Packet, { environment }: Place): AddressType | undefined {
  const kind = side === 'src' ? environment.kind?.srcType : environment.kind?.dstType;
  if (kind !== undefined) return kind;
  const address = singleAddress(packet[side]);
  return address === undefined ? undefined : environment.addressType(address);
}

/** `-m length --length 0:500`. */
export function lengthMatch(text: string): Matcher {
  const [low = '', high] = text.split(':');
  const from = low === '' ? 0 : Number(low);
  const to = high === undefined ? from : high === '' ? 65535 : Number(high);
  if (!Number.isInteger(from) || !Number.isInteger(to)) return MAYBE;
  return ({ size }) => (size === undefined ? 'maybe' : told(size >= from && size <= to));
}

/** `-m pkttype --pkt-type unicast`. */
export function packetTypeMatch(text: string): Matcher {
  return (packet, place) => {
    const type = typeOf('dst', packet, place);
    if (type === undefined) return 'maybe';
    return told(type === 'BROADCAST' || type === 'MULTICAST' ? type.toLowerCase() === text : text === 'unicast');
  };
}

export function physicalDeviceMatch(side: 'physIn' | 'physOut', text: string): Matcher {
  const start = text.endsWith('+') ? text.slice(0, -1) : undefined;
  return (packet) => {
    const device = packet[side];
    if (device === undefined) return packet.bridged === false ? 'no' : 'maybe';
    return told(start === undefined ? device === text : device.startsWith(start));
  };
}

export function isBridgedMatch(): Matcher {
  return ({ bridged }) => told(bridged);
}

export function hasPhysicalDeviceMatch(side: 'physIn' | 'physOut'): Matcher {
  return (packet) => (packet[side] === undefined ? (packet.bridged === false ? 'no' : 'maybe') : 'yes');
}

/** `-m owner`: what is forwarded has no socket; whose a local packet's is cannot be told. */
export function ownerMatch(): Matcher {
  return (packet, { hook }) => {
    if (hook === 'output') return 'maybe';
    return hook === 'postrouting' && packet.in === undefined ? 'maybe' : 'no';
  };
}

/** `-f`: second and later fragments. Connection tracking puts them together before any rule sees them. */
export const fragmentMatch: Matcher = NEVER;
