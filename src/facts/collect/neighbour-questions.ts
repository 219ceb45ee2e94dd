import { networkInterfaces } from 'node:os';
import { networkHas, parseIpv4, parseNetwork } from '../derive/ipv4.js';
import type { StateCommand } from './commands.js';
import type { Targets } from './targets.js';

/** Peers on the node's own links that are asked for. */
const MOST = 8;

/**
 * ARP questions to the other nodes that hang on one of this node's links: that two machines answer for one address is seen
 * nowhere else. Its requests are what any first packet to them sends.
 */
export function neighbourQuestions({ topology, node, given }: Targets): StateCommand[] {
  const peers = new Set<string>();
  for (const other of topology?.nodes.values() ?? []) {
    if (other.name !== node && other.nodeIp !== undefined) peers.add(other.nodeIp);
  }
  for (const { to } of given) if (to.ip !== undefined) peers.add(to.ip);
  const questions: StateCommand[] = [];
  for (const peer of [...peers].sort()) {
    const device = linkTo(peer);
    if (device === undefined || questions.length === MOST) continue;
    questions.push({ argv: ['arping', '-c', '2', '-w', '2', '-I', device, peer], timeoutMs: 5000 });
  }
  return questions;
}

function linkTo(ip: string): string | undefined {
  const address = parseIpv4(ip);
  if (address === undefined) return undefined;
  for (const [device, list] of Object.entries(networkInterfaces())) {
    for (const { family, cidr, internal, address: own } of list ?? []) {
      const network = family === 'IPv4' && !internal && cidr !== null ? parseNetwork(cidr) : undefined;
      if (network !== undefined && network.prefix < 32 && networkHas(network, address) && own !== ip) return device;
    }
  }
  return undefined;
}
