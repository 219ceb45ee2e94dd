import type { Chain, RuleTable } from '../../derive/ruleset.js';
import type { Fact, IptablesRule } from '../../model.js';
import type { Packet } from '../packet.js';
import type { RuleRef } from './base-chain.js';
import type { IpSets } from './ip-sets.js';
import { RuleCursor, RuleIndex } from './rule-index.js';
import { type RuleMatch, ruleMatchOf } from './rule-matches.js';
import { type Target, targetOf } from './targets.js';

export interface CompiledRule {
  ref: RuleRef;
  match: RuleMatch;
  target: Target;
}

/** Chains below this are scanned faster than looked up. */
const INDEXED_FROM = 12;

/** A chain whose rules are compiled when a packet first meets them. */
export class CompiledChain {
  readonly policy: 'accept' | 'drop' | undefined;
  /** The chain's end: its policy, as iptables-save prints it. */
  readonly policyRef: RuleRef;
  private readonly compiled: (CompiledRule | undefined)[];
  private index: RuleIndex | undefined;

  constructor(
    readonly id: number,
    private readonly table: RuleTable,
    private readonly chain: Chain,
    private readonly sets: IpSets,
    private readonly indexed: boolean,
  ) {
    this.policy = chain.policy === 'ACCEPT' ? 'accept' : chain.policy === 'DROP' ? 'drop' : undefined;
    const text = `:${chain.name} ${chain.policy ?? '-'}`;
    this.policyRef = { table: table.table, chain: chain.name, text, source: chain.source };
    this.compiled = new Array<CompiledRule | undefined>(chain.rules.length);
  }

  get name(): string {
    return this.chain.name;
  }

  cursor(packet: Packet): RuleCursor {
    const { rules } = this.chain;
    if (!this.indexed || rules.length < INDEXED_FROM) return new RuleCursor(rules.length);
    this.index ??= new RuleIndex(rules);
    return new RuleCursor(rules.length, this.index.candidates(packet));
  }

  rule(at: number): CompiledRule {
    const known = this.compiled[at];
    if (known !== undefined) return known;
    const compiled = this.compile(this.chain.rules[at]!);
    this.compiled[at] = compiled;
    return compiled;
  }

  private compile({ value, source }: Fact<IptablesRule>): CompiledRule {
    const ref: RuleRef = { table: this.table.table, chain: this.chain.name, text: value.text, source };
    // `-nL` without -v leaves out the interfaces: a rule for the loopback looks like one for all.
    const certain = this.table.saved || value.packets !== undefined;
    return { ref, match: ruleMatchOf(value, certain, this.sets), target: targetOf(value, ref) };
  }
}

/** A table of iptables, its chains compiled when they are first met. */
export class CompiledTable {
  private readonly chains = new Map<string, CompiledChain>();

  /** @param indexed false: rules are scanned one by one, which gives the same and takes longer. */
  constructor(
    readonly table: RuleTable,
    private readonly sets: IpSets,
    private readonly indexed = true,
  ) {}

  /** Undefined where the output does not hold the chain. */
  chain(name: string): CompiledChain | undefined {
    const known = this.chains.get(name);
    if (known !== undefined) return known;
    const chain = this.table.chains.get(name);
    if (chain === undefined) return undefined;
    const compiled = new CompiledChain(this.chains.size, this.table, chain, this.sets, this.indexed);
    this.chains.set(name, compiled);
    return compiled;
  }
}
