import type { CaptureSummary } from '../../capture.js';
import { ipText, type Layer, type Packet } from '../packet.js';
import { AddressClaims } from './address-claims.js';
import { Conversations } from './conversations.js';
import { keepExample } from './examples.js';
import { Fragments } from './fragments.js';
import { IcmpErrors } from './icmp-errors.js';
import { Lookups } from './lookups.js';
import { TunnelPaths } from './tunnel-paths.js';

const SOLICITATION = 135;
const ADVERTISEMENT = 136;

/** Senders of bad checksums that are named. */
const MOST_SENDERS = 8;

/**
 * Makes a summary of a capture's packets, one after the other. What it keeps is bounded, whatever the capture's length; what
 * did not fit is counted.
 */
export class CaptureAnalysis {
  readonly #form: CaptureSummary['form'];
  readonly #conversations: Conversations;
  readonly #lookups = new Lookups();
  readonly #errors = new IcmpErrors();
  readonly #claims = new AddressClaims();
  readonly #tunnels = new TunnelPaths();
  readonly #fragments = new Fragments();
  #packets = 0;
  #decoded = 0;
  #firstAt = Number.NaN;
  #lastAt = Number.NaN;
  readonly #badIp = { count: 0, examples: [] as number[] };
  readonly #badTransport = { count: 0, examples: [] as number[] };
  readonly #badSenders = new Set<Layer['src']>();
  #unfilled = 0;

  /** `mostConversations`: how many are kept, for tests. */
  constructor(form: CaptureSummary['form'], mostConversations?: number) {
    this.#form = form;
    this.#conversations = new Conversations(mostConversations, form === 'text');
  }

  take(packet: Packet): void {
    this.#packets += 1;
    const { time, depth } = packet;
    if (!Number.isNaN(time)) {
      if (!(this.#firstAt <= time)) this.#firstAt = time;
      if (!(this.#lastAt >= time)) this.#lastAt = time;
    }
    if (depth === 0) return;
    this.#decoded += 1;
    let outside: Layer | undefined;
    for (let i = 0; i < depth; i += 1) {
      const layer = packet.layers[i]!;
      if (layer.tunnel === undefined) this.#takeLayer(packet, layer, outside);
      else {
        const inner = i + 1 < depth ? packet.layers[i + 1] : undefined;
        if (layer.moreFragments || layer.fragmentOffset > 0) this.#fragments.take(packet, layer);
        this.#tunnels.take(packet, layer, inner);
        this.#takeChecksums(packet, layer);
        outside = layer;
      }
    }
  }

  #takeLayer(packet: Packet, layer: Layer, outside: Layer | undefined): void {
    const { kind } = layer;
    if (kind === 'arp') {
      this.#claims.takeArp(packet, layer);
      return;
    }
    if (layer.moreFragments || layer.fragmentOffset > 0) this.#fragments.take(packet, layer);
    // What was seen at a second place tells nothing that the first did not.
    const isNew = this.#takeKind(packet, layer, outside);
    if (isNew) this.#takeChecksums(packet, layer);
  }

  #takeKind(packet: Packet, layer: Layer, outside: Layer | undefined): boolean {
    switch (layer.kind) {
      case 'fragment':
        return true;
      case 'icmp':
      case 'icmp6':
        if (layer.icmpId >= 0) return this.#conversations.take(packet, layer, outside);
        this.#takeIcmp(packet, layer, outside !== undefined);
        return true;
      default: {
        const isNew = this.#conversations.take(packet, layer, outside);
        if (isNew && layer.dns !== undefined) this.#lookups.take(packet, layer, outside !== undefined);
        return isNew;
      }
    }
  }

  #takeIcmp(packet: Packet, layer: Layer, inTunnel: boolean): void {
    const { icmpType: type } = layer;
    if (layer.kind === 'icmp6' && type >= 128) {
      if (type === SOLICITATION && layer.target !== undefined) this.#claims.takeSolicitation(packet, layer);
      else if (type === ADVERTISEMENT && layer.target !== undefined) {
        this.#claims.takeAdvertisement(packet, layer.target, layer.mac);
      }
      return;
    }
    const isError = layer.kind === 'icmp6' || type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
    if (!isError) return;
    this.#errors.take(packet, layer, inTunnel);
    // A redirect or a hint of another MTU is no refusal.
    if (layer.hasQuoted && type !== 5 && type !== 4 && layer.mtu <= 0) this.#conversations.reject(layer.quoted, packet);
  }

  #takeChecksums(packet: Packet, layer: Layer): void {
    if (layer.ipChecksum === 'bad') {
      this.#badIp.count += 1;
      keepExample(this.#badIp.examples, packet.number);
    }
    if (layer.transportChecksum === 'unfilled') this.#unfilled += 1;
    else if (layer.transportChecksum === 'bad') {
      this.#badTransport.count += 1;
      keepExample(this.#badTransport.examples, packet.number);
      if (this.#badSenders.size < MOST_SENDERS) this.#badSenders.add(layer.src);
    }
  }

  /** What all packets so far show. `linkTypes`: libpcap's names. */
  summary(linkTypes: string[]): CaptureSummary {
    const conversations = this.#conversations.shown(this.#lastAt);
    const tunnels = this.#tunnels.shown();
    const ends = new Set<string>();
    for (const { client, server } of conversations) ends.add(client.ip).add(server.ip);
    for (const { from, to } of tunnels) ends.add(from).add(to);
    return {
      packets: this.#packets,
      decoded: this.#decoded,
      linkTypes,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      conversations,
      lookups: this.#lookups.shown(),
      icmpErrors: this.#errors.shown(),
      claims: this.#claims.shown((ip) => ends.has(ip)),
      tunnels,
      fragments: this.#fragments.shown(this.#lastAt),
      badIpChecksums: this.#badIp,
      badTransportChecksums: { ...this.#badTransport, from: [...this.#badSenders].map(ipText) },
      unfilledChecksums: this.#unfilled,
      letGo: {
        conversations: this.#conversations.letGo,
        lookups: this.#lookups.letGo,
        other: this.#errors.letGo + this.#claims.letGo + this.#tunnels.letGo,
      },
      form: this.#form,
    };
  }
}
