import type {
  CaptureDirection,
  CaptureFinding,
  CaptureFindingId,
  CaptureIcmpError,
  CaptureLookup,
  CaptureSummary,
  CaptureTunnelPath,
  Conversation,
} from '../capture.js';
import { endText } from '../capture.js';
import { isUnanswered } from './analysis/lookups.js';

/** Seconds after which an answer of DNS is slow, and a handshake was not answered at once. */
const SLOW_LOOKUP = 1;
const LATE_HANDSHAKE = 0.9;
/** Tunnel packets towards a peer that must have gone unanswered before silence means something. */
const ENOUGH_UNANSWERED = 3;
/** ARP requests likewise. */
const ENOUGH_ASKED = 2;
/** Segments sent again, and their share, from which a connection is lossy. */
const ENOUGH_RETRANSMISSIONS = 3;
const LOSSY_SHARE = 0.05;
/** Findings of one kind that are listed each; the rest are summed up by the report. */
const MOST_OF_A_KIND = 50;

/** What one capture shows that a person would point at, the same kinds together, in the order of CAPTURE_FINDING_IDS. */
export function findingsOf(summary: CaptureSummary): CaptureFinding[] {
  const found = new Findings();
  for (const conversation of summary.conversations) judgeConversation(found, conversation);
  findForeignReplies(found, summary.conversations);
  for (const error of summary.icmpErrors) judgeIcmpError(found, error, summary.tunnels);
  for (const lookup of summary.lookups) judgeLookup(found, lookup, summary.lastAt);
  for (const { ip, macs, asked, answered, packets } of summary.claims) {
    // Calico's gateway is claimed by each veth's own MAC.
    if (macs.length > 1 && !ip.startsWith('169.254.')) {
      found.fault('address-claimed-twice', { ip, macs: macs.join(', ') }, packets);
    }
    if (answered === 0 && asked >= ENOUGH_ASKED) found.fault('arp-unanswered', { ip, times: asked }, packets);
  }
  judgeTunnels(found, summary.tunnels);
  const { fragments, badIpChecksums, badTransportChecksums } = summary;
  if (fragments.incomplete > 0) {
    const { incomplete, datagrams, examples } = fragments;
    found.fault('fragments-incomplete', { incomplete, datagrams }, examples);
  }
  if (badIpChecksums.count > 0)
    found.fault('bad-ip-checksum', { count: badIpChecksums.count }, badIpChecksums.examples);
  if (badTransportChecksums.count > 0) {
    const { count, from, examples } = badTransportChecksums;
    found.fault('bad-checksum', { count, from: from.join(', ') }, examples);
  }
  return found.all();
}

class Findings {
  readonly #byId = new Map<CaptureFindingId, CaptureFinding[]>();

  fault(id: CaptureFindingId, values: CaptureFinding['values'], packets: number[]): void {
    this.#add({ id, weight: 'fault', values, packets });
  }

  note(id: CaptureFindingId, values: CaptureFinding['values'], packets: number[]): void {
    this.#add({ id, weight: 'note', values, packets });
  }

  #add(finding: CaptureFinding): void {
    const same = this.#byId.get(finding.id);
    if (same === undefined) this.#byId.set(finding.id, [finding]);
    else if (same.length < MOST_OF_A_KIND) same.push(finding);
  }

  /** What went wrong first, what is worth knowing behind it. */
  all(): CaptureFinding[] {
    const all = [...this.#byId.values()].flat();
    return [...all.filter(({ weight }) => weight === 'fault'), ...all.filter(({ weight }) => weight === 'note')];
  }
}

