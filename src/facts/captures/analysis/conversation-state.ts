import type { CaptureTunnel, Conversation, ConversationFate } from '../../capture.js';
import { ipText, type Layer, type Packet, TCP_ACK, TCP_RST, TCP_SYN, type TunnelKind } from '../packet.js';
import { keepExample } from './examples.js';
import { PrintedNumbers } from './printed-numbers.js';
import { Side } from './side.js';

const TCP = 6;
const UDP = 17;
const ECHO_REQUEST = 8;
const ECHO_REQUEST_6 = 128;

/** Seconds without an answer after which silence means something, where there was one attempt only. */
const SILENCE = 0.9;
/** Seconds after which a server that acknowledged a request and sent nothing is one that does not respond. */
const NO_RESPONSE = 2;
/** Echo requests whose answers are waited for at a time. */
const ECHO_WINDOW = 64;
/** Seconds after which an echo request of the same number is another one. */
const ECHO_AGAIN = 0.01;

/** One conversation while its packets come; sides by who is taken for the client. */
export class ConversationState {
  readonly protocol: number;
  readonly isEcho: boolean;
  readonly iface: string | undefined;
  /** Next in the chain of the same hash, and how many there are from this one on. */
  next: ConversationState | undefined;
  depth = 1;
  client: Side;
  server: Side;
  begun: boolean;
  tunnel: { kind: TunnelKind; vni: number; from: Layer['src']; to: Layer['dst'] } | undefined;
  echoId = -1;
  #dnsId = -1;
  synAckPacket = 0;
  answeredAt = Number.NaN;
  answerPacket = 0;
  established = false;
  rejectedPacket = 0;
  #resetFirst: 'client' | 'server' | undefined;
  #resetBeforeEstablished = false;
  /** Echo sequence numbers of requests without an answer, oldest first. */
  readonly #waiting: number[] = [];
  #unansweredEchos: number[] = [];
  #lastEcho = -1;
  #lastEchoAt = Number.NaN;
  #lastReply = -1;
  readonly #printed: PrintedNumbers | undefined;

  /** `isText`: whether tcpdump printed it. */
  constructor(layer: Layer, iface: string | undefined, isText = false) {
    this.protocol = layer.protocol;
    this.isEcho = layer.icmpId >= 0;
    this.iface = iface;
    const port = this.isEcho ? -1 : layer.sport;
    const peer = this.isEcho ? -1 : layer.dport;
    this.client = new Side(layer.src, port);
    this.server = new Side(layer.dst, peer);
    this.begun = false;
    if (this.isEcho) {
      this.echoId = layer.icmpId;
      if (!isRequest(layer)) this.#turn();
      this.begun = isRequest(layer);
    } else if (this.protocol === TCP) {
      const answers = (layer.flags & TCP_SYN) !== 0 && (layer.flags & TCP_ACK) !== 0;
      this.begun = (layer.flags & TCP_SYN) !== 0 && !answers;
      if (answers || (!this.begun && looksLikeServer(layer.sport, layer.dport))) this.#turn();
      if (isText) this.#printed = new PrintedNumbers();
    } else {
      this.begun = !looksLikeServer(layer.sport, layer.dport);
      if (!this.begun) this.#turn();
    }
  }

