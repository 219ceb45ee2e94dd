import type { Ipv4Network } from '../derive/ipv4.js';

/** Numbers from and to, both inclusive. */
export type PortRange = readonly [number, number];

/** What conntrack calls the packet. */
export type ConntrackState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED';

/**
 * An IPv4 packet, or a kind of packets: an address may be a network and a port a range. A property that is undefined is not
 * known, so that what matches on it may or may not match.
 */
export interface Packet {
  /** As iptables-save names it: `tcp`, `udp`, `icmp`, `sctp`, `ipencap`, `gre`, … */
  proto: string;
  src?: Ipv4Network | undefined;
  dst?: Ipv4Network | undefined;
  /** Absent for a protocol without ports. */
  sport?: PortRange | undefined;
  dport?: PortRange | undefined;
  /** Of an ICMP packet: 8 is an echo request, 0 its reply. */
  icmpType?: number | undefined;
  /** Of a TCP packet. A new connection's first packet is `syn`. */
  tcp?: 'syn' | 'syn-ack' | 'ack' | undefined;
  state: ConntrackState;
  /** Whether conntrack has the connection as translated: `ctstate DNAT`, `ct status snat`. */
  translated: { dst: boolean; src: boolean };
  mark: number | undefined;
  connmark: number | undefined;
  /** Devices as the hook sees them; with bridge-nf-call-iptables `in` is the bridge and `physIn` its port. */
  in?: string | undefined;
  out?: string | undefined;
  physIn?: string | undefined;
  physOut?: string | undefined;
  /** Whether the packet is being bridged rather than routed (`physdev --physdev-is-bridged`). */
  bridged?: boolean | undefined;
  /** Bytes at IP level, headers included. */
  size?: number | undefined;
}
