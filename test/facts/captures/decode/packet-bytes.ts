/**
 * Packets made byte by byte for tests. Checksums are right unless told otherwise, made here the plain way, so that they
 * check the decoder's.
 */

/** Who a packet is from and to, as text. */
export interface Ends {
  src: string;
  dst: string;
}

export const PODS: Ends = { src: '10.244.1.5', dst: '10.244.2.7' };
export const NODES: Ends = { src: '192.168.0.1', dst: '192.168.0.2' };
export const PODS6: Ends = { src: 'fd00:10:244:1::5', dst: 'fd00:10:244:2::7' };

export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
}

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Numbers of two bytes each. */
export function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >>> 8) & 255, value & 255]));
}

/** Numbers of four bytes each. */
export function longs(...values: readonly number[]): Uint8Array {
  return words(...values.flatMap((value) => [value >>> 16, value & 0xffff]));
}

/** `count` bytes that differ. */
export function filler(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (i * 31 + 7) & 255);
}

export function addressBytes(text: string): Uint8Array {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number));
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  return words(...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after);
}

/** The sum of one's complement, not complemented. */
export function internetSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

export function pseudoHeader(ends: Ends, protocol: number, length: number): Uint8Array {
  return joined(addressBytes(ends.src), addressBytes(ends.dst), longs(length, protocol));
}

/** A copy with the complement of `sum` written at `at`. */
function withChecksum(bytes: Uint8Array, at: number, sum: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(words(~sum & 0xffff), at);
  return copy;
}

/** A segment with the pseudo-header's sum where its checksum belongs at `at`, as Linux leaves it to the NIC. */
export function unfilled(ends: Ends, protocol: number, segment: Uint8Array, at: number): Uint8Array {
  return withChecksum(segment, at, ~internetSum(pseudoHeader(ends, protocol, segment.length)));
}

export const MAC_A = hex('02 42 0a 00 00 01');
export const MAC_B = hex('02 42 0a 00 00 02');

export function ethernet(type: number, payload: Uint8Array): Uint8Array {
  return joined(MAC_B, MAC_A, words(type), payload);
}

export interface Ipv4Fields {
  ttl?: number;
  id?: number;
  /** Of the flags: 2 don't fragment, 1 more fragments. */
  flags?: number;
  /** In bytes. */
  offset?: number;
  /** A multiple of four bytes. */
  options?: Uint8Array;
  /** Total length, where it is not what it should be. */
  length?: number;
  headerLength?: number;
}

export function ipv4(ends: Ends, protocol: number, payload: Uint8Array, fields: Ipv4Fields = {}): Uint8Array {
  const options = fields.options ?? new Uint8Array(0);
  const headerLength = fields.headerLength ?? 20 + options.length;
  const header = joined(
    [0x40 | (headerLength / 4), 0],
    words(fields.length ?? headerLength + payload.length, fields.id ?? 0x1234),
    words(((fields.flags ?? 2) << 13) | ((fields.offset ?? 0) / 8)),
    [fields.ttl ?? 64, protocol, 0, 0],
    addressBytes(ends.src),
    addressBytes(ends.dst),
    options,
  );
  return joined(withChecksum(header, 10, internetSum(header)), payload);
}

export function ipv6(ends: Ends, next: number, payload: Uint8Array, length = payload.length): Uint8Array {
  return joined(longs(0x60000000), words(length), [next, 64], addressBytes(ends.src), addressBytes(ends.dst), payload);
}

export interface TcpFields {
  sport?: number;
  dport?: number;
  seq?: number;
  ack?: number;
  flags?: number;
  window?: number;
  /** A multiple of four bytes. */
  options?: Uint8Array;
  /** Bytes of the header, where it is not what it should be. */
  headerLength?: number;
}

export function tcp(ends: Ends, fields: TcpFields = {}, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const options = fields.options ?? new Uint8Array(0);
  const headerLength = fields.headerLength ?? 20 + options.length;
  const segment = joined(
    words(fields.sport ?? 40000, fields.dport ?? 8080),
    longs(fields.seq ?? 0xfedcba98, fields.ack ?? 0x89abcdef),
    [(headerLength / 4) << 4, fields.flags ?? 0x18],
    words(fields.window ?? 502, 0, 0),
    options,
    payload,
  );
  return withChecksum(segment, 16, internetSum(joined(pseudoHeader(ends, 6, segment.length), segment)));
}

