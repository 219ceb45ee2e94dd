import type { Packet, PortRange } from '../packet.js';
import type { Place } from './match.js';
import { bits, singleAddress } from './match.js';
import { isOperator, operandOf, operated } from './nft-operators.js';
import type { NftKind, NftValue } from './nft-value.js';
import { ADDRESS_TYPES, protocolNumber, STATES, STATUSES } from './nft-value.js';
import type { NftWords } from './nft-words.js';

/** An expression of a rule that has a value for each packet: `ip saddr`, `meta mark & 0xff`, `numgen random mod 2`. */
export interface NftField {
  kind: NftKind;
  read(packet: Packet, place: Place): NftValue;
  /** Of `numgen random mod 3`: the values that may come. */
  drawn?: { from: number; to: number };
}

const UNKNOWN: NftField = { kind: 'other', read: () => undefined };
/** Of what no IPv4 packet has. */
const NONE: NftField = { kind: 'other', read: () => 'none' };

const field = (kind: NftKind, read: NftField['read']): NftField => ({ kind, read });
const exactly = (value: number | undefined): NftValue => (value === undefined ? undefined : { from: value, to: value });

const PORT_PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite']);

/** States in which a packet belongs to no entry of conntrack: what asks for its properties ends the rule. */
const isTracked = (packet: Packet): boolean => packet.state !== 'INVALID' && packet.state !== 'UNTRACKED';

function address(side: 'src' | 'dst'): NftField {
  return field('address', (packet) => {
    const network = packet[side];
    return network === undefined ? undefined : { from: network.start, to: network.end };
  });
}

function port(protocol: string, side: 'sport' | 'dport'): NftField {
  return field('port', (packet) => {
    if (protocol !== 'th' && packet.proto !== protocol) return 'none';
    // Other protocols have at these places what they like.
    const range: PortRange | undefined = PORT_PROTOCOLS.has(packet.proto) ? packet[side] : undefined;
    return range === undefined ? undefined : { from: range[0], to: range[1] };
  });
}

/** A hook without such a device has an empty name there (net/netfilter/nft_meta.c). */
function device(side: 'in' | 'out'): NftField {
  return field('device', (packet, { hook, environment }) => {
    if (side === 'in' ? hook === 'output' : hook === 'prerouting' || hook === 'input') return { device: '' };
    const name = packet[side];
    if (name !== undefined) return { device: name };
    return { may: (pattern) => environment.kind?.mayUse?.(pattern) ?? true };
  });
}

const PROTOCOL = field('protocol', (packet) => exactly(protocolNumber(packet.proto)));
const SIZE = field('number', (packet) => exactly(packet.size));
const FAMILY = field('family', () => exactly(2));
const ETHER_TYPE = field('ether-type', () => exactly(0x0800));
const MARK = field('number', (packet) => exactly(packet.mark));
const PACKET_TYPE = field('packet-type', (packet, { environment }) => {
  const to = singleAddress(packet.dst);
  if (to === undefined) return undefined;
  const type = to === 0xffffffff ? 'BROADCAST' : to >>> 28 === 14 ? 'MULTICAST' : environment.addressType(to);
  return type === undefined ? undefined : exactly(type === 'BROADCAST' ? 1 : type === 'MULTICAST' ? 2 : 0);
});
/** A packet that comes from a device belongs to no local socket yet. */
const SOCKET_OWNER = field('number', (_packet, { hook }) =>
  hook === 'forward' || hook === 'prerouting' ? 'none' : undefined,
);

const META: ReadonlyMap<string, NftField> = new Map([
  ['l4proto', PROTOCOL],
  ['nfproto', FAMILY],
  ['protocol', ETHER_TYPE],
  ['mark', MARK],
  ['length', SIZE],
  ['iifname', device('in')],
  ['iif', device('in')],
  ['oifname', device('out')],
  ['oif', device('out')],
  ['pkttype', PACKET_TYPE],
  ['skuid', SOCKET_OWNER],
  ['skgid', SOCKET_OWNER],
  ['random', { kind: 'number', read: () => 'random' } satisfies NftField],
]);

