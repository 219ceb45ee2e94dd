import { formatIpv4, parseNetwork } from '../../../../src/facts/derive/ipv4.js';
import type {
  ChainOutcome,
  Hook,
  Netfilter,
  PacketEnvironment,
  Translation,
} from '../../../../src/facts/walk/netfilter/base-chain.js';
import type { Packet } from '../../../../src/facts/walk/packet.js';

const LOCAL: ReadonlySet<string> = new Set(['192.168.10.5', '10.0.1.25', '10.0.1.118', '169.254.20.10', '10.10.1.1']);

/** The node that the outputs are of. */
export const NODE: PacketEnvironment = {
  addressType(address) {
    if (address >= 0xe0000000 && address <= 0xefffffff) return 'MULTICAST';
    return address >>> 24 === 127 || LOCAL.has(formatIpv4(address)) ? 'LOCAL' : 'UNICAST';
  },
};

interface Way {
  packet: Packet;
  did: readonly string[];
  kinds: readonly string[];
  ended: boolean;
}

/**
 * Where a packet comes out of all chains of some hooks, one after the other: `accept`, `dnat 10.0.0.9:80, accept`,
 * `untracked, drop`; several of them where it can be told no further, or is drawn: `doubt: accept | drop`.
 */
export function through(filter: Netfilter, hooks: readonly Hook[], sent: Packet): string {
  let ways: Way[] = [{ packet: sent, did: [], kinds: [], ended: false }];
  for (const hook of hooks) {
    for (const chain of filter.chains(hook)) {
      ways = ways.flatMap((way) =>
        way.ended ? [way] : chain.evaluate(way.packet, NODE).map((end) => after(way, end)),
      );
    }
  }
  const kinds = [...new Set(ways.flatMap((way) => way.kinds))].sort();
  const ends = [...new Set(ways.map(({ ended, did }) => [...did, ...(ended ? [] : ['accept'])].join(', ')))].sort();
  return `${kinds.length === 0 ? '' : `${kinds.join('+')}: `}${ends.join(' | ')}`;
}

function after(way: Way, { verdict, packet, translation, choices }: ChainOutcome): Way {
  const did = [...way.did];
  if (packet.mark !== way.packet.mark)
    did.push(`mark ${packet.mark === undefined ? '?' : `0x${packet.mark.toString(16)}`}`);
  if (packet.state !== way.packet.state) did.push(packet.state.toLowerCase());
  if (translation !== undefined) did.push(wordsOf(translation));
  if (verdict !== 'accept') did.push(verdict);
  return {
    packet: translation === undefined ? packet : translated(packet, translation),
    did,
    kinds: [...way.kinds, ...choices.map(({ kind }) => kind)],
    ended: verdict !== 'accept',
  };
}

function wordsOf({ kind, to, port }: Translation): string {
  const addresses = to === undefined ? '' : [...new Set(to.map(formatIpv4))].join('-');
  return `${kind} ${addresses}${port === undefined ? '' : `:${[...new Set(port)].join('-')}`}`.trim();
}

function translated(packet: Packet, { kind, to, port }: Translation): Packet {
  const address = to === undefined || to[0] !== to[1] ? undefined : parseNetwork(formatIpv4(to[0]));
  const side = kind === 'dnat' || kind === 'redirect' ? 'dst' : 'src';
  return {
    ...packet,
    translated: { ...packet.translated, [side]: true },
    ...(address === undefined ? {} : { [side]: address }),
    ...(port !== undefined && side === 'dst' ? { dport: port } : {}),
  };
}
