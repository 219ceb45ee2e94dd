/** Flows on their way from a pod on n1 to one on n2, as captures at each place of it see them. */
import type { CaptureHop, CapturePath } from '../../../../src/facts/capture.js';
import { followFlows } from '../../../../src/facts/captures/path/follow.js';
import { roleOfInterface } from '../../../../src/facts/captures/path/hop-role.js';
import type { PathKnowledge, PlacedCapture } from '../../../../src/facts/captures/path/placed-capture.js';
import { CLIENT, Dialogue, echo, type MadePacket, outer, SERVER, summaryOf } from '../conversation-packets.js';

export const WAY = [
  'n1 veth1',
  'n1 cni0',
  'n1 flannel.1',
  'n1 eth0',
  'n2 eth0',
  'n2 flannel.1',
  'n2 cni0',
  'n2 veth2',
] as const;
export type PlaceOnWay = (typeof WAY)[number];
export const LAST = WAY.length - 1;
export const NODES: Readonly<Record<string, string>> = { n1: '192.168.1.11', n2: '192.168.1.12' };

/** What goes there and what comes back. */
export interface Exchange {
  requests: MadePacket[];
  replies: MadePacket[];
}

/** Three echo requests with their replies. */
export function pings(
  options: { from?: string; to?: string; at?: number; id?: number; length?: number } = {},
): Exchange {
  const { from = CLIENT, to = SERVER, at = 1000, id = 77, length = 84 } = options;
  const seqs = [1, 2, 3];
  const more = { icmpId: id, length };
  return {
    requests: seqs.map((seq) => echo('request', from, to, seq, { at: at + seq, ...more })),
    replies: seqs.map((seq) => echo('reply', to, from, seq, { at: at + seq + 0.01, ...more })),
  };
}

/** A SYN that is sent three times, and answered as often. */
export function knocks(talk = new Dialogue()): Exchange {
  return {
    requests: [talk.syn(0), talk.syn(1), talk.syn(3)],
    replies: [talk.synAck(0.01), talk.synAck(1.01), talk.synAck(3.01)],
  };
}

export interface Journey {
  /** Index of the place that a request, or a reply, reaches last. */
  requestTo?: number;
  replyTo?: number;
}

/** The packets of an exchange that each place sees. */
export function seenAt(exchange: Exchange, { requestTo = LAST, replyTo = 0 }: Journey = {}): MadePacket[][] {
  return WAY.map((place, i) => {
    const requests = i <= requestTo ? exchange.requests : [];
    const replies = requestTo === LAST && i >= replyTo ? exchange.replies : [];
    const inTunnel = place.endsWith('eth0');
    return [
      ...requests.map((packet) => (inTunnel ? wrapped(packet, NODES.n1!, NODES.n2!) : packet)),
      ...replies.map((packet) => (inTunnel ? wrapped(packet, NODES.n2!, NODES.n1!) : packet)),
    ];
  });
}

export function wrapped(packet: MadePacket, from: string, to: string): MadePacket {
  return { ...packet, layers: [outer(from, to), ...packet.layers] };
}

/** What the server's pod asked the client's, which went well all the way: no capture is empty, nor of one protocol alone. */
export const BACKGROUND: MadePacket[][] = WAY.map((place) => {
  const talk = new Dialogue({ client: `${SERVER}:50000`, server: `${CLIENT}:443`, isn: 123_456, serverIsn: 654_321 });
  const flow = pings({ from: SERVER, to: CLIENT, id: 5 });
  const packets = [...talk.whole(), ...flow.requests, ...flow.replies];
  if (!place.endsWith('eth0')) return packets;
  return packets.map((packet) =>
    packet.layers[0]!.src === SERVER ? wrapped(packet, NODES.n2!, NODES.n1!) : wrapped(packet, NODES.n1!, NODES.n2!),
  );
});

export function captureAt(place: string, packets: readonly MadePacket[], form?: 'packets' | 'text'): PlacedCapture {
  const [node = '', iface = ''] = place.split(' ');
  const inOrder = [...packets].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return { node, iface, role: roleOfInterface(iface), summary: summaryOf(inOrder, form === undefined ? {} : { form }) };
}

export interface CaptureShape {
  /** Places that were captured; all by default. */
  places?: readonly PlaceOnWay[];
  background?: boolean;
}

/** One capture at each place, of all the flows. */
export function capturesOf(flows: readonly MadePacket[][][], shape: CaptureShape = {}): PlacedCapture[] {
  const { places = WAY, background = true } = shape;
  const all = background ? [...flows, BACKGROUND] : flows;
  return places.map((place) => {
    const index = WAY.indexOf(place);
    return captureAt(
      place,
      all.flatMap((flow) => flow[index]!),
    );
  });
}

/** What a cluster's objects would tell. */
export const KNOWN: PathKnowledge = {
  nodeOf: (ip) =>
    ip.startsWith('10.244.1.') || ip === NODES.n1
      ? 'n1'
      : ip.startsWith('10.244.2.') || ip === NODES.n2
        ? 'n2'
        : undefined,
  kindOf: (ip) =>
    ip.startsWith('10.244.')
      ? 'pod'
      : ip.startsWith('10.96.')
        ? 'service'
        : ip.startsWith('192.168.')
          ? 'node'
          : 'external',
  deviceOf: (ip) => (ip === CLIENT ? 'veth1' : ip === SERVER ? 'veth2' : undefined),
  tunnelled: () => true,
};

export function textOf(hop: CaptureHop | undefined): string | undefined {
  return hop === undefined ? undefined : `${hop.node} ${hop.iface}`;
}

/** The path of the flow whose client has the address. */
export function pathOf(
  captures: readonly PlacedCapture[],
  client: string = CLIENT,
  knowledge?: PathKnowledge,
): CapturePath {
  const paths = followFlows(captures, knowledge).filter((path) => path.client.ip === client);
  if (paths.length !== 1) throw new Error(`not one path: ${JSON.stringify(paths)}`);
  return paths[0]!;
}

/** `lost request n1 veth1 > n1 eth0`. */
export function verdictOf({ verdict, direction, last, next, largeOnly }: CapturePath): string {
  if (verdict === 'answered') return verdict;
  return `${verdict} ${direction} ${textOf(last)}${next === undefined ? '' : ` > ${textOf(next)}`}${largeOnly ? ' large' : ''}`;
}
