/** Packets as decoders fill them, for tests that begin behind the decoders: an exchange is told in a line a packet. */
import type { CaptureLookup, CaptureSummary, Conversation } from '../../../src/facts/capture.js';
import { CaptureAnalysis } from '../../../src/facts/captures/analysis/analysis.js';
import {
  type DnsMessage,
  type Ip,
  Packet,
  TCP_ACK,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  type TunnelKind,
} from '../../../src/facts/captures/packet.js';

const FLAGS: Readonly<Record<string, number>> = {
  S: TCP_SYN,
  '.': TCP_ACK,
  F: TCP_FIN,
  R: TCP_RST,
  P: TCP_PSH,
};

/** What a test says of a layer; the rest stays as an empty layer has it. */
export type LayerFields = Partial<Omit<Packet['layers'][number], 'quoted' | 'reset' | 'src' | 'dst' | 'target'>> & {
  src?: string | Ip;
  dst?: string | Ip;
  target?: string | Ip;
  quoted?: LayerFields;
};

export interface PacketFields {
  at?: number;
  iface?: string;
  direction?: 'in' | 'out';
  /** What it travels in, outermost first. */
  inside?: LayerFields[];
}

/** One packet: its layers and when it came. */
export interface MadePacket extends PacketFields {
  layers: LayerFields[];
}

export const CLIENT = '10.244.1.2';
export const SERVER = '10.244.2.2';

/** Dotted addresses as the decoder has them. */
export function ipOf(ip: string | Ip): Ip {
  if (typeof ip === 'number' || !/^\d+\.\d+\.\d+\.\d+$/.test(ip)) return ip;
  return ip.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0) | 0;
}

let nextId = 1;

function made(layer: LayerFields, more: PacketFields): MadePacket {
  nextId = (nextId % 60_000) + 1;
  const { inside = [], ...rest } = more;
  return { ...rest, layers: [...inside, { length: 40, id: nextId, ...layer }] };
}

/** `10.0.0.1:80`, or without a port. */
function endOf(text: string): { ip: string; port: number } {
  const [, ip = text, port] = /^(.*):(\d+)$/.exec(text) ?? [];
  return { ip, port: port === undefined ? -1 : Number(port) };
}

function ends(from: string, to: string): LayerFields {
  const [a, b] = [endOf(from), endOf(to)];
  return { src: a.ip, sport: a.port, dst: b.ip, dport: b.port };
}

/** A TCP segment; flags as tcpdump has them: `S`, `S.`, `P.`, `F.`, `R`, `R.`. */
export function tcp(from: string, to: string, flags: string, fields: LayerFields & PacketFields = {}): MadePacket {
  const { at, iface, direction, inside, ...layer } = fields;
  let bits = 0;
  for (const flag of flags) bits |= FLAGS[flag]!;
  return made(
    {
      kind: 'tcp',
      protocol: 6,
      flags: bits,
      payload: 0,
      length: 40 + (layer.payload ?? 0),
      ...ends(from, to),
      ...layer,
    },
    definedOnly({ at, iface, direction, inside }),
  );
}

export function udp(from: string, to: string, fields: LayerFields & PacketFields = {}): MadePacket {
  const { at, iface, direction, inside, ...layer } = fields;
  return made(
    { kind: 'udp', protocol: 17, payload: 20, ...ends(from, to), ...layer },
    definedOnly({ at, iface, direction, inside }),
  );
}

export function dnsOf(message: Partial<DnsMessage>): DnsMessage {
  return {
    id: 7,
    response: false,
    name: 'web.default.svc',
    type: 'A',
    rcode: 0,
    answers: 0,
    truncated: false,
    ...message,
  };
}

export function query(client: string, server: string, fields: Partial<DnsMessage> & PacketFields = {}): MadePacket {
  const { at, iface, inside, direction, ...dns } = fields;
  return udp(client, server, { ...definedOnly({ at, iface, inside, direction }), dns: dnsOf(dns) });
}

