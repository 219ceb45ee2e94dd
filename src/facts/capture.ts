/**
 * What captures show, without their packets: the shapes that readers of captures make, derivations judge and reports show.
 * Leaf module: imports nothing of podnet. Times are seconds since the epoch (of the day where a text has no date), NaN
 * where they are not told; packets are numbered from 1 in their file, and lists of numbers hold examples, not all.
 */

export type TunnelWord = 'vxlan' | 'geneve' | 'ipip' | 'gre' | 'wireguard';

/** One end of a conversation. No port: a protocol without, or one whose header was not captured. */
export interface CaptureEnd {
  ip: string;
  port?: number;
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `10.0.0.1`. */
export function endText({ ip, port }: CaptureEnd): string {
  if (port === undefined) return ip;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** What went in one direction of a conversation. */
export interface CaptureDirection {
  packets: number;
  /** By the IP headers. */
  bytes: number;
  /** Largest IP packet, by its header. */
  largest: number;
  firstPacket: number;
  lastPacket: number;
  firstAt: number;
  lastAt: number;
  /** Segments (or SYNs) that were sent again. */
  retransmissions: number;
  /** TCP: sequence number behind the last byte that was seen; of echo messages how many different ones; else packets. */
  progress: number;
  /** TCP: the sequence number of its SYN, where that was seen. */
  isn?: number;
  badChecksums: number;
  unfilledChecksums: number;
}

/**
 * What became of a conversation, as far as this capture shows.
 * TCP: `unanswered` SYNs; `refused` by a reset; `rejected` by an ICMP error; `reset-by-client` in answer to the SYN-ACK;
 * `unconfirmed`, a SYN-ACK that is sent again since no ACK comes; `stalled`, established and then the same bytes sent in
 * vain; `no-response`, a request that was acknowledged and not answered; `reset` later; `closed`; `open`; `one-way`, packets
 * of one side alone in the middle of a connection. UDP and ICMP echo: `answered`, `unanswered`, `rejected`, and `partly` where
 * some echo requests were. `pending`: too short to tell.
 */
export type ConversationFate =
  | 'unanswered'
  | 'refused'
  | 'rejected'
  | 'reset-by-client'
  | 'unconfirmed'
  | 'stalled'
  | 'no-response'
  | 'reset'
  | 'closed'
  | 'open'
  | 'one-way'
  | 'answered'
  | 'partly'
  | 'pending'
  | 'unclear';

export interface CaptureTunnel {
  kind: TunnelWord;
  /** VXLAN's and Geneve's identifier, GRE's key. */
  vni?: number;
  /** Outer addresses of the client's packets; where only the server's were seen, of those, turned round. */
  from: string;
  to: string;
}

export interface Conversation {
  protocol: 'tcp' | 'udp' | 'icmp' | 'icmp6' | 'other';
  /** IANA number. */
  number: number;
  /** Who began, where that was seen; else who is likelier to have (the higher port). */
  client: CaptureEnd;
  server: CaptureEnd;
  /** Whether the beginning was seen (a SYN, an echo request, the first datagram). */
  begun: boolean;
  /** Interface, where the file tells it for each packet. */
  iface?: string;
  tunnel?: CaptureTunnel;
  forward: CaptureDirection;
  reverse: CaptureDirection;
  fate: ConversationFate;
  /** Whose reset it was. */
  resetBy?: 'client' | 'server';
  /** SYNs of the client. */
  syns?: number;
  /** Seconds from the first SYN, request or query to its answer. */
  answeredAfter?: number;
  /** Bytes of payload of the segment that was sent in vain (`stalled`), and who sent it. */
  stalled?: { payload: number; by: 'client' | 'server'; times: number; acknowledgedBefore: number };
  /** Identifier of an echo conversation. */
  echoId?: number;
  /** UDP: identifier of the first DNS message in it. */
  dnsId?: number;
  /** Packets that show the fate. */
  packets: number[];
}

/** A question to a DNS server, with its repetitions. */
export interface CaptureLookup {
  client: CaptureEnd;
  server: CaptureEnd;
  name: string;
  type: string;
  id: number;
  /** Times it was asked. */
  queries: number;
  /** Times it was answered. */
  responses: number;
  rcode?: number;
  answers?: number;
  /** Seconds from the first question to the first answer. */
  answeredAfter?: number;
  firstAt: number;
  iface?: string;
  inTunnel: boolean;
  packets: number[];
}

/** ICMP errors of one kind from one sender about one conversation's packets. */
export interface CaptureIcmpError {
  family: 4 | 6;
  type: number;
  code: number;
  from: string;
  to: string;
  /** The packet it is about, where it quotes one. */
  about?: { protocol: number; from: CaptureEnd; to: CaptureEnd };
  /** Next hop's MTU, bytes. */
  mtu?: number;
  count: number;
  inTunnel: boolean;
  packets: number[];
}

/** MACs that claimed an address (ARP replies, gratuitous requests, neighbour advertisements) and who asked in vain. */
export interface CaptureClaim {
  ip: string;
  macs: string[];
  asked: number;
  answered: number;
  packets: number[];
}

/** Tunnel packets from one outer address to another. */
export interface CaptureTunnelPath {
  kind: TunnelWord;
  from: string;
  to: string;
  /** Destination port of those that travel in UDP. */
  port?: number;
  packets: number;
  /** Packets that carry one that could be read. */
  carried: number;
  /** Outer packets that were sent in fragments. */
  fragmented: number;
  /** Pod-side (inner) source addresses, the first few. */
  innerSources: string[];
  handshakes?: { initiations: number; responses: number };
  firstAt: number;
  examples: number[];
}

/** Datagrams that came in fragments. */
export interface CaptureFragments {
  datagrams: number;
  /** Of which a fragment was seen and not all of them. */
  incomplete: number;
  examples: number[];
}

/** What one capture shows. */
export interface CaptureSummary {
  /** Packets in the file. */
  packets: number;
  /** Of which at least a network header was read. */
  decoded: number;
  /** libpcap's names: `EN10MB`, `LINUX_SLL2`. */
  linkTypes: string[];
  firstAt: number;
  lastAt: number;
  conversations: Conversation[];
  lookups: CaptureLookup[];
  icmpErrors: CaptureIcmpError[];
  claims: CaptureClaim[];
  tunnels: CaptureTunnelPath[];
  fragments: CaptureFragments;
  badIpChecksums: { count: number; examples: number[] };
  badTransportChecksums: { count: number; examples: number[]; from: string[] };
  unfilledChecksums: number;
  /** What was seen and could not be kept, since there was more than fits. */
  letGo: { conversations: number; lookups: number; other: number };
  /** The file is cut or damaged: what is not in it may have been captured. */
  damaged?: boolean;
  /** `text`: what tcpdump printed, of which less can be told than of its packets. */
  form: 'packets' | 'text';
  /** Of a text: the lines on which the packets that are named here stand. */
  lines?: Record<number, number>;
  /** Of a text: whether tcpdump said that it listens, so that an empty one is one that saw nothing. */
  listened?: boolean;
}

/** Something that a person would point at in a capture. */
export interface CaptureFinding {
  id: CaptureFindingId;
  /** Whether it speaks of something that went wrong, or is worth knowing only. */
  weight: 'fault' | 'note';
  /** What the sentence of the finding names. */
  values: Record<string, string | number>;
  /** Index of the file among those that were read; absent for what several show together. */
  file?: number;
  packets: number[];
}

export const CAPTURE_FINDING_IDS = [
  'syn-unanswered',
  'syn-answered-late',
  'connection-refused',
  'connection-rejected',
  'reply-from-other-address',
  'reset-by-client',
  'handshake-unconfirmed',
  'transfer-stalled',
  'request-without-response',
  'connection-reset',
  'retransmissions',
  'echo-unanswered',
  'echo-partly-unanswered',
  'fragmentation-needed',
  'admin-prohibited',
  'host-unreachable',
  'net-unreachable',
  'port-unreachable',
  'time-exceeded',
  'reassembly-timeout',
  'icmp-redirect',
  'dns-unanswered',
  'dns-servfail',
  'dns-refused',
  'dns-nxdomain',
  'dns-slow',
  'dns-asked-again',
  'dns-answered-twice',
  'address-claimed-twice',
  'arp-unanswered',
  'tunnel-unanswered',
  'tunnel-port-unreachable',
  'tunnel-source-changes',
  'tunnel-fragmented',
  'wireguard-handshake-unanswered',
  'fragments-incomplete',
  'bad-ip-checksum',
  'bad-checksum',
  'lost-between',
  'left-outside-tunnel',
  'unanswered-beyond',
] as const;
export type CaptureFindingId = (typeof CAPTURE_FINDING_IDS)[number];

/** Where on a packet's way an interface stands. */
export type HopRole = 'pod' | 'bridge' | 'tunnel' | 'nic';

/** A capture on the way of a flow, with what it saw of it. */
export interface CaptureHop {
  /** `n2`, and `eth0` on it. */
  node: string;
  iface: string;
  role: HopRole;
  /** Packets of the request's direction, and of the reply's. */
  forward: number;
  reverse: number;
  /** Of the IP packets, by their headers. */
  bytes: { request: number; reply: number };
  /** Ends as they stand at this hop, after translation; absent where nothing was seen. */
  client?: CaptureEnd;
  server?: CaptureEnd;
  tunnel?: CaptureTunnel;
}

/**
 * One flow through several captures. `lost`: seen at `last`, and not at `next`, which was captured as well. `other-way`: it
 * left the node, and not through the tunnel device `next`. `unanswered`: it was seen as far as `last`, behind which nothing was
 * captured, and no reply came. `untranslated`: the reply reached `last` with an address that the client did not ask, which reset
 * it. `refused`: a reset came from behind `last`. `answered`: the reply came.
 */
export interface CapturePath {
  protocol: Conversation['protocol'];
  client: CaptureEnd;
  server: CaptureEnd;
  /** The address into which the server's was translated on the way. */
  backend?: CaptureEnd;
  /** Nodes of the two, and whether they are pods, as far as that is known or shows. */
  clientNode?: string;
  serverNode?: string;
  startsAtPod: boolean;
  endsAtPod: boolean;
  /** Whether its beginning was seen: a SYN, an echo request, the first datagram. */
  begun: boolean;
  hops: CaptureHop[];
  verdict: 'lost' | 'other-way' | 'unanswered' | 'untranslated' | 'refused' | 'answered';
  /** The direction in which it was lost. */
  direction: 'request' | 'reply';
  /** Small packets pass here, and large ones do not. */
  largeOnly: boolean;
  last?: CaptureHop;
  next?: CaptureHop;
  /** Packets, in the capture of `last`, that were not seen further on. */
  packets: number[];
}
