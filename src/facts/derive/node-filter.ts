import type { Subject } from '../model.js';
import type { FactStore } from '../store.js';
import type { AddressType, BaseChain, ChainOutcome, Hook, PacketEnvironment } from '../walk/netfilter/base-chain.js';
import { ipSetsOf } from '../walk/netfilter/ip-sets.js';
import { baseChainsOf, inForce } from '../walk/netfilter/netfilter.js';
import { type NftBaseChain, nftChainsOf } from '../walk/netfilter/nft-chains.js';
import type { Packet } from '../walk/packet.js';
import { isForeignBridge } from './devices.js';
import type { Decision, Verdict } from './packet-decision.js';
import type { RuleTable } from './ruleset.js';

/** A chain of iptables that packets meet. */
export interface ChainPlace {
  table: string;
  chain: string;
}

/** A kind of packets with the chains they pass, in order. */
export interface FilteredKind {
  packet: Packet;
  dstType: AddressType;
  hooks: readonly ChainPlace[];
}

export const FORWARD: readonly ChainPlace[] = [
  { table: 'mangle', chain: 'FORWARD' },
  { table: 'filter', chain: 'FORWARD' },
];
export const INCOMING: readonly ChainPlace[] = [
  { table: 'raw', chain: 'PREROUTING' },
  { table: 'mangle', chain: 'PREROUTING' },
  { table: 'filter', chain: 'INPUT' },
];

/** A port of an application in a pod. */
const APPLICATION_PORT = 8080;

/** A kind of packets of which is known what is given: of a new connection where no state is. */
export function kindOf(
  known: { [K in keyof Packet]?: Packet[K] | undefined } & { proto: string },
  hooks: readonly ChainPlace[],
  dstType: AddressType = hooks.some(({ chain }) => chain === 'INPUT') ? 'LOCAL' : 'UNICAST',
): FilteredKind {
  const { proto, state = 'NEW', translated = { dst: false, src: false }, ...others } = known;
  const ports = proto === 'tcp' || proto === 'udp';
  const packet: Packet = {
    proto,
    // The source port of a connection is an ephemeral one.
    ...(ports ? { sport: [32768, 60999], dport: [APPLICATION_PORT, APPLICATION_PORT] } : {}),
    ...(proto === 'tcp' ? { tcp: state === 'NEW' ? 'syn' : 'syn-ack' } : {}),
    mark: 0,
    connmark: undefined,
    ...others,
    state,
    translated,
  };
  return { packet, dstType, hooks };
}

/**
 * Chains of policy engines: what they drop is a NetworkPolicy's business, judged per pod elsewhere, never the node's
 * firewall. A drop in them is a `maybe`.
 */
export const POLICY_CHAINS = /^(?:cali-|felix-|KUBE-NWPLCY|KUBE-POD-FW|KUBE-ROUTER|WEAVE-NPC|CILIUM_|ANTREA-|TRIREME)/;

/** Tables of nftables that kube-proxy and CNIs keep: what they drop is meant to be dropped. */
const OTHERS_TABLES = /^(?:kube-proxy|calico|cilium|antrea|kube-router|flannel)/;

/** What the packet filter of a node does with kinds of packets: iptables' chains, and those of native tables of nftables. */
export class NodeFilter {
  private readonly chains = new Map<string, BaseChain[]>();
  private readonly native: readonly NftBaseChain[];

  constructor(store: FactStore, subject: Subject, byName: Map<string, RuleTable[]>) {
    const sets = ipSetsOf(store, subject);
    const { tables, native, xtables } = inForce(store, subject, nftChainsOf(store, subject).chains, byName);
    this.native = native.filter(({ table, type }) => type !== 'nat' && !OTHERS_TABLES.test(table));
    for (const table of tables) for (const chain of baseChainsOf(table, sets)) this.add(chain.name, chain);
    for (const chain of xtables) this.add(`${chain.table} ${chain.name.split(' ').at(-1)}`, chain);
  }