  #turn(): void {
    const { client } = this;
    this.client = this.server;
    this.server = client;
  }

  isOf(layer: Layer): boolean {
    const { client, server } = this;
    if (layer.protocol !== this.protocol || layer.icmpId >= 0 !== this.isEcho) return false;
    if (this.isEcho) {
      if (layer.icmpId !== this.echoId) return false;
      // Both ends may ping each other with the same identifier.
      return isRequest(layer)
        ? client.ip === layer.src && server.ip === layer.dst
        : client.ip === layer.dst && server.ip === layer.src;
    }
    return this.isForward(layer)
      ? true
      : client.ip === layer.dst &&
          client.port === layer.dport &&
          server.ip === layer.src &&
          server.port === layer.sport;
  }

  isForward(layer: Layer): boolean {
    const { client, server } = this;
    if (this.isEcho) return isRequest(layer);
    return (
      client.ip === layer.src && client.port === layer.sport && server.ip === layer.dst && server.port === layer.dport
    );
  }

  /** Whether the packet begins another connection between the same ends: a SYN with another number. */
  isBegunAnewBy(layer: Layer): boolean {
    if (this.protocol !== TCP || (layer.flags & (TCP_SYN | TCP_ACK)) !== TCP_SYN || layer.seq < 0) return false;
    if (!this.isForward(layer)) return true;
    // Where the SYN-ACK was noted before its SYN it is the same.
    return this.client.isn !== layer.seq && (this.client.isn >= 0 || this.established);
  }

  /** Takes a packet of it; false where it was one of the last again, seen at a second place. */
  take(packet: Packet, layer: Layer, outside: Layer | undefined): boolean {
    const forward = this.isForward(layer);
    if (outside !== undefined) this.#takeTunnel(outside, forward);
    const side = forward ? this.client : this.server;
    if (!side.take(packet, layer)) return false;
    if (this.isEcho) this.#takeEcho(packet, layer, forward);
    else if (this.protocol === TCP) this.#takeTcp(packet, layer, forward, side);
    else {
      if (layer.payload > 0) side.data += 1;
      if (layer.dns !== undefined && this.#dnsId === -1) this.#dnsId = layer.dns.id;
    }
    if (!forward && this.answerPacket === 0) {
      this.answerPacket = packet.number;
      this.answeredAt = packet.time;
    }
    return true;
  }

  #takeTunnel(outside: Layer, forward: boolean): void {
    const { tunnel } = this;
    const from = forward ? outside.src : outside.dst;
    const to = forward ? outside.dst : outside.src;
    if (tunnel === undefined) this.tunnel = { kind: outside.tunnel!, vni: outside.vni, from, to };
    else if (forward) {
      tunnel.kind = outside.tunnel!;
      tunnel.vni = outside.vni;
      tunnel.from = from;
      tunnel.to = to;
    }
  }

  #takeTcp(packet: Packet, layer: Layer, forward: boolean, side: Side): void {
    const { flags } = layer;
    const printed = this.#printed;
    if (printed === undefined) side.takeSegment(packet, layer, layer.seq, layer.ack);
    else {
      const other = forward ? this.server : this.client;
      printed.take(forward, flags, layer.seq, layer.ack, side.nextSeq, other.nextSeq);
      side.takeSegment(packet, layer, printed.seq, printed.ack);
    }
    if ((flags & TCP_SYN) !== 0) {
      if (!forward && this.synAckPacket === 0) this.synAckPacket = packet.number;
      if (forward) this.begun = true;
    } else if ((flags & TCP_RST) !== 0) {
      if (this.#resetFirst !== undefined) return;
      this.#resetFirst = forward ? 'client' : 'server';
      this.#resetBeforeEstablished = !this.established;
    } else if (!this.established) {
      // The client's ACK, or bytes of either side, tell that the handshake was done.
      this.established = (forward && this.synAckPacket > 0) || layer.payload > 0 || (forward && !this.begun);
    }
  }

  #takeEcho(packet: Packet, layer: Layer, forward: boolean): void {
    const seq = layer.icmpSeq;
    const { time } = packet;
    if (forward) {
      // The same number at once is the same request at another place; later it is one of a tool that does not count.
      const isAgain = seq === this.#lastEcho && !(time - this.#lastEchoAt >= ECHO_AGAIN);
      this.#lastEcho = seq;
      this.#lastEchoAt = time;
      if (isAgain) return;
      this.client.distinct += 1;
      this.#waiting.push(seq, packet.number);
      if (this.#waiting.length > ECHO_WINDOW * 2) keepExample(this.#unansweredEchos, this.#waiting.splice(0, 2)[1]!);
      return;
    }
    for (let i = this.#waiting.length - 2; i >= 0; i -= 2) {
      if (this.#waiting[i] !== seq) continue;
      this.#waiting.splice(i, 2);
      this.server.distinct += 1;
      this.#lastReply = seq;
      return;
    }
    // A reply to nothing that waits is one again, but where no request is captured at all.
    if (this.client.packets === 0 && seq !== this.#lastReply) this.server.distinct += 1;
    this.#lastReply = seq;
  }

  /** Whether it went as it should and is over, so that it may be let go when there is no room. */
  get isUnremarkable(): boolean {
    if (this.protocol === TCP) {
      const { client, server } = this;
      return client.fin && server.fin && client.retransmissions + server.retransmissions === 0;
    }
    return this.server.packets >= this.client.packets && this.client.packets > 0;
  }

  /** What became of it. `end`: seconds at which the capture ended. */
  shown(end: number): Conversation {
    const { client, server } = this;
    const [fate, packets] = this.#fate(end);
    const value: Conversation = {
      protocol:
        this.protocol === TCP
          ? 'tcp'
          : this.protocol === UDP
            ? 'udp'
            : this.protocol === 1
              ? 'icmp'
              : this.protocol === 58
                ? 'icmp6'
                : 'other',
      number: this.protocol,
      client: client.end(),
      server: server.end(),
      begun: this.begun,
      forward: client.shown(this.#progress(client)),
      reverse: server.shown(this.#progress(server)),
      fate,
      packets: packets.filter((packet) => packet > 0),
    };
    if (this.iface !== undefined) value.iface = this.iface;
    if (this.tunnel !== undefined) value.tunnel = this.#tunnel();
    if (this.isEcho) value.echoId = this.echoId;
    if (this.#dnsId >= 0) value.dnsId = this.#dnsId;
    if (client.syns > 0) value.syns = client.syns;
    if (this.#resetFirst !== undefined) value.resetBy = this.#resetFirst;
    const asked = this.protocol === TCP ? client.synAt : client.firstAt;
    if (this.begun && this.answeredAt >= asked) value.answeredAfter = this.answeredAt - asked;
    if (fate === 'stalled') {
      const by = client.isStuck(server) ? 'client' : 'server';
      const [sender, other] = by === 'client' ? [client, server] : [server, client];
      const acknowledged = other.acked === -1 || sender.isn < 0 ? 0 : (other.acked - sender.isn - 1) | 0;
      value.stalled = {
        payload: sender.stuckPayload,
        by,
        times: sender.stuckTimes + 1,
        acknowledgedBefore: Math.max(0, acknowledged),
      };
    }
    return value;
  }

  #tunnel(): CaptureTunnel {
    const { kind, vni, from, to } = this.tunnel!;
    return { kind, ...(vni < 0 ? {} : { vni }), from: ipText(from), to: ipText(to) };
  }

  #progress(side: Side): number {
    if (this.isEcho) return side.distinct;
    if (this.protocol !== TCP) return side.packets;
    return side.nextSeq === -1 ? 0 : side.nextSeq;
  }

  #fate(end: number): [ConversationFate, number[]] {
    const { client, server } = this;
    if (this.rejectedPacket > 0 && server.packets === 0) return ['rejected', [client.firstPacket, this.rejectedPacket]];
    if (this.isEcho) return this.#echoFate(end);
    if (this.protocol === TCP) return this.#tcpFate(end);
    if (server.packets > 0 && client.packets > 0) return ['answered', [client.firstPacket, server.firstPacket]];
    if (this.protocol !== UDP) return ['unclear', [client.firstPacket, server.firstPacket]];
    if (client.packets === 0) return ['one-way', [server.firstPacket]];
    if (client.packets < 2 && !(end - client.lastAt > SILENCE)) return ['pending', [client.firstPacket]];
    return ['unanswered', [client.firstPacket, client.lastPacket]];
  }

  #echoFate(end: number): [ConversationFate, number[]] {
    const { client, server } = this;
    if (client.packets === 0) return ['one-way', [server.firstPacket]];
    const missing = client.distinct - server.distinct;
    if (missing <= 0) return ['answered', [client.firstPacket, server.firstPacket]];
    const unanswered = [...this.#unansweredEchos];
    for (let i = 1; i < this.#waiting.length; i += 2) keepExample(unanswered, this.#waiting[i]!);
    if (server.packets === 0) {
      if (client.packets < 2 && !(end - client.lastAt > SILENCE)) return ['pending', [client.firstPacket]];
      return ['unanswered', unanswered];
    }
    // The last request's reply may have come after the capture ended.
    if (missing === 1 && unanswered.at(-1) === client.lastPacket && !(end - client.lastAt > SILENCE))
      return ['answered', [client.firstPacket, server.firstPacket]];
    return ['partly', unanswered];
  }

  #tcpFate(end: number): [ConversationFate, number[]] {
    const { client, server } = this;
    const reset = this.#resetFirst;
    if (!this.established) {
      if (this.synAckPacket > 0) {
        if (reset === 'client') return ['reset-by-client', [client.synPacket, this.synAckPacket, client.resetPacket]];
        if (reset === 'server') return ['reset', [this.synAckPacket, server.resetPacket]];
        if (server.syns > 1 || end - server.firstAt > SILENCE) {
          return ['unconfirmed', [client.synPacket, this.synAckPacket, server.lastPacket]];
        }
        return ['pending', [client.synPacket, this.synAckPacket]];
      }
      if (reset === 'server' && this.begun) return ['refused', [client.synPacket, server.resetPacket]];
      if (this.begun && server.packets === 0) {
        if (reset === undefined && client.syns < 2 && !(end - client.lastAt > SILENCE))
          return ['pending', [client.synPacket]];
        return ['unanswered', [client.synPacket, client.lastPacket]];
      }
      if (reset !== undefined) return ['reset', [client.resetPacket, server.resetPacket]];
      return client.packets === 0 || server.packets === 0
        ? ['one-way', [client.firstPacket, server.firstPacket]]
        : ['unclear', [client.firstPacket, server.firstPacket]];
    }
    if (client.isStuck(server)) return ['stalled', [client.retransmittedPacket, client.lastPacket]];
    if (server.isStuck(client)) return ['stalled', [server.retransmittedPacket, server.lastPacket]];
    if (client.packets === 0 || server.packets === 0) return ['one-way', [client.firstPacket, server.firstPacket]];
    if (
      this.begun &&
      client.data > 0 &&
      server.data === 0 &&
      reset !== 'server' &&
      (client.fin ? client.lastAt : end) - client.dataAt > NO_RESPONSE
    ) {
      return ['no-response', [client.firstPacket, client.lastPacket]];
    }
    if (reset !== undefined && !this.#resetBeforeEstablished && !(client.fin && server.fin)) {
      return ['reset', [reset === 'client' ? client.resetPacket : server.resetPacket]];
    }
    return [client.fin && server.fin ? 'closed' : 'open', [client.firstPacket, server.firstPacket]];
  }
}

function isRequest(layer: Layer): boolean {
  return layer.icmpType === ECHO_REQUEST || layer.icmpType === ECHO_REQUEST_6;
}

/** Of a packet in the middle of a conversation: whether its sender is likelier to be the server. */
function looksLikeServer(sport: number, dport: number): boolean {
  if (sport < 0 || sport === dport) return false;
  return sport < dport && (sport < 32768 || dport >= 32768);
}