export function response(client: string, server: string, fields: Partial<DnsMessage> & PacketFields = {}): MadePacket {
  const { at, iface, inside, direction, ...dns } = fields;
  const message = dnsOf({ response: true, answers: 1, ...dns });
  return udp(server, client, { ...definedOnly({ at, iface, inside, direction }), dns: message });
}

export function echo(
  kind: 'request' | 'reply',
  from: string,
  to: string,
  seq: number,
  fields: LayerFields & PacketFields = {},
): MadePacket {
  const { at, iface, direction, inside, ...layer } = fields;
  return made(
    {
      kind: 'icmp',
      protocol: 1,
      src: from,
      dst: to,
      icmpType: kind === 'request' ? 8 : 0,
      icmpCode: 0,
      icmpId: 77,
      icmpSeq: seq,
      length: 84,
      ...layer,
    },
    definedOnly({ at, iface, direction, inside }),
  );
}

/** An ICMP error of IPv4, or of IPv6 where the address is one. */
export function icmpError(
  from: string,
  to: string,
  type: number,
  code: number,
  quoted: LayerFields | undefined,
  fields: LayerFields & PacketFields = {},
): MadePacket {
  const { at, iface, direction, inside, ...layer } = fields;
  const isV6 = from.includes(':');
  return made(
    {
      kind: isV6 ? 'icmp6' : 'icmp',
      family: isV6 ? 6 : 4,
      protocol: isV6 ? 58 : 1,
      src: from,
      dst: to,
      icmpType: type,
      icmpCode: code,
      ...(quoted === undefined ? {} : { quoted }),
      ...layer,
    },
    definedOnly({ at, iface, direction, inside }),
  );
}

/** What an ICMP error quotes. */
export function quotedTcp(from: string, to: string): LayerFields {
  return { kind: 'tcp', protocol: 6, ...ends(from, to) };
}

export function quotedUdp(from: string, to: string): LayerFields {
  return { kind: 'udp', protocol: 17, ...ends(from, to) };
}

/** ARP: `src` asks for `dst`, or says that it has `mac`. */
export function arp(operation: 1 | 2, src: string, dst: string, mac: number, more: PacketFields = {}): MadePacket {
  return made({ kind: 'arp', src, dst, arpOperation: operation, mac, id: -1, length: -1 }, more);
}

/** The outer header of a tunnel. */
export function outer(from: string, to: string, kind: TunnelKind = 'vxlan', fields: LayerFields = {}): LayerFields {
  const base: LayerFields =
    kind === 'vxlan'
      ? { kind: 'udp', protocol: 17, sport: 50_000, dport: 8472, vni: 1 }
      : kind === 'wireguard'
        ? { kind: 'udp', protocol: 17, sport: 51_820, dport: 51_820 }
        : { kind: 'other', protocol: 4 };
  return { ...base, tunnel: kind, src: from, dst: to, ...fields };
}

/** A tunnel packet whose inside could not be read. */
export function bare(layer: LayerFields, more: PacketFields = {}): MadePacket {
  return made(layer, more);
}

function definedOnly(fields: { [K in keyof PacketFields]: PacketFields[K] | undefined }): PacketFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function fill(layer: Packet['layers'][number], fields: LayerFields): void {
  const { quoted, src, dst, target, ...rest } = fields;
  Object.assign(layer, rest);
  if (src !== undefined) layer.src = ipOf(src);
  if (dst !== undefined) layer.dst = ipOf(dst);
  if (target !== undefined) layer.target = ipOf(target);
  if (typeof src === 'string' && src.includes(':')) layer.family = 6;
  if (quoted === undefined) return;
  layer.hasQuoted = true;
  fill(layer.quoted, quoted);
}

/** Fills the packet in place, as a decoder does. */
export function fillPacket(packet: Packet, from: MadePacket, number: number): void {
  packet.reset();
  packet.number = number;
  packet.time = from.at ?? 1000 + number / 1000;
  packet.iface = from.iface;
  packet.direction = from.direction;
  for (const layer of from.layers) fill(packet.push()!, layer);
}