function judgeConversation(found: Findings, conversation: Conversation): void {
  const { protocol, fate, packets, forward, reverse } = conversation;
  const ends = { client: endText(conversation.client), server: endText(conversation.server) };
  switch (fate) {
    case 'unanswered':
      if (protocol === 'tcp') found.fault('syn-unanswered', { ...ends, times: conversation.syns ?? 1 }, packets);
      else if (conversation.echoId !== undefined) {
        found.fault('echo-unanswered', { ...ends, times: forward.progress, bytes: forward.largest }, packets);
      }
      break;
    case 'partly':
      found.fault(
        'echo-partly-unanswered',
        { ...ends, missing: forward.progress - reverse.progress, of: forward.progress, bytes: forward.largest },
        packets,
      );
      break;
    case 'refused':
      found.fault('connection-refused', ends, packets);
      break;
    case 'rejected':
      found.fault('connection-rejected', ends, packets);
      break;
    case 'unconfirmed':
      found.fault('handshake-unconfirmed', ends, packets);
      break;
    case 'stalled': {
      const { payload, by, times } = conversation.stalled!;
      const sender = by === 'client' ? ends.client : ends.server;
      found.fault('transfer-stalled', { ...ends, sender, payload, times }, packets);
      break;
    }
    case 'no-response':
      found.fault('request-without-response', ends, packets);
      break;
    case 'reset':
      found.note('connection-reset', { ...ends, by: conversation.resetBy ?? 'client' }, packets);
      break;
    default:
      break;
  }
  if (protocol !== 'tcp') return;
  const late = conversation.answeredAfter;
  if ((conversation.syns ?? 0) > 1 && late !== undefined && late > LATE_HANDSHAKE && fate !== 'unconfirmed') {
    found.fault('syn-answered-late', { ...ends, seconds: rounded(late) }, [forward.firstPacket, reverse.firstPacket]);
  }
  if (fate !== 'closed' && fate !== 'open' && fate !== 'reset') return;
  for (const direction of [forward, reverse]) {
    if (isLossy(direction)) {
      found.note('retransmissions', { ...ends, count: direction.retransmissions, of: direction.packets }, [
        direction.firstPacket,
        direction.lastPacket,
      ]);
    }
  }
}

function isLossy({ retransmissions, packets }: CaptureDirection): boolean {
  return retransmissions >= ENOUGH_RETRANSMISSIONS && retransmissions >= packets * LOSSY_SHARE;
}

/**
 * SYN to A, SYN-ACK from B to the same port of the client, which resets what it did not ask for. On a bridge the translated
 * SYN to B is seen as well: what the client itself asked is the earliest.
 */
function findForeignReplies(found: Findings, conversations: readonly Conversation[]): void {
  const asked = new Map<string, Conversation>();
  for (const conversation of conversations) {
    if (conversation.protocol !== 'tcp' || !conversation.begun) continue;
    const key = `${endText(conversation.client)} ${conversation.iface ?? ''}`;
    const first = asked.get(key);
    if (first === undefined || conversation.forward.firstPacket < first.forward.firstPacket)
      asked.set(key, conversation);
  }
  for (const conversation of conversations) {
    if (conversation.protocol !== 'tcp') continue;
    if (conversation.fate !== 'reset-by-client') continue;
    const question = asked.get(`${endText(conversation.client)} ${conversation.iface ?? ''}`);
    const values = { client: endText(conversation.client), server: endText(conversation.server) };
    if (question === undefined || question === conversation || isSameQuestion(question, conversation)) {
      found.note('reset-by-client', values, conversation.packets);
      continue;
    }
    const packets = [question.forward.firstPacket, ...conversation.packets].filter(
      (packet, i, all) => all.indexOf(packet) === i,
    );
    found.fault(
      'reply-from-other-address',
      { client: values.client, asked: endText(question.server), answered: values.server },
      packets,
    );
  }
}

function isSameQuestion(a: Conversation, b: Conversation): boolean {
  return a.server.ip === b.server.ip && a.server.port === b.server.port;
}

const TUNNEL_PORTS = new Set([4789, 8472, 6081, 51820, 51871]);

function judgeIcmpError(found: Findings, error: CaptureIcmpError, tunnels: readonly CaptureTunnelPath[]): void {
  const { type, code, family, from, packets, about } = error;
  const values: CaptureFinding['values'] = { from, to: error.to, times: error.count };
  if (about !== undefined) {
    values.client = endText(about.from);
    values.server = endText(about.to);
  }
  const id = familyIndependent(family, type, code);
  if (id === undefined) return;
  if (id === 'fragmentation-needed') {
    found.fault(id, { ...values, mtu: error.mtu ?? 0 }, packets);
    return;
  }
  if (id === 'port-unreachable' && about !== undefined) {
    const port = about.to.port ?? -1;
    if (TUNNEL_PORTS.has(port) || tunnels.some((tunnel) => tunnel.port === port && tunnel.to === about.to.ip)) {
      found.fault('tunnel-port-unreachable', { ...values, port }, packets);
      return;
    }
  }
  if (id === 'icmp-redirect') found.note(id, values, packets);
  else found.fault(id, values, packets);
}

