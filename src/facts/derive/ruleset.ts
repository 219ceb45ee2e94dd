import type { Fact, IptablesRule, Source } from '../model.js';
import type { FactStore } from '../store.js';

export interface Chain {
  name: string;
  /** Built-in chains only. */
  policy?: string;
  rules: Fact<IptablesRule>[];
  source: Source;
}

/** One table of IPv4 rules as one output shows it. */
export interface RuleTable {
  table: string;
  chains: Map<string, Chain>;
  file: string;
  /** Whether it is iptables-save's: `iptables -nvL` leaves out options, `-nL` even the interfaces. */
  saved: boolean;
}

/**
 * The IPv4 rules of a node: for each table the outputs of iptables-save, else those of `iptables -L`. Several of one
 * table stand side by side: the legacy and the nft backend both see a packet.
 */
export function ruleTablesOf(store: FactStore, subject: string): Map<string, RuleTable[]> {
  const byKey = new Map<string, RuleTable>();
  const tableOf = (name: string, source: Source): RuleTable => {
    const file = source.file ?? '';
    const key = `${name} ${file}`;
    let table = byKey.get(key);
    if (table === undefined) {
      table = { table: name, chains: new Map(), file, saved: /save/.test(file) };
      byKey.set(key, table);
    }
    return table;
  };
  const chainOf = (table: RuleTable, name: string, source: Source): Chain => {
    let chain = table.chains.get(name);
    if (chain === undefined) {
      chain = { name, rules: [], source };
      table.chains.set(name, chain);
    }
    return chain;
  };
  for (const fact of store.records(subject, 'iptables-chain')) {
    if (fact.value.family !== 4) continue;
    const chain = chainOf(tableOf(fact.value.table, fact.source), fact.value.chain, fact.source);
    if (fact.value.policy !== undefined && fact.value.policy !== '-') chain.policy = fact.value.policy;
  }
  for (const fact of store.records(subject, 'iptables-rule')) {
    if (fact.value.family !== 4) continue;
    const table = tableOf(fact.value.table, fact.source);
    if (isSavedRule(fact.value)) table.saved = true;
    chainOf(table, fact.value.chain, fact.source).rules.push(fact);
  }
  const byTable = new Map<string, RuleTable[]>();
  for (const table of byKey.values()) {
    // A pasted session may hold both listings of one table: the saved one says more.
    if (table.saved) for (const chain of table.chains.values()) dropListed(chain);
    const known = byTable.get(table.table);
    if (known === undefined) byTable.set(table.table, [table]);
    else known.push(table);
  }
  for (const [name, tables] of byTable) {
    if (tables.some((table) => table.saved)) {
      byTable.set(
        name,
        tables.filter((table) => table.saved),
      );
    }
  }
  return byTable;
}

function dropListed(chain: Chain): void {
  if (chain.rules.some((fact) => isSavedRule(fact.value))) {
    chain.rules = chain.rules.filter((fact) => isSavedRule(fact.value));
  }
}

function isSavedRule(rule: IptablesRule): boolean {
  return /^(?:\[\d+:\d+\] *)?-[AI] /.test(rule.text);
}