export interface SummaryShape {
  form?: CaptureSummary['form'];
  most?: number;
}

/** What the analysis makes of the packets; those without a time come a millisecond apart. */
export function summaryOf(
  packets: Iterable<MadePacket>,
  { form = 'packets', most }: SummaryShape = {},
): CaptureSummary {
  const analysis = new CaptureAnalysis(form, most);
  const packet = new Packet();
  let number = 0;
  for (const one of packets) {
    number += 1;
    fillPacket(packet, one, number);
    analysis.take(packet);
  }
  return analysis.summary(['EN10MB']);
}

/** The one conversation of the packets. */
export function conversationOf(packets: readonly MadePacket[], shape: SummaryShape = {}): Conversation {
  const { conversations } = summaryOf(packets, shape);
  if (conversations.length !== 1) throw new Error(`not one conversation: ${JSON.stringify(conversations)}`);
  return conversations[0]!;
}

/** The one lookup of the packets. */
export function lookupOf(packets: readonly MadePacket[]): CaptureLookup {
  const { lookups } = summaryOf(packets);
  if (lookups.length !== 1) throw new Error(`not one lookup: ${JSON.stringify(lookups)}`);
  return lookups[0]!;
}

export interface Connection {
  client?: string;
  server?: string;
  at?: number;
  isn?: number;
  serverIsn?: number;
}

/** Segments of one TCP connection, by its two sides. */
export class Dialogue {
  readonly client: string;
  readonly server: string;
  readonly isn: number;
  readonly serverIsn: number;
  readonly at: number;

  constructor({
    client = `${CLIENT}:40000`,
    server = `${SERVER}:80`,
    at = 1000,
    isn = 5000,
    serverIsn = 9000,
  }: Connection = {}) {
    this.client = client;
    this.server = server;
    this.isn = isn;
    this.serverIsn = serverIsn;
    this.at = at;
  }

  syn(after = 0, more: LayerFields & PacketFields = {}): MadePacket {
    return tcp(this.client, this.server, 'S', { seq: this.isn, at: this.at + after, ...more });
  }

  synAck(after = 0.001, more: LayerFields & PacketFields = {}): MadePacket {
    const ack = (this.isn + 1) >>> 0;
    return tcp(this.server, this.client, 'S.', { seq: this.serverIsn, ack, at: this.at + after, ...more });
  }

  /** `sent` and `got`: bytes of either side up to here. */
  fromClient(
    after: number,
    flags: string,
    sent: number,
    got: number,
    more: LayerFields & PacketFields = {},
  ): MadePacket {
    return tcp(this.client, this.server, flags, {
      seq: (this.isn + 1 + sent) >>> 0,
      ack: (this.serverIsn + 1 + got) >>> 0,
      at: this.at + after,
      ...more,
    });
  }

  fromServer(
    after: number,
    flags: string,
    sent: number,
    got: number,
    more: LayerFields & PacketFields = {},
  ): MadePacket {
    return tcp(this.server, this.client, flags, {
      seq: (this.serverIsn + 1 + sent) >>> 0,
      ack: (this.isn + 1 + got) >>> 0,
      at: this.at + after,
      ...more,
    });
  }

  handshake(): MadePacket[] {
    return [this.syn(), this.synAck(), this.fromClient(0.002, '.', 0, 0)];
  }

  /** A request of 100 bytes with its response of 200, and a close of both sides. */
  whole(): MadePacket[] {
    return [
      ...this.handshake(),
      this.fromClient(0.003, 'P.', 0, 0, { payload: 100 }),
      this.fromServer(0.004, '.', 0, 100),
      this.fromServer(0.005, 'P.', 0, 100, { payload: 200 }),
      this.fromClient(0.006, '.', 100, 200),
      this.fromClient(0.007, 'F.', 100, 200),
      this.fromServer(0.008, 'F.', 200, 101),
      this.fromClient(0.009, '.', 101, 201),
    ];
  }
}