const CT: ReadonlyMap<string, NftField> = new Map([
  ['state', field('state', (packet) => exactly(STATES.get(packet.state.toLowerCase())))],
  ['mark', field('number', (packet) => (isTracked(packet) ? exactly(packet.connmark) : 'none'))],
  [
    'status',
    field('status', (packet) => {
      if (!isTracked(packet)) return 'none';
      const dnat = STATUSES.get('dnat')!;
      const snat = STATUSES.get('snat')!;
      const { translated } = packet;
      return { flags: (translated.dst ? dnat : 0) | (translated.src ? snat : 0), known: dnat | snat };
    }),
  ],
  [
    'direction',
    field('direction', (packet) => (!isTracked(packet) ? 'none' : packet.state === 'NEW' ? exactly(0) : undefined)),
  ],
]);

/** `ct original ip daddr`: the packet's own, as long as nothing was translated and it is the connection's first. */
function ofOriginal(words: NftWords): NftField {
  const [first, second] = [words.next(), words.peek()];
  let own: NftField | undefined;
  if (first === 'ip' || first === 'saddr' || first === 'daddr') {
    const which = first === 'ip' ? words.next() : first;
    own = which === 'saddr' ? address('src') : which === 'daddr' ? address('dst') : undefined;
  } else if (first === 'proto-src') own = port('th', 'sport');
  else if (first === 'proto-dst') own = port('th', 'dport');
  else if (first === 'protocol' || first === 'l4proto') own = PROTOCOL;
  else if (first === 'ip6') {
    if (second !== undefined) words.next();
    return NONE;
  }
  if (own === undefined) return UNKNOWN;
  const { kind, read } = own;
  return field(kind, (packet, place) => {
    if (!isTracked(packet)) return 'none';
    return packet.state === 'NEW' && !packet.translated.dst && !packet.translated.src ? read(packet, place) : undefined;
  });
}

function ct(words: NftWords): NftField {
  const key = words.next() ?? '';
  if (key === 'original') return ofOriginal(words);
  if (key === 'reply') {
    words.next();
    if (/^[sd]addr$/.test(words.peek() ?? '')) words.next();
    return UNKNOWN;
  }
  return CT.get(key) ?? UNKNOWN;
}

/** Bits of the TCP flags; a packet that is no handshake's may bear FIN or PSH. */
const TCP_FLAG_BITS = { syn: [2, 0xff], 'syn-ack': [18, 0xff], ack: [16, 0x16] } as const;

function tcpFlags(packet: Packet): NftValue {
  if (packet.proto !== 'tcp') return 'none';
  if (packet.tcp === undefined) return undefined;
  const [flags, known] = TCP_FLAG_BITS[packet.tcp];
  // ECN's bits of a handshake depend on the hosts; bits above the eight are none.
  return { flags, known: known === 0xff ? ~0xc0 : known | ~0xff };
}

function icmp(key: string): NftField {
  if (key === 'type')
    return field('icmp-type', (packet) => (packet.proto !== 'icmp' ? 'none' : exactly(packet.icmpType)));
  if (key !== 'code') return field('number', (packet) => (packet.proto === 'icmp' ? undefined : 'none'));
  return field('icmp-code', (packet) => {
    if (packet.proto !== 'icmp') return 'none';
    return packet.icmpType === 0 || packet.icmpType === 8 ? exactly(0) : undefined;
  });
}

function ip(key: string): NftField | undefined {
  if (key === 'saddr') return address('src');
  if (key === 'daddr') return address('dst');
  if (key === 'protocol') return PROTOCOL;
  if (key === 'length') return SIZE;
  if (key === 'version') return field('number', () => exactly(4));
  // Conntrack puts fragments together, so that no later hook sees one.
  if (key === 'frag-off')
    return field('number', (packet) => (packet.state === 'UNTRACKED' ? undefined : { flags: 0, known: ~0x4000 }));
  if (/^(?:ttl|dscp|ecn|id|checksum|hdrlength)$/.test(key)) return field('number', () => undefined);
  return undefined;
}