/** RFC 792, 1812 and 4443: what an ICMP error says, whichever family. */
function familyIndependent(family: 4 | 6, type: number, code: number): CaptureFindingId | undefined {
  if (family === 6) {
    if (type === 2) return 'fragmentation-needed';
    if (type === 3) return code === 1 ? 'reassembly-timeout' : 'time-exceeded';
    if (type !== 1) return undefined;
    if (code === 1 || code === 5) return 'admin-prohibited';
    if (code === 3) return 'host-unreachable';
    return code === 4 ? 'port-unreachable' : 'net-unreachable';
  }
  if (type === 5) return 'icmp-redirect';
  if (type === 11) return code === 1 ? 'reassembly-timeout' : 'time-exceeded';
  if (type !== 3) return undefined;
  if (code === 4) return 'fragmentation-needed';
  if (code === 3 || code === 2) return 'port-unreachable';
  if (code === 9 || code === 10 || code === 13) return 'admin-prohibited';
  return code === 0 || code === 6 || code === 11 ? 'net-unreachable' : 'host-unreachable';
}

const RCODES: Readonly<Record<number, CaptureFindingId>> = { 2: 'dns-servfail', 3: 'dns-nxdomain', 5: 'dns-refused' };

function judgeLookup(found: Findings, lookup: CaptureLookup, lastAt: number): void {
  const { queries, responses, rcode, answeredAfter, packets } = lookup;
  const values = {
    name: lookup.name,
    type: lookup.type,
    client: endText(lookup.client),
    server: endText(lookup.server),
  };
  if (isUnanswered(lookup, lastAt)) {
    found.fault('dns-unanswered', { ...values, times: queries }, packets);
    return;
  }
  const error = rcode === undefined ? undefined : RCODES[rcode];
  // Names of the search list that do not exist are asked for all the time.
  if (error === 'dns-nxdomain') found.note(error, values, packets);
  else if (error !== undefined) found.fault(error, values, packets);
  if (answeredAfter !== undefined && answeredAfter >= SLOW_LOOKUP) {
    const id = queries > 1 ? 'dns-asked-again' : 'dns-slow';
    found.fault(id, { ...values, seconds: rounded(answeredAfter), times: queries }, packets);
  }
  if (responses > Math.max(1, queries)) found.note('dns-answered-twice', { ...values, times: responses }, packets);
}

function judgeTunnels(found: Findings, tunnels: readonly CaptureTunnelPath[]): void {
  const outsideOf = new Map<string, CaptureTunnelPath>();
  const told = new Set<string>();
  for (const tunnel of tunnels) {
    const { kind, from, to, packets, handshakes, examples } = tunnel;
    const back = tunnels.find((other) => other.kind === kind && other.from === to && other.to === from);
    // WireGuard keeps a peer alive without an answer, and nobody answers from a group's address.
    const isForOne = kind !== 'wireguard' && !isMulticast(to);
    if (back === undefined && packets >= ENOUGH_UNANSWERED && isForOne) {
      found.fault('tunnel-unanswered', { kind, from, to, times: packets }, examples);
    }
    if (handshakes !== undefined && handshakes.initiations >= 2 && (back?.handshakes?.responses ?? 0) === 0) {
      found.fault('wireguard-handshake-unanswered', { from, to, times: handshakes.initiations }, examples);
    }
    if (tunnel.fragmented > 0) found.note('tunnel-fragmented', { kind, from, to, times: tunnel.fragmented }, examples);
    for (const inner of tunnel.innerSources) {
      const other = outsideOf.get(inner);
      if (other === undefined) outsideOf.set(inner, tunnel);
      else if (other.from !== from && !told.has(`${other.from} ${from}`)) {
        // Told once a pair, with the first inner address that shows it.
        told.add(`${other.from} ${from}`);
        found.fault('tunnel-source-changes', { inner, one: other.from, other: from }, [...other.examples, ...examples]);
      }
    }
  }
}

function isMulticast(ip: string): boolean {
  const first = Number.parseInt(ip, 10);
  return ip.includes(':') ? ip.startsWith('ff') : first >= 224 && first < 240;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
