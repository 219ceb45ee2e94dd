import { parseNetwork } from '../../../../src/facts/derive/ipv4.js';
import { readFacts } from '../../../../src/facts/read.js';
import type { FactStore } from '../../../../src/facts/store.js';
import type {
  AddressType,
  BaseChain,
  ChainOutcome,
  Hook,
  Netfilter,
  PacketEnvironment,
} from '../../../../src/facts/walk/netfilter/base-chain.js';
import { netfilterOf } from '../../../../src/facts/walk/netfilter/netfilter.js';
import type { Packet } from '../../../../src/facts/walk/packet.js';
import { CNIS } from '../../cni-profiles.js';

/** The outputs of one node, n1, by file name, read as a bundle's are. */
export function storeOf(outputs: Record<string, string>): FactStore {
  const entries = Object.entries(outputs)
    .map(([name, text]) => ({ path: `nodes/n1/${name}`, bytes: new TextEncoder().encode(text) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return readFacts({ entries, problems: [] }, { logPatterns: [], cnis: CNIS }).store;
}

export function filterOf(outputs: Record<string, string> | string): Netfilter {
  return netfilterOf(storeOf(typeof outputs === 'string' ? { 'iptables-save': outputs } : outputs), 'node/n1');
}

/** One address of the node, two networks of others; multicast and broadcast as they are. */
export const ENVIRONMENT: PacketEnvironment = {
  addressType(address): AddressType | undefined {
    if (address === 0xffffffff) return 'BROADCAST';
    if (address >= 0xe0000000 && address <= 0xefffffff) return 'MULTICAST';
    return address === 0x0a000001 || address >>> 24 === 127 ? 'LOCAL' : 'UNICAST';
  },
};

/** A new TCP connection from a pod of another node to port 80 of one of this; whatever is given stands instead. */
export function packet(
  properties: Omit<Partial<Packet>, 'src' | 'dst' | 'dport' | 'sport'> & {
    src?: string;
    dst?: string;
    dport?: number | undefined;
    sport?: number | undefined;
  } = {},
): Packet {
  const { src, dst, dport = 80, sport = 40000, ...others } = properties;
  const proto = others.proto ?? 'tcp';
  const ports = proto === 'tcp' || proto === 'udp' || proto === 'sctp';
  return {
    proto,
    src: parseNetwork(src ?? '10.244.2.7'),
    dst: parseNetwork(dst ?? '10.244.1.5'),
    ...(ports ? { dport: [dport, dport], sport: [sport, sport] } : {}),
    ...(proto === 'tcp' ? { tcp: 'syn' as const } : {}),
    ...(proto === 'icmp' ? { icmpType: 8 } : {}),
    state: 'NEW',
    translated: { dst: false, src: false },
    mark: 0,
    connmark: 0,
    in: 'eth0',
    out: 'cni0',
    bridged: false,
    size: 60,
    ...others,
  };
}

export function chainAt(filter: Netfilter, hook: Hook, name: string): BaseChain {
  const chain = filter.chains(hook).find((other) => other.name === name);
  if (chain === undefined) throw new Error(`no chain ${name} at ${hook}`);
  return chain;
}

/** The FORWARD chain of a filter table that holds these rules (and chains), evaluated. */
export function forwarded(rules: string, sent: Packet = packet(), policy = 'ACCEPT'): readonly ChainOutcome[] {
  const text = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ${policy} [0:0]
:OUTPUT ACCEPT [0:0]
${rules.trim()}
COMMIT
`;
  return chainAt(filterOf(text), 'forward', 'filter FORWARD').evaluate(sent, ENVIRONMENT);
}

/** `drop`, or `accept/drop` with what kind of choice lies between: `doubt: accept/drop`. */
export function words(outcomes: readonly ChainOutcome[]): string {
  const verdicts = outcomes.map((outcome) => outcome.verdict).sort();
  const kinds = [...new Set(outcomes.flatMap((outcome) => outcome.choices.map((choice) => choice.kind)))].sort();
  return `${kinds.length === 0 ? '' : `${kinds.join('+')}: `}${verdicts.join('/')}`;
}
