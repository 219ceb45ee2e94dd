import { type Conversation, endText } from '../../capture.js';
import type { PlacedCapture } from './placed-capture.js';

/** A conversation with the capture that shows it. */
export interface Sighting {
  capture: PlacedCapture;
  conversation: Conversation;
}

/**
 * The same flow at several places. Translation changes an address and perhaps a port, so what ties the sightings together is
 * what it leaves alone: TCP's initial sequence number, an echo's identifier with the end that is not translated, of a
 * datagram the client's end (DNAT) or its port, or a lookup's identifier, with the server's (masquerading).
 */
export function groupFlows(captures: readonly PlacedCapture[]): Sighting[][] {
  const groups: Sighting[][] = [];
  const byKey = new Map<string, number>();
  const mergedInto: number[] = [];
  const find = (group: number): number => {
    let root = group;
    while (mergedInto[root] !== root) root = mergedInto[root]!;
    return root;
  };
  for (const capture of captures) {
    for (const conversation of capture.summary.conversations) {
      let group = -1;
      for (const key of keysOf(conversation)) {
        const known = byKey.get(key);
        if (known === undefined) continue;
        const other = find(known);
        if (group === -1 || group === other) group = other;
        else {
          const [into, from] = group < other ? [group, other] : [other, group];
          groups[into]!.push(...groups[from]!);
          groups[from] = [];
          mergedInto[from] = into;
          group = into;
        }
      }
      if (group === -1) {
        group = groups.length;
        groups.push([]);
        mergedInto.push(group);
      }
      for (const key of keysOf(conversation)) byKey.set(key, group);
      groups[group]!.push({ capture, conversation });
    }
  }
  return groups.filter((group) => group.length > 0);
}

function keysOf(conversation: Conversation): string[] {
  const { protocol, number, client, server, forward, reverse, echoId } = conversation;
  const ends = `${number} ${endText(client)} ${endText(server)} ${echoId ?? ''}`;
  if (echoId !== undefined)
    return [ends, `echo ${number} ${echoId} > ${server.ip}`, `echo ${number} ${echoId} < ${client.ip}`];
  if (protocol === 'tcp') {
    const keys = [ends];
    if (forward.isn !== undefined) keys.push(`isn ${forward.isn}`);
    if (reverse.isn !== undefined) keys.push(`back ${reverse.isn}`);
    return keys;
  }
  if (protocol === 'udp') {
    const keys = [ends, `udp ${endText(client)}`, `udp ${client.port} > ${endText(server)}`];
    if (conversation.dnsId !== undefined) keys.push(`dns ${conversation.dnsId} > ${endText(server)}`);
    return keys;
  }
  return [ends];
}