export function udp(ends: Ends, sport: number, dport: number, payload: Uint8Array): Uint8Array {
  const datagram = joined(words(sport, dport, 8 + payload.length, 0), payload);
  return withChecksum(datagram, 6, internetSum(joined(pseudoHeader(ends, 17, datagram.length), datagram)));
}

/** UDP without a checksum, as VXLAN is sent over IPv4. */
export function udpUnsummed(sport: number, dport: number, payload: Uint8Array): Uint8Array {
  return joined(words(sport, dport, 8 + payload.length, 0), payload);
}

/** `rest`: the second half of the header, 4 bytes. */
export function icmp(type: number, code: number, rest: Uint8Array, payload: Uint8Array): Uint8Array {
  const message = joined([type, code, 0, 0], rest, payload);
  return withChecksum(message, 2, internetSum(message));
}

export function icmp6(ends: Ends, type: number, code: number, rest: Uint8Array, payload: Uint8Array): Uint8Array {
  const message = joined([type, code, 0, 0], rest, payload);
  return withChecksum(message, 2, internetSum(joined(pseudoHeader(ends, 58, message.length), message)));
}

export function arp(operation: number, ends: Ends): Uint8Array {
  return joined(
    words(1, 0x0800),
    [6, 4],
    words(operation),
    MAC_A,
    addressBytes(ends.src),
    operation === 1 ? new Uint8Array(6) : MAC_B,
    addressBytes(ends.dst),
  );
}

export function vxlan(vni: number, frame: Uint8Array): Uint8Array {
  return joined(longs(0x08000000, vni << 8), frame);
}

/** `options`: a multiple of four bytes. */
export function geneve(
  vni: number,
  type: number,
  payload: Uint8Array,
  options: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return joined([options.length / 4, 0], words(type), longs(vni << 8), options, payload);
}

export interface GreFields {
  checksum?: boolean;
  key?: number;
  sequence?: number;
  version?: number;
}

export function gre(type: number, payload: Uint8Array, fields: GreFields = {}): Uint8Array {
  const flags =
    (fields.checksum === true ? 0x8000 : 0) |
    (fields.key === undefined ? 0 : 0x2000) |
    (fields.sequence === undefined ? 0 : 0x1000) |
    (fields.version ?? 0);
  const header = joined(
    words(flags, type),
    fields.checksum === true ? longs(0) : [],
    fields.key === undefined ? [] : longs(fields.key),
    fields.sequence === undefined ? [] : longs(fields.sequence),
    payload,
  );
  return fields.checksum === true ? withChecksum(header, 4, internetSum(header)) : header;
}

/** WireGuard's message of a type; `length` is the whole of it. The last 16 bytes are zero, as without a cookie. */
export function wireguard(type: number, length: number): Uint8Array {
  return joined([type, 0, 0, 0], filler(length - 20), new Uint8Array(16));
}

export interface DnsFields {
  id?: number;
  flags?: number;
  answers?: number;
  type?: number;
}

export function dnsName(name: string): Uint8Array {
  return joined(...name.split('.').map((label) => joined([label.length], Buffer.from(label, 'latin1'))), [0]);
}

export function dns(name: string, fields: DnsFields = {}): Uint8Array {
  return joined(
    words(fields.id ?? 0xbeef, fields.flags ?? 0x0100, 1, fields.answers ?? 0, 0, 0),
    dnsName(name),
    words(fields.type ?? 1, 1),
    ...Array.from({ length: fields.answers ?? 0 }, () =>
      joined(words(0xc00c, 1, 1), longs(30), words(4), [10, 96, 0, 10]),
    ),
  );
}

/** A TCP segment's or UDP datagram's frame between pods. */
export function tcpFrame(fields: TcpFields = {}, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  return ethernet(0x0800, ipv4(PODS, 6, tcp(PODS, fields, payload)));
}

/** A frame in VXLAN between nodes, on flannel's port unless told otherwise. */
export function vxlanFrame(inner: Uint8Array, port = 8472, vni = 1): Uint8Array {
  return ethernet(0x0800, ipv4(NODES, 17, udpUnsummed(50000, port, vxlan(vni, inner)), { flags: 0 }));
}
