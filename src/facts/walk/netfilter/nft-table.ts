import type { Fact, NftChain, NftSet, Records, Subject } from '../../model.js';
import type { FactStore } from '../../store.js';
import type { Packet } from '../packet.js';
import type { RuleRef } from './base-chain.js';
import type { NftLookup } from './nft-lookup.js';
import type { NftStatement } from './nft-rule.js';
import { NftRuleIndex } from './nft-rule-index.js';
import { NftRuleReader } from './nft-statement.js';

type RuleFact = Fact<Records['nft-rule']>;

export interface NftCompiledRule {
  ref: RuleRef;
  statements: readonly NftStatement[];
}

/** A chain whose rules are read when a packet first meets them. */
export class NftCompiledChain {
  readonly #rules: readonly RuleFact[];
  readonly #compiled: (NftCompiledRule | undefined)[];
  readonly #table: NftTable;
  #index: NftRuleIndex | undefined;

  constructor(
    /** Tells the chains of a table apart. */
    readonly id: number,
    readonly fact: Fact<NftChain>,
    table: NftTable,
    rules: readonly RuleFact[],
  ) {
    this.#table = table;
    this.#rules = rules;
    this.#compiled = new Array<NftCompiledRule | undefined>(rules.length);
  }

  /** The first rule from `at` on that the packet may match; undefined at the chain's end. */
  next(at: number, packet: Packet): number | undefined {
    this.#index ??= new NftRuleIndex(this.#rules.map(({ value }) => value.text));
    return this.#index.next(at, packet);
  }

  rule(at: number): NftCompiledRule {
    const known = this.#compiled[at];
    if (known !== undefined) return known;
    const { value, source } = this.#rules[at]!;
    const ref: RuleRef = { table: this.#table.title, chain: value.chain, text: value.text, source };
    const statements = new NftRuleReader(value.text, (name) => this.#table.set(name), this.#table.lookups).read();
    const rule = { ref, statements };
    this.#compiled[at] = rule;
    return rule;
  }
}

/** A table of nftables. */
export class NftTable {
  readonly chains = new Map<string, NftCompiledChain>();
  readonly lookups = new Map<string, NftLookup>();
  readonly #sets = new Map<string, NftSet>();

  constructor(
    readonly family: string,
    readonly name: string,
  ) {}

  /** As a rule's place is told: `inet firewalld`. */
  get title(): string {
    return `${this.family} ${this.name}`;
  }

  set(name: string): NftSet | undefined {
    return this.#sets.get(name);
  }

  addSet(set: NftSet): void {
    this.#sets.set(set.name, set);
  }
}

/** Of several outputs that hold a chain or set, the one taken last counts; without times, the one read last. */
function latest<V extends { family: string; table: string; name: string }>(
  facts: readonly Fact<V>[],
): Map<string, Fact<V>> {
  const byName = new Map<string, Fact<V>>();
  for (const fact of facts) {
    const key = `${fact.value.family} ${fact.value.table} ${fact.value.name}`;
    const known = byName.get(key);
    const isLater = known === undefined || known.at === undefined || fact.at === undefined || fact.at >= known.at;
    if (isLater) byName.set(key, fact);
  }
  return byName;
}

/** The tables of nftables on a node or in a pod, of every family. */
export function nftTablesOf(store: FactStore, subject: Subject): NftTable[] {
  const chains = latest(store.records(subject, 'nft-chain'));
  const rules = new Map<string, RuleFact[]>();
  for (const fact of store.records(subject, 'nft-rule')) {
    const { family, table, chain } = fact.value;
    const key = `${family} ${table} ${chain}`;
    const source = chains.get(key)?.source;
    // Rules of another output of the chain, or of an earlier place in the same one; of a base chain's head, none.
    if (source === undefined || source.file !== fact.source.file || fact.value.text === '') continue;
    if ((fact.source.line ?? 0) < (source.line ?? 0)) continue;
    const known = rules.get(key);
    if (known === undefined) rules.set(key, [fact]);
    else known.push(fact);
  }
  const tables = new Map<string, NftTable>();
  const tableOf = ({ family, table: name }: { family: string; table: string }): NftTable => {
    const key = `${family} ${name}`;
    let table = tables.get(key);
    if (table === undefined) {
      table = new NftTable(family, name);
      tables.set(key, table);
    }
    return table;
  };
  for (const [key, fact] of chains) {
    const table = tableOf(fact.value);
    table.chains.set(fact.value.name, new NftCompiledChain(table.chains.size, fact, table, rules.get(key) ?? []));
  }
  for (const { value } of latest(store.records(subject, 'nft-set')).values()) tableOf(value).addSet(value);
  return [...tables.values()];
}
