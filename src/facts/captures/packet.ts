/**
 * The packet model: what decoders of binary captures and readers of tcpdump's text alike make of a packet, and what the
 * analysis reads. One packet is filled again and again (`reset`), so that a capture of any size costs no memory a packet.
 * Who keeps something of it copies it.
 */

/** An address: IPv4 as a signed 32-bit integer, IPv6 as its canonical text, a host name (tcpdump without -n) as it stands. */
export type Ip = number | string;

/** What was found of a checksum. `unfilled`: left to the NIC (offload), which on the sending side is as it should be. */
export type ChecksumState = 'unchecked' | 'good' | 'bad' | 'unfilled';

export type TunnelKind = 'vxlan' | 'geneve' | 'ipip' | 'gre' | 'wireguard';

/**
 * What a layer is. `fragment` is a later fragment of a datagram: it has addresses and a protocol, but no ports. `other` is
 * any protocol that is not read further, or one whose header was not captured.
 */
export type LayerKind = 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'arp' | 'fragment' | 'other';

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_ECE = 0x40;
export const TCP_CWR = 0x80;

/** A DNS message, as far as the judging of a lookup goes. */
export interface DnsMessage {
  id: number;
  response: boolean;
  /** The first question, lower case, without the closing dot; empty where there is none. */
  name: string;
  /** `A`, `AAAA`, `SRV`, …; `TYPE65` where it has no name here; empty where there is no question. */
  type: string;
  /** 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED; of a query 0. */
  rcode: number;
  /** Answer records, by the header's count. */
  answers: number;
  /** The TC bit: the answer did not fit. */
  truncated: boolean;
}

/**
 * One network header (IPv4, IPv6 or ARP) with the transport header behind it. Numbers that a layer does not have, or that
 * were not captured, are -1.
 */
export class Layer {
  kind: LayerKind = 'other';
  /** 4 or 6; of ARP 4. */
  family: 4 | 6 = 4;
  /** Of ARP: the sender's address. */
  src: Ip = 0;
  /** Of ARP: the target's, in a request the address that is asked for. */
  dst: Ip = 0;
  /** Of neighbour solicitations and advertisements: the address that is asked for, or claimed. */
  target: Ip | undefined = undefined;
  /** IANA number of what the IP header carries, after IPv6's extension headers. */
  protocol = -1;
  /** Bytes of the whole IP packet by its header. */
  length = -1;
  ttl = -1;
  /** IPv4 identification, or that of IPv6's fragment header. */
  id = -1;
  dontFragment = false;
  moreFragments = false;
  /** Bytes. */
  fragmentOffset = 0;
  sport = -1;
  dport = -1;
  flags = 0;
  /** Unsigned. */
  seq = -1;
  ack = -1;
  window = -1;
  /** The MSS option of a SYN. */
  mss = -1;
  /** Bytes behind the transport header, by the headers (not by what was captured). */
  payload = -1;
  icmpType = -1;
  icmpCode = -1;
  /** Of echo messages. */
  icmpId = -1;
  icmpSeq = -1;
  /** That fragmentation-needed and packet-too-big name. */
  mtu = -1;
  /** Whether `quoted` holds the packet that an ICMP error is about. */
  hasQuoted = false;
  /** ARP: 1 request, 2 reply. */
  arpOperation = -1;
  /** Who says to have `src` (ARP) or `target` (neighbour advertisements): 48 bits as a number. */
  mac = -1;
  /** What kind of tunnel this layer is the outside of. */
  tunnel: TunnelKind | undefined = undefined;
  /** VXLAN's and Geneve's network identifier, GRE's key. */
  vni = -1;
  /** WireGuard's message: 1 initiation, 2 response, 3 cookie, 4 data. */
  wireguardMessage = -1;
  dns: DnsMessage | undefined = undefined;
  ipChecksum: ChecksumState = 'unchecked';
  transportChecksum: ChecksumState = 'unchecked';
  #quoted: Layer | undefined;

  /** The packet that an ICMP error quotes; meaningful only where `hasQuoted`. */
  get quoted(): Layer {
    this.#quoted ??= new Layer();
    return this.#quoted;
  }

  reset(): void {
    this.kind = 'other';
    this.family = 4;
    this.src = 0;
    this.dst = 0;
    this.target = undefined;
    this.protocol = -1;
    this.length = -1;
    this.ttl = -1;
    this.id = -1;
    this.dontFragment = false;
    this.moreFragments = false;
    this.fragmentOffset = 0;
    this.sport = -1;
    this.dport = -1;
    this.flags = 0;
    this.seq = -1;
    this.ack = -1;
    this.window = -1;
    this.mss = -1;
    this.payload = -1;
    this.icmpType = -1;
    this.icmpCode = -1;
    this.icmpId = -1;
    this.icmpSeq = -1;
    this.mtu = -1;
    this.hasQuoted = false;
    this.arpOperation = -1;
    this.mac = -1;
    this.tunnel = undefined;
    this.vni = -1;
    this.wireguardMessage = -1;
    this.dns = undefined;
    this.ipChecksum = 'unchecked';
    this.transportChecksum = 'unchecked';
  }
}

/** Network headers in one packet: tunnels within tunnels. What lies deeper is not looked at. */
export const MAX_LAYERS = 6;

/** A packet with its layers, outermost first. */
export class Packet {
  /** From 1, in its file. */
  number = 0;
  /** Seconds since the epoch, or of the day where `timeOfDay`; NaN where not told. */
  time = Number.NaN;
  timeOfDay = false;
  /** Bytes on the wire, and bytes that were captured. */
  originalLength = -1;
  capturedLength = -1;
  /** Name of the interface, where the file tells it for each packet (pcapng, `-i any`). */
  iface: string | undefined = undefined;
  direction: 'in' | 'out' | undefined = undefined;
  /** 48 bits as a number; -1 where the link has none or it is not told. */
  srcMac = -1;
  dstMac = -1;
  /** Outermost VLAN id, or -1. */
  vlan = -1;
  /** Layers that are filled. */
  depth = 0;
  readonly layers: readonly Layer[] = Array.from({ length: MAX_LAYERS }, () => new Layer());
  /** What about it is malformed: the layers before that are good. */
  problem: string | undefined = undefined;

  reset(): void {
    this.number = 0;
    this.time = Number.NaN;
    this.timeOfDay = false;
    this.originalLength = -1;
    this.capturedLength = -1;
    this.iface = undefined;
    this.direction = undefined;
    this.srcMac = -1;
    this.dstMac = -1;
    this.vlan = -1;
    this.depth = 0;
    this.problem = undefined;
  }

  /** The next layer, emptied; undefined where the packet nests too deeply. */
  push(): Layer | undefined {
    if (this.depth >= MAX_LAYERS) return undefined;
    const layer = this.layers[this.depth]!;
    layer.reset();
    this.depth += 1;
    return layer;
  }
}

/** An address as text: dotted for IPv4, else as it stands. */
export function ipText(ip: Ip): string {
  if (typeof ip === 'string') return ip;
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
}

/** A MAC address as text, `02:42:ac:11:00:02`. */
export function macText(mac: number): string {
  const digits = mac.toString(16).padStart(12, '0');
  return digits.replace(/(..)(?=.)/g, '$1:');
}
