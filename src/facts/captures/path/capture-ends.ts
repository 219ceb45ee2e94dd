import type { CaptureSummary, Conversation } from '../../capture.js';

/** Whose packets a capture holds. */
export interface CaptureEnds {
  /** Conversations by the addresses at their ends, and the most that one address has. */
  counts: ReadonlyMap<string, number>;
  most: number;
  /** Networks of /24, or /64, of those ends. */
  networks: ReadonlySet<string>;
  protocols: ReadonlySet<Conversation['protocol']>;
}

/** Asked for each flow: counted once a capture. */
const counted = new WeakMap<CaptureSummary, CaptureEnds>();

export function endsOf(summary: CaptureSummary): CaptureEnds {
  let ends = counted.get(summary);
  if (ends === undefined) {
    ends = count(summary);
    counted.set(summary, ends);
  }
  return ends;
}

function count({ conversations }: CaptureSummary): CaptureEnds {
  const counts = new Map<string, number>();
  const protocols = new Set<Conversation['protocol']>();
  const add = (ip: string) => counts.set(ip, (counts.get(ip) ?? 0) + 1);
  for (const { client, server, protocol } of conversations) {
    add(client.ip);
    if (server.ip !== client.ip) add(server.ip);
    protocols.add(protocol);
  }
  let most = 0;
  const networks = new Set<string>();
  for (const [ip, times] of counts) {
    if (times > most) most = times;
    networks.add(networkOf(ip));
  }
  return { counts, most, networks, protocols };
}

/** The /24 of an IPv4 address, the /64 of one of IPv6; what most CNIs give a node, or a part of it. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip.slice(0, ip.lastIndexOf('.') + 1);
  const groups = ip.split(':');
  const gap = groups.indexOf('');
  return gap >= 0 && gap < 4 ? groups.slice(0, gap).join(':') : groups.slice(0, 4).join(':');
}