  private add(name: string, chain: BaseChain): void {
    const known = this.chains.get(name);
    if (known === undefined) this.chains.set(name, [chain]);
    else known.push(chain);
  }

  /** The decisions of the chains that the packets pass. Only the filter table's say that they are accepted. */
  decisions(kind: FilteredKind): Decision[] {
    const found: Decision[] = [];
    for (const hook of kind.hooks) {
      for (const outcomes of this.at(hook, kind)) {
        const decision = decisionOf(outcomes);
        if (hook.table === 'filter' || decision.verdict === 'drop' || decision.verdict === 'reject')
          found.push(decision);
      }
      found.push(...this.nativeDecisions(hook, kind));
    }
    return found;
  }

  /** What native tables refuse: what they let pass says nothing of iptables' chains. */
  private nativeDecisions(place: ChainPlace, kind: FilteredKind): Decision[] {
    const hook = NATIVE_HOOK[`${place.table} ${place.chain}`];
    return this.native
      .filter((chain) => chain.hook === hook)
      .map((chain) => nativeDecisionOf(chain, this.evaluate(chain, kind)))
      .filter(({ verdict }) => verdict !== 'accept');
  }

  /** The ways that the packets may leave each of the chains. */
  outcomes(kind: FilteredKind): (readonly ChainOutcome[])[] {
    return kind.hooks.flatMap((hook) => this.at(hook, kind));
  }

  private at({ table, chain }: ChainPlace, kind: FilteredKind): (readonly ChainOutcome[])[] {
    return (this.chains.get(`${table} ${chain}`) ?? []).map((base) => this.evaluate(base, kind));
  }

  private evaluate(chain: BaseChain, { packet, dstType }: FilteredKind): readonly ChainOutcome[] {
    const environment: PacketEnvironment = {
      addressType: () => undefined,
      kind: {
        dstType,
        // Whatever the device is: pods are not on these.
        mayUse: (device) => device !== 'lo' && !isForeignBridge(device) && !/^(?:tun\d|tap\d|ppp)/.test(device),
        mayBeIn: ({ start, end }) => start < 0x7f000000 || end > 0x7fffffff,
      },
    };
    return chain.evaluate(packet, environment);
  }
}

/** The hook of nftables at which packets meet a chain of iptables; named once where several tables have it. */
const NATIVE_HOOK: Readonly<Record<string, Hook>> = {
  'raw PREROUTING': 'prerouting',
  'filter INPUT': 'input',
  'filter FORWARD': 'forward',
};

/** A policy of a native table is a rule of somebody's: only iptables' FORWARD comes with one that is found without anybody. */
function nativeDecisionOf({ name }: NftBaseChain, outcomes: readonly ChainOutcome[]): Decision {
  const decision = decisionOf(outcomes);
  return { ...decision, by: 'rule', text: `${name}: ${decision.text}` };
}

function decisionOf(outcomes: readonly ChainOutcome[]): Decision {
  const verdicts = new Set(outcomes.map(verdictOf));
  const [first] = outcomes as readonly [ChainOutcome, ...ChainOutcome[]];
  const decided = outcomes.find((outcome) => outcome.verdict !== 'accept') ?? first;
  const gaveUp = outcomes.some(isGivenUp);
  const [verdict] = verdicts;
  const { text, source } = decided.by;
  const policy = text.startsWith(':') || text.startsWith('policy ');
  return {
    verdict: verdicts.size === 1 && !gaveUp ? verdict! : 'maybe',
    by: policy ? 'policy' : 'rule',
    text: text.startsWith(':') ? `-P ${text.slice(1)}` : text,
    source,
  };
}

/** Whether the evaluation went no further than a rule: it is accepted by the very rule that is in doubt. */
function isGivenUp({ by, choices }: ChainOutcome): boolean {
  const last = choices.at(-1);
  return last?.kind === 'doubt' && last.rule === by && last.way === 0;
}

function verdictOf({ verdict, by }: ChainOutcome): Verdict {
  return verdict !== 'accept' && POLICY_CHAINS.test(by.chain) ? 'maybe' : verdict;
}
