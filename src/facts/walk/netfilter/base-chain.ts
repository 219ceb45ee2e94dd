import type { Ipv4Network } from '../../derive/ipv4.js';
import type { Source, Subject } from '../../model.js';
import type { Packet, PortRange } from '../packet.js';

export const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;
export type Hook = (typeof HOOKS)[number];

/** Priorities of the kernel's own places at a hook (uapi/linux/netfilter_ipv4.h). */
export const PRIORITY = {
  raw: -300,
  conntrack: -200,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
} as const;

/** A rule, or the policy of a chain, as the output prints it. */
export interface RuleRef {
  /** `filter`, `nat`, `inet firewalld`, … */
  table: string;
  chain: string;
  /** The rule as printed; of a policy, as iptables-save prints it: `:FORWARD DROP`. */
  text: string;
  source: Source;
}

/**
 * A rule at which the packet's way forks: `random` where the kernel itself draws (`-m statistic`, `numgen random`), `doubt`
 * where the rule may or may not match, or does what is not known, or the chain it names is not in the output.
 */
export interface Choice {
  kind: 'random' | 'doubt';
  rule: RuleRef;
  /** Which of the ways it is, by number. Ways of one rule with equal numbers are one way. */
  way: number;
  /** The namespace in which the way forks, once a walk has come there. */
  on?: Subject;
}

/** A translation that a rule of a nat chain asks for. */
export interface Translation {
  kind: 'dnat' | 'snat' | 'masquerade' | 'redirect';
  /** Addresses from and to as numbers, both inclusive; absent where the kernel takes the device's or keeps them. */
  to?: readonly [number, number];
  port?: PortRange;
  rule: RuleRef;
}

/** One way a packet may leave a base chain. */
export interface ChainOutcome {
  /** `accept` ends this base chain only: those of higher priority at the hook still see the packet. */
  verdict: 'accept' | 'drop' | 'reject';
  /** What decided. */
  by: RuleRef;
  /** The packet as it leaves: marks and NOTRACK (state `UNTRACKED`) applied, addresses as they were. */
  packet: Packet;
  /** Absent where the chain translates nothing. */
  translation?: Translation;
  /** Rules on the way that changed the packet (MARK, CONNMARK, NOTRACK, TCPMSS), for the report. */
  changed: readonly RuleRef[];
  /** Maximum segment size that a TCPMSS rule sets: bytes, or `pmtu` for clamping. */
  mss?: number | 'pmtu';
  /** Forks on the way, outermost first. None where the outcome is certain. */
  choices: readonly Choice[];
  /** The rule at which the evaluation gave up: what those after it do is not known. */
  gaveUpAt?: RuleRef;
}

export type AddressType = 'LOCAL' | 'UNICAST' | 'BROADCAST' | 'MULTICAST' | 'BLACKHOLE' | 'UNREACHABLE' | 'PROHIBIT';

/** What a rule asks of the namespace it stands in. */
export interface PacketEnvironment {
  /** The type that the routes give an address (`-m addrtype`, `fib daddr type`); undefined where it cannot be told. */
  addressType(address: number): AddressType | undefined;
  /** What is known of all packets of a kind, where the packet's own properties leave it open. */
  kind?: {
    /** Of every address that the kind may come from or go to. */
    srcType?: AddressType;
    dstType?: AddressType;
    /** Whether a device that the packet does not tell may be the one that a rule names (`eth0`, `tun+`). */
    mayUse?(device: string): boolean;
    /** Whether an address that the packet does not tell may lie in the network that a rule names. */
    mayBeIn?(network: Ipv4Network): boolean;
  };
}

/** A chain that hangs on a hook: a built-in chain of an iptables table, or a base chain of nftables. */
export interface BaseChain {
  hook: Hook;
  priority: number;
  /** A `nat` chain sees only the first packet of a connection. */
  type: 'filter' | 'nat' | 'route';
  /** For the report: `filter FORWARD`, `inet firewalld filter_FORWARD`. */
  name: string;
  /**
   * Every way the packet may leave the chain; at least one. Ways that end alike are one. More than a few dozen ways, or more
   * rules than a limit, end as one `accept` with a `doubt` at the rule where the evaluation gave up.
   */
  evaluate(packet: Packet, environment: PacketEnvironment): readonly ChainOutcome[];
}

/** The packet filter of one network namespace. */
export interface Netfilter {
  /** In the order in which they see a packet: by priority, at equal ones nftables and legacy iptables both. */
  chains(hook: Hook): readonly BaseChain[];
  /**
   * Tables of iptables of which no output tells: `nat` where only `iptables -nvL` is there. Empty where iptables-save or
   * `nft list ruleset` is there, which list all that are loaded.
   */
  unknownTables: readonly string[];
  /** Where it was read, for the report; undefined where nothing was. */
  source?: Source;
}
