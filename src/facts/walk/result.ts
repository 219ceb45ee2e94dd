import type { Source, Subject } from '../model.js';

/** `varies`: some of the ways that the kernel draws between deliver and others do not. `unknown`: what decides is not in the input. */
export type WalkVerdict = 'delivered' | 'dropped' | 'varies' | 'unknown';

/** What happened to the packet at one place. Words for a person are the report's: `kind` with `detail`. */
export const STEP_KINDS = [
  'sent',
  'routed',
  'passed-chain',
  'translated-destination',
  'translated-source',
  'untranslated',
  'marked',
  'crossed-veth',
  'bridged',
  'neighbour-found',
  'fragmented',
  'encapsulated',
  'decapsulated',
  'crossed-fabric',
  'left-the-cluster',
  'allowed-by-policy',
  'balanced-by-ipvs',
  'received',
  'assumed',
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export interface WalkStep {
  /** Network namespace: `node/n1`, `pod/default/a`; `cluster` for the network between nodes. */
  on: Subject;
  kind: StepKind;
  /** Device that the packet enters or leaves by. */
  device?: string;
  /** `output`, `prerouting`, `forward`, `input`, `postrouting`, where a packet filter decided. */
  hook?: string;
  /** The packet as it is after the step: `10.244.1.5:40000 > 10.244.2.7:80/tcp`. */
  packet: string;
  /** The rule, route or entry that decided, as printed. */
  text?: string;
  source?: Source;
  /** Values that the words for this kind take: `to`, `via`, `mtu`, `peer`, `size`, … */
  detail: Readonly<Record<string, string>>;
}

/** Why a packet ends, or may end. One vocabulary for the report, the facts and the rulebook. */
export const DROP_REASONS = [
  'netfilter-drop',
  'netfilter-reject',
  'network-policy',
  'no-route',
  'route-blackhole',
  'route-unreachable',
  'route-prohibit',
  'not-forwarding',
  'reverse-path',
  'martian-source',
  'device-down',
  'device-missing',
  'mtu-exceeded',
  'neighbour-failed',
  'neighbour-wrong-mac',
  'nobody-has-address',
  'no-forwarding-entry',
  'wrong-tunnel-endpoint',
  'tunnel-mac-mismatch',
  'tunnel-own-mac',
  'not-in-bridge',
  'no-hairpin',
  'port-not-forwarding',
  'no-endpoints',
  'service-not-translated',
  'nobody-listens',
  'conntrack-full',
  'loop',
  'reply-not-recognised',
  'no-way-back',
  'no-address',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** What ends the walk of one way, or what is missing to know whether it does. */
export interface WalkEnd {
  verdict: WalkVerdict;
  /** Where: the namespace in which the packet was delivered, dropped, or the walk could not go on. */
  at: Subject;
  reason?: DropReason;
  /** What decided, in words with its file and line: `filter FORWARD policy DROP (nodes/n2/iptables-save:31)`. */
  by?: string;
  source?: Source;
  /** What the walk took for granted or what is missing, each with what would tell. */
  missing: readonly MissingKnowledge[];
  /** Delivered into what no node's state shows: the network between nodes, or beyond the cluster. */
  beyond?: 'fabric' | 'outside';
  /** Of `unknown`: what would come of it if nothing that is missing spoke against it. */
  otherwise?: 'delivered' | 'dropped';
}

export interface MissingKnowledge {
  on: Subject;
  /** `iptables-save`, `ip route`, a rule that may match, … */
  what: string;
  source?: Source;
  /** The read-only command that would tell, where one does. */
  collect?: string;
}

/** One way of the packet, there (and back, where it is delivered). */
export interface WalkBranch extends WalkEnd {
  /** What this way is: the backend or next hop that was drawn; empty for the only one. */
  label: string;
  steps: readonly WalkStep[];
  /** The way back; absent where the packet is not delivered. */
  reply?: WalkEnd & { steps: readonly WalkStep[] };
}

/** A flow's walk. The verdict speaks of there and back: a packet whose reply is dropped is `dropped`, `at` in the reply. */
export interface WalkResult extends WalkBranch {
  from: string;
  to: string;
  /** Every way, where there is more than one. */
  branches?: readonly WalkBranch[];
}
