import { formatIpv4, type Ipv4Network } from '../derive/ipv4.js';
import type { Source, Subject } from '../model.js';
import type { Choice } from './netfilter/base-chain.js';
import type { Packet } from './packet.js';
import type { DropReason, MissingKnowledge, StepKind, WalkStep } from './result.js';

/** Addresses and ports of one direction of a connection; of ICMP the ports are 0. */
export interface Tuple {
  src: number;
  sport: number;
  dst: number;
  dport: number;
}

/** A connection as the conntrack of one namespace has it: what its first packet was, and what its answers look like. */
export interface Tracked {
  proto: string;
  original: Tuple;
  reply: Tuple;
  connmark: number;
}

export interface CurrentConnection {
  entry: Tracked;
  direction: 'original' | 'reply';
  /** Whether no answer has come yet, so that its translations are being made. */
  fresh: boolean;
  /** Whether IPVS has given it its destination: no rule gives it another. */
  balanced?: true;
}

/** A packet inside another, to be taken out where the outer one arrives. */
export interface Inner {
  packet: Packet;
  /** Bytes of the inner packet at IP level, and whether it may be cut. */
  size: number;
  mayFragment: boolean;
  device: string;
  kind: string;
  port?: number;
  vni?: number;
  /** Destination and source MAC of the inner frame, where the tunnel carries frames. */
  dstMac?: string;
  srcMac?: string;
}

/** One way of a packet, as far as it got. Forks copy it. */
export interface Way {
  packet: Packet;
  /** Bytes at IP level, and whether it may be cut into fragments. */
  size: number;
  mayFragment: boolean;
  inner: Inner[];
  /** Connections by namespace. */
  tracked: Map<Subject, Tracked[]>;
  /** The packet's own connection in the namespace in which it is, and its direction. */
  current?: CurrentConnection | undefined;
  direction: 'there' | 'back';
  there: WalkStep[];
  back: WalkStep[];
  choices: Choice[];
  /** Knowledge without which it is not certain that the packet passes. */
  mayDrop: MissingKnowledge[];
  /** Knowledge without which it is not certain that the packet goes this way. */
  mayDivert: MissingKnowledge[];
  /** What was drawn on the way: a backend, a next hop. */
  labels: string[];
  hops: number;
  /** The namespace whose own process sends the packet, until another one gets it. */
  sentBy?: Subject | undefined;
  /** The address that the packet is handed to on the link that it leaves by. */
  nextHop?: number | undefined;
  /** Delivered into what no node's state shows. */
  beyond?: 'fabric' | 'outside';
}

export function forkOf(way: Way): Way {
  return {
    ...way,
    packet: { ...way.packet },
    inner: [...way.inner],
    tracked: new Map([...way.tracked].map(([subject, entries]) => [subject, [...entries]])),
    there: [...way.there],
    back: [...way.back],
    choices: [...way.choices],
    mayDrop: [...way.mayDrop],
    mayDivert: [...way.mayDivert],
    labels: [...way.labels],
  };
}

/** What the answers of the packet's connection look like from now on; forks keep theirs. */
export function expectReply(way: Way, on: Subject, change: Partial<Tuple>): void {
  const { current } = way;
  if (current === undefined) return;
  const entry: Tracked = { ...current.entry, reply: { ...current.entry.reply, ...change } };
  const entries = way.tracked.get(on) ?? [];
  way.tracked.set(
    on,
    entries.map((known) => (known === current.entry ? entry : known)),
  );
  way.current = { ...current, entry };
}

/** The mark and the place in conntrack do not go with a packet to another namespace. */
export function forgetNetfilter(way: Way): void {
  way.current = undefined;
  way.packet.mark = 0;
  way.packet.state = 'NEW';
  way.packet.physIn = undefined;
}

/** An address as the /32 that packets hold. */
export function host(address: number): Ipv4Network {
  return { start: address, end: address, prefix: 32 };
}

/** Adds a step to the direction that is being walked. */
export function addStep(
  way: Way,
  on: Subject,
  kind: StepKind,
  more: { device?: string | undefined; hook?: string; text?: string; source?: Source; detail?: Record<string, string> },
): void {
  const step: WalkStep = { on, kind, packet: describePacket(way.packet), detail: more.detail ?? {} };
  if (more.device !== undefined) step.device = more.device;
  if (more.hook !== undefined) step.hook = more.hook;
  if (more.text !== undefined) step.text = more.text;
  if (more.source !== undefined && more.source.file !== undefined) step.source = more.source;
  (way.direction === 'there' ? way.there : way.back).push(step);
}

/** `10.244.1.5:40000 > 10.244.2.7:80/tcp`. */
export function describePacket(packet: Packet): string {
  const end = (address: Ipv4Network | undefined, port: readonly [number, number] | undefined): string =>
    `${address === undefined ? '?' : formatIpv4(address.start)}${port === undefined ? '' : `:${port[0]}`}`;
  return `${end(packet.src, packet.sport)} > ${end(packet.dst, packet.dport)}/${packet.proto}`;
}

/** `nodes/n2/iptables-save:31`; undefined where no file tells. */
export function whereOf(source: Source | undefined): string | undefined {
  if (source?.file === undefined) return undefined;
  return source.line === undefined ? source.file : `${source.file}:${source.line}`;
}

/** Why a way ended. */
export interface WayEnd {
  way: Way;
  verdict: 'delivered' | 'dropped' | 'unknown';
  at: Subject;
  reason?: DropReason;
  by?: string;
  source?: Source;
}
