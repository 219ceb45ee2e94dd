import type { CaptureEnd, Conversation } from '../capture.js';
import type { Source } from '../model.js';
import type { TopologyNode } from '../topology.js';
import { capturesOf, sourceOfPacket, type TakenCapture } from './captures-of.js';
import type { Derivation } from './derivation.js';

/** Connections of one kind that must have worked, and that must have failed, before their source ports are blamed. */
const ENOUGH_CONNECTIONS = 3;
/** SYNs of a connection that must have been lost: one alone may be chance. */
const ENOUGH_SYNS = 3;

/**
 * What captures show when their connections are compared: `capture.untranslated-midstream`, packets of a backend that a
 * client got in the middle of a connection to another address, and reset; `capture.ports-decide`, of connections between
 * the same two ends some source ports always fail; `capture.ways-differ`, requests come in by one interface and replies
 * leave by another. All true or unknown.
 */
export const captureConnections: Derivation = {
  id: 'capture-connections',
  derive({ store, topology }) {
    const byNode = new Map<TopologyNode, TakenCapture[]>();
    for (const capture of capturesOf(store, topology)) {
      if (capture.node === undefined) continue;
      const own = byNode.get(capture.node);
      if (own === undefined) byNode.set(capture.node, [capture]);
      else own.push(capture);
    }
    for (const [node, own] of byNode) {
      const tell = (name: string, source: Source | undefined): void => {
        if (source !== undefined) store.add({ subject: node.subject, name, value: true, source });
      };
      tell('capture.untranslated-midstream', own.map(untranslatedMidstream).find(isTold));
      tell('capture.ports-decide', own.map(portsDecide).find(isTold));
      tell('capture.ways-differ', waysDiffer(own));
    }
  },
};

function isTold(source: Source | undefined): boolean {
  return source !== undefined;
}

const text = ({ ip, port }: CaptureEnd): string => `${ip}:${port ?? ''}`;

function isTcp({ protocol }: Conversation): boolean {
  return protocol === 'tcp';
}

/** One client port in two conversations: one that it began, and one in whose middle it resets what it never asked. */
function untranslatedMidstream({ fact }: TakenCapture): Source | undefined {
  const asked = new Map<string, Conversation>();
  for (const one of fact.value.conversations) {
    if (isTcp(one) && one.begun && one.reverse.isn !== undefined) asked.set(text(one.client), one);
  }
  for (const other of fact.value.conversations) {
    if (!isTcp(other) || other.begun || other.forward.isn !== undefined || other.reverse.isn !== undefined) continue;
    for (const [client, server, resetBy] of [
      [other.client, other.server, 'client'],
      [other.server, other.client, 'server'],
    ] as const) {
      const own = asked.get(text(client));
      if (own === undefined || own.server.ip === server.ip || other.resetBy !== resetBy) continue;
      return sourceOfPacket(fact, other.packets[0] ?? other.reverse.firstPacket);
    }
  }
  return undefined;
}

function portsDecide({ fact }: TakenCapture): Source | undefined {
  const byEnds = new Map<string, { answered: number; lost: Conversation[] }>();
  for (const one of fact.value.conversations) {
    if (!isTcp(one) || !one.begun) continue;
    const key = `${one.client.ip} ${text(one.server)} ${one.iface ?? ''}`;
    const seen = byEnds.get(key) ?? { answered: 0, lost: [] };
    byEnds.set(key, seen);
    if (one.fate === 'unanswered' && (one.syns ?? 0) >= ENOUGH_SYNS) seen.lost.push(one);
    else if (one.reverse.isn !== undefined && one.forward.retransmissions === 0) seen.answered += 1;
  }
  for (const { answered, lost } of byEnds.values()) {
    if (answered >= ENOUGH_CONNECTIONS && lost.length >= ENOUGH_CONNECTIONS)
      return sourceOfPacket(fact, lost[0]!.forward.firstPacket);
  }
  return undefined;
}

/** Both directions of a connection on two cards of the node, each on one of them alone. */
function waysDiffer(own: readonly TakenCapture[]): Source | undefined {
  const cards = own.filter(({ role, iface }) => role === 'nic' && iface !== undefined);
  const requests = new Map<string, { iface: string; source: Source }>();
  const key = (one: Conversation): string => `${text(one.client)} ${text(one.server)}`;
  for (const { fact, iface } of cards) {
    for (const one of fact.value.conversations) {
      if (isTcp(one) && one.tunnel === undefined && one.forward.packets > 0 && one.reverse.packets === 0)
        requests.set(key(one), { iface: iface!, source: sourceOfPacket(fact, one.forward.firstPacket) });
    }
  }
  for (const { fact, iface } of cards) {
    for (const one of fact.value.conversations) {
      if (!isTcp(one) || one.forward.packets > 0 || one.reverse.packets === 0) continue;
      const request = requests.get(key(one));
      if (request !== undefined && request.iface !== iface) return request.source;
    }
  }
  return undefined;
}
