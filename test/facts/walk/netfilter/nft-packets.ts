import { readFileSync } from 'node:fs';
import { formatIpv4, parseNetwork } from '../../../../src/facts/derive/ipv4.js';
import { nftRuleset } from '../../../../src/facts/parsers/nft-ruleset.js';
import { FactStore } from '../../../../src/facts/store.js';
import type { AddressType, ChainOutcome, PacketEnvironment } from '../../../../src/facts/walk/netfilter/base-chain.js';
import type { NftBaseChain } from '../../../../src/facts/walk/netfilter/nft-chains.js';
import { nftChainsOf } from '../../../../src/facts/walk/netfilter/nft-chains.js';
import type { Packet } from '../../../../src/facts/walk/packet.js';

const NODE = 'node/n1';

export function rulesetOf(name: string): string {
  return readFileSync(new URL(`nft-rulesets/${name}.txt`, import.meta.url), 'utf8');
}

/** A store that holds what `nft list ruleset` printed, one output after another. */
export function storeOf(...texts: readonly string[]): FactStore {
  const store = new FactStore();
  for (const [i, text] of texts.entries()) {
    const file = `nodes/n1/nft${i}`;
    const lines = text.split('\n');
    nftRuleset.parse(
      { lines, text, command: { program: 'nft', args: ['list', 'ruleset'], exact: true }, subject: NODE, file },
      {
        record: (name, value, line) => store.add({ subject: NODE, name, value, source: { file, line } } as never),
        fact: () => {},
        unknown: () => {},
        problem: () => {},
      },
    );
  }
  return store;
}

/** The base chain of that name (`ip kube-proxy nat-prerouting`). */
export function chainOf(text: string, name: string): NftBaseChain {
  const { chains, bridge, ingress } = nftChainsOf(storeOf(text), NODE);
  const found = [...chains, ...bridge, ...ingress].find((chain) => chain.name === name);
  if (found === undefined) throw new Error(`no base chain ${name}`);
  return found;
}

export const chainsOf = (...texts: readonly string[]) => nftChainsOf(storeOf(...texts), NODE);

/** What a test says of a packet; networks and ports as text. */
export interface PacketWords extends Partial<Omit<Packet, 'src' | 'dst' | 'sport' | 'dport'>> {
  src?: string | undefined;
  dst?: string | undefined;
  sport?: number | readonly [number, number] | undefined;
  dport?: number | readonly [number, number] | undefined;
}

const portsOf = (port: PacketWords['dport']) => (typeof port === 'number' ? ([port, port] as const) : port);

/** The first packet of a TCP connection from 10.244.1.9 to 10.244.2.7:80, from cni0 to eth0, but for what is given. */
export function packetOf(words: PacketWords = {}): Packet {
  const all: PacketWords = { src: '10.244.1.9', dst: '10.244.2.7', sport: 40_000, dport: 80, ...words };
  const { src, dst, sport, dport, ...rest } = all;
  return {
    proto: 'tcp',
    state: 'NEW',
    translated: { dst: false, src: false },
    mark: 0,
    connmark: 0,
    in: 'cni0',
    out: 'eth0',
    size: 60,
    ...('tcp' in words || (words.proto !== undefined && words.proto !== 'tcp') ? {} : { tcp: 'syn' as const }),
    ...rest,
    src: src === undefined ? undefined : parseNetwork(src),
    dst: dst === undefined ? undefined : parseNetwork(dst),
    sport: portsOf(sport),
    dport: portsOf(dport),
  };
}

/** A node with the addresses 192.168.1.11 and 127.0.0.0/8. */
export const ENVIRONMENT: PacketEnvironment = {
  addressType(address): AddressType {
    const text = formatIpv4(address);
    if (text === '192.168.1.11' || text.startsWith('127.')) return 'LOCAL';
    if (text === '192.168.1.255') return 'BROADCAST';
    return address >>> 28 === 14 ? 'MULTICAST' : 'UNICAST';
  },
};

/** An outcome in words: `drop`, `accept dnat 10.0.0.1:80 mark 0x4000 random`. */
export function wordsOf(outcome: ChainOutcome): string {
  const { verdict, translation, packet, choices, mss } = outcome;
  const words: string[] = [verdict];
  if (translation !== undefined) {
    const [from, to] = translation.to ?? [];
    const address = from === undefined ? '' : formatIpv4(from) + (to === from ? '' : `-${formatIpv4(to!)}`);
    const port = translation.port === undefined ? '' : `:${[...new Set(translation.port)].join('-')}`;
    words.push(`${translation.kind} ${address}${port}`.trim());
  }
  if (packet.mark !== 0) words.push(`mark ${packet.mark === undefined ? '?' : `0x${packet.mark.toString(16)}`}`);
  if (packet.connmark !== 0) words.push(`connmark ${packet.connmark ?? '?'}`);
  if (packet.state === 'UNTRACKED') words.push('untracked');
  if (mss !== undefined) words.push(`mss ${mss}`);
  const kinds = new Set(choices.map(({ kind }) => kind));
  if (kinds.has('doubt')) words.push('perhaps');
  else if (kinds.has('random')) words.push('random');
  return words.join(' ');
}

export function outcomesOf(
  text: string,
  chain: string,
  packet: PacketWords = {},
  environment: PacketEnvironment = ENVIRONMENT,
): string[] {
  return chainOf(text, chain).evaluate(packetOf(packet), environment).map(wordsOf);
}
