import { type Conversation, endText } from '../../capture.js';
import { secondsBetween } from './capture-time.js';
import type { PlacedCapture } from './placed-capture.js';

/** Seconds that the clocks of two nodes differ by, at most, where translation left one end alone. */
const SKEW = 2;

/** A conversation with the capture that shows it. */
export interface Sighting {
  capture: PlacedCapture;
  conversation: Conversation;
}

/** Flows of one tie at different times that are told apart. */
const MOST_TIED = 32;

/** A flow's group, with a sighting that tells when it was. */
interface Tied {
  group: number;
  conversation: Conversation;
}

/**
 * The same flow at several places. Translation changes an address and perhaps a port, so what ties the sightings together is
 * what it leaves alone: TCP's initial sequence number, an echo's identifier with the end that is not translated, of a
 * datagram the client's end (DNAT) or its port, or a lookup's identifier, with the server's (masquerading).
 */
export function groupFlows(captures: readonly PlacedCapture[]): Sighting[][] {
  const groups: Sighting[][] = [];
  const byKey = new Map<string, Tied[]>();
  const mergedInto: number[] = [];
  const find = (group: number): number => {
    let root = group;
    while (mergedInto[root] !== root) root = mergedInto[root]!;
    return root;
  };
  for (const capture of captures) {
    for (const conversation of capture.summary.conversations) {
      let group = -1;
      const keys = keysOf(conversation);
      for (let i = 0; i < keys.length; i += 1) {
        for (const tied of byKey.get(keys[i]!) ?? []) {
          // Both ends are the flow's own; one of them, or an identifier, may be another's at another time.
          if (i > 0 && conversation.protocol !== 'tcp' && !areTogether(tied.conversation, conversation)) continue;
          const other = find(tied.group);
          if (group === -1 || group === other) {
            group = other;
            continue;
          }
          const [into, from] = group < other ? [group, other] : [other, group];
          for (const sighting of groups[from]!) groups[into]!.push(sighting);
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
      for (const key of keys) {
        const tied = byKey.get(key);
        if (tied === undefined) byKey.set(key, [{ group, conversation }]);
        else if (tied.length < MOST_TIED) tied.push({ group, conversation });
        else tied[tied.length - 1] = { group, conversation };
      }
      groups[group]!.push({ capture, conversation });
    }
  }
  return groups.filter((group) => group.length > 0);
}

/** Whether two sightings overlap in time, as far as their times are told. */
function areTogether(a: Conversation, b: Conversation): boolean {
  return !(secondsBetween(endOf(a), beginningOf(b)) > SKEW) && !(secondsBetween(endOf(b), beginningOf(a)) > SKEW);
}

function beginningOf({ forward, reverse }: Conversation): number {
  return reverse.firstAt < forward.firstAt || Number.isNaN(forward.firstAt) ? reverse.firstAt : forward.firstAt;
}

function endOf({ forward, reverse }: Conversation): number {
  return reverse.lastAt > forward.lastAt || Number.isNaN(forward.lastAt) ? reverse.lastAt : forward.lastAt;
}

/** The first tells both ends. */
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
