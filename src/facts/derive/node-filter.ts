import type { Subject } from '../model.js';
import type { FactStore } from '../store.js';
import type { AddressType, BaseChain, ChainOutcome, PacketEnvironment } from '../walk/netfilter/base-chain.js';
import { ipSetsOf } from '../walk/netfilter/ip-sets.js';
import { baseChainsOf } from '../walk/netfilter/netfilter.js';
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

/** What the iptables chains of a node do with kinds of packets. */
export class NodeFilter {
  private readonly chains = new Map<string, BaseChain[]>();

  constructor(store: FactStore, subject: Subject, tables: ReadonlyMap<string, readonly RuleTable[]>) {
    const sets = ipSetsOf(store, subject);
    for (const table of [...tables.values()].flat()) {
      for (const chain of baseChainsOf(table, sets)) {
        const known = this.chains.get(chain.name);
        if (known === undefined) this.chains.set(chain.name, [chain]);
        else known.push(chain);
      }
    }
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
    }
    return found;
  }

  /** The ways that the packets may leave each of the chains. */
  outcomes(kind: FilteredKind): (readonly ChainOutcome[])[] {
    return kind.hooks.flatMap((hook) => this.at(hook, kind));
  }

  private at({ table, chain }: ChainPlace, { packet, dstType }: FilteredKind): (readonly ChainOutcome[])[] {
    const environment: PacketEnvironment = {
      addressType: () => undefined,
      kind: {
        dstType,
        // Whatever the device is: pods are not on these.
        mayUse: (device) => device !== 'lo' && !isForeignBridge(device) && !/^(?:tun\d|tap\d|ppp)/.test(device),
        mayBeIn: ({ start, end }) => start < 0x7f000000 || end > 0x7fffffff,
      },
    };
    return (this.chains.get(`${table} ${chain}`) ?? []).map((base) => base.evaluate(packet, environment));
  }
}

function decisionOf(outcomes: readonly ChainOutcome[]): Decision {
  const verdicts = new Set(outcomes.map(verdictOf));
  const [first] = outcomes as readonly [ChainOutcome, ...ChainOutcome[]];
  const decided = outcomes.find((outcome) => outcome.verdict !== 'accept') ?? first;
  const gaveUp = outcomes.some(isGivenUp);
  const [verdict] = verdicts;
  const { text, source } = decided.by;
  const policy = text.startsWith(':');
  return {
    verdict: verdicts.size === 1 && !gaveUp ? verdict! : 'maybe',
    by: policy ? 'policy' : 'rule',
    text: policy ? `-P ${text.slice(1)}` : text,
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