/** `fib daddr type`, `fib daddr . iif type`, `fib saddr . mark . iif oif`. */
function fib(words: NftWords): NftField | undefined {
  const asked: string[] = [];
  for (
    let word = words.peek();
    word !== undefined && /^(?:[sd]addr|mark|iif|oif|\.)$/.test(word);
    word = words.peek()
  ) {
    // `oif` ends the list where no dot goes before it.
    if (word === 'oif' && asked.length > 0 && asked.at(-1) !== '.') break;
    asked.push(word);
    words.next();
  }
  const result = words.next();
  if (result === undefined) return undefined;
  if (result !== 'type') return UNKNOWN;
  const side = asked.includes('daddr') ? 'dst' : 'src';
  const limited = asked.includes('iif') || asked.includes('oif');
  return field('address-type', (packet, { environment }) => {
    const one = singleAddress(packet[side]);
    const kind = side === 'dst' ? environment.kind?.dstType : environment.kind?.srcType;
    const type = kind ?? (one === undefined ? undefined : environment.addressType(one));
    // Limited to a device, an address of another one is not local.
    if (type === undefined || (limited && (type === 'LOCAL' || type === 'BROADCAST'))) return undefined;
    return exactly(ADDRESS_TYPES.get(type.toLowerCase()));
  });
}

/** `random mod 3 offset 1`, `ip saddr . tcp sport mod 4 seed 0x1`: up to the words that end it. */
function drawn(words: NftWords): NftField {
  let count: number | undefined;
  let offset = 0;
  for (let word = words.peek(); word !== undefined; word = words.peek()) {
    if (word === 'mod') {
      words.next();
      count = bits(words.next());
      continue;
    }
    if (word === 'offset' || word === 'seed') {
      words.next();
      const value = bits(words.next());
      if (word === 'offset') offset = value ?? 0;
      continue;
    }
    if (count !== undefined) break;
    words.next();
  }
  const result: NftField = { kind: 'number', read: () => 'random' };
  if (count !== undefined && count > 0) result.drawn = { from: offset, to: offset + count - 1 };
  return result;
}

const WITHOUT_META: ReadonlySet<string> = new Set([
  ...['mark', 'iif', 'iifname', 'oif', 'oifname', 'skuid', 'skgid', 'pkttype', 'iiftype', 'oiftype', 'iifgroup'],
  ...['oifgroup', 'ibrname', 'obrname', 'cgroup', 'rtclassid', 'cpu'],
]);

/** Headers of IPv6, which no packet here has. */
const OF_IPV6: ReadonlySet<string> = new Set(['ip6', 'icmpv6', 'exthdr', 'hbh', 'frag', 'dst', 'mh', 'srh', 'rt6']);
const OTHER_HEADERS: ReadonlySet<string> = new Set(['ether', 'vlan', 'ah', 'esp', 'comp', 'igmp', 'socket', 'rt']);

function plain(words: NftWords): NftField | undefined {
  const first = words.next();
  if (first === undefined) return undefined;
  if (WITHOUT_META.has(first)) return META.get(first) ?? UNKNOWN;
  switch (first) {
    case 'meta':
      return META.get(words.next() ?? '') ?? UNKNOWN;
    case 'ct':
      return ct(words);
    case 'ip':
      return ip(words.next() ?? '');
    case 'icmp':
      return icmp(words.next() ?? '');
    case 'fib':
      return fib(words);
    case 'numgen':
    case 'jhash':
    case 'symhash':
      return drawn(words);
    case 'tcp':
    case 'udp':
    case 'sctp':
    case 'dccp':
    case 'udplite':
    case 'th': {
      const key = words.next();
      if (key === 'sport' || key === 'dport') return port(first, key);
      if (first === 'tcp' && key === 'flags') return field('tcp-flags', tcpFlags);
      if (key === 'option') return undefined;
      return first === 'th' ? UNKNOWN : field('other', (packet) => (packet.proto === first ? undefined : 'none'));
    }
    default:
  }
  const key = words.next();
  if (OF_IPV6.has(first)) return NONE;
  if (first === 'ether' && key === 'type') return ETHER_TYPE;
  return OTHER_HEADERS.has(first) ? UNKNOWN : undefined;
}

/**
 * One expression with what is done to it. Undefined where its first words are none that are known; an operand that is not
 * understood makes its value unknown.
 *
 * @param constant reads a constant of the expression's kind.
 */
export function nftField(
  words: NftWords,
  constant: (text: string, kind: NftKind) => number | undefined,
): NftField | undefined {
  let result = plain(words);
  while (result !== undefined && isOperator(words.peek())) {
    const name = words.next()!;
    const { kind, read } = result;
    const operand = operandOf(words, (word) => constant(word, kind));
    result = field(kind, (packet, place) => {
      const value = read(packet, place);
      if (operand !== undefined) return operated(value, name, operand);
      return value === 'none' || value === 'random' ? value : undefined;
    });
  }
  return result;
}
