import type { RuleTable } from '../../derive/ruleset.js';
import type { Source, Subject } from '../../model.js';
import type { FactStore } from '../../store.js';
import { type BaseChain, HOOKS, type Hook, type Netfilter, PRIORITY } from './base-chain.js';
import { CompiledTable } from './compiled-table.js';
import { evaluateChain } from './evaluation.js';
import { type IpSets, ipSetsOf } from './ip-sets.js';
import { type NftBaseChain, nftChainsOf } from './nft-chains.js';
import { tablesInForce } from './tables-in-force.js';

/** The chains that iptables hangs on hooks, by table. */
const BUILT_IN: Readonly<Record<string, Partial<Record<string, { hook: Hook; priority: number }>>>> = {
  raw: {
    PREROUTING: { hook: 'prerouting', priority: PRIORITY.raw },
    OUTPUT: { hook: 'output', priority: PRIORITY.raw },
  },
  mangle: {
    PREROUTING: { hook: 'prerouting', priority: PRIORITY.mangle },
    INPUT: { hook: 'input', priority: PRIORITY.mangle },
    FORWARD: { hook: 'forward', priority: PRIORITY.mangle },
    OUTPUT: { hook: 'output', priority: PRIORITY.mangle },
    POSTROUTING: { hook: 'postrouting', priority: PRIORITY.mangle },
  },
  nat: {
    PREROUTING: { hook: 'prerouting', priority: PRIORITY.dstnat },
    INPUT: { hook: 'input', priority: PRIORITY.srcnat },
    OUTPUT: { hook: 'output', priority: PRIORITY.dstnat },
    POSTROUTING: { hook: 'postrouting', priority: PRIORITY.srcnat },
  },
  filter: {
    INPUT: { hook: 'input', priority: PRIORITY.filter },
    FORWARD: { hook: 'forward', priority: PRIORITY.filter },
    OUTPUT: { hook: 'output', priority: PRIORITY.filter },
  },
  security: {
    INPUT: { hook: 'input', priority: PRIORITY.security },
    FORWARD: { hook: 'forward', priority: PRIORITY.security },
    OUTPUT: { hook: 'output', priority: PRIORITY.security },
  },
};

/** The tables of which it matters that no output tells. Hardly anything uses `security`. */
const TABLES = ['raw', 'mangle', 'nat', 'filter'] as const;

/** The packet filter of a node or a pod, for IPv4. Costs as much as there are rules; compiles them when packets meet them. */
export function netfilterOf(store: FactStore, subject: Subject): Netfilter {
  const nft = nftChainsOf(store, subject);
  const sets = ipSetsOf(store, subject);
  const { tables, native, xtables } = inForce(store, subject, nft.chains);
  const chains: BaseChain[] = [...native, ...xtables, ...tables.flatMap((table) => baseChainsOf(table, sets))].sort(
    (a, b) => a.priority - b.priority,
  );
  const byHook = new Map<Hook, BaseChain[]>(HOOKS.map((hook) => [hook, chains.filter((one) => one.hook === hook)]));
  const netfilter: Netfilter = {
    chains: (hook) => byHook.get(hook) ?? [],
    unknownTables: nft.tables.length > 0 ? [] : unknownTables(tables),
  };
  const source = sourceOf(store, subject, tables);
  if (source !== undefined) netfilter.source = source;
  return netfilter;
}

/** What of iptables' and nftables' outputs counts: of a table that both show, the one that shows it in full. */
export interface TablesInForce {
  /** As outputs of iptables show them. */
  tables: RuleTable[];
  /** Base chains of tables that iptables does not know. */
  native: NftBaseChain[];
  /** Built-in chains of iptables that only nftables' own output shows in full. */
  xtables: NftBaseChain[];
}

/**
 * @param chains the base chains that nftables' own output shows.
 * @param byName what `ruleTablesOf` made of the outputs of iptables, where the caller has it already.
 */
export function inForce(
  store: FactStore,
  subject: Subject,
  chains: readonly NftBaseChain[],
  byName?: Map<string, RuleTable[]>,
): TablesInForce {
  const ofXtables = chains.filter(isOfXtables);
  const shown = tablesInForce(store, subject, byName).filter(({ table }) => !isShownByNft(table, ofXtables));
  const twice = new Set(shown.flatMap(({ table, backend }) => (backend === 'legacy' ? [] : [table.table])));
  return {
    tables: shown.map(({ table }) => table),
    native: chains.filter((chain) => !isOfXtables(chain)),
    xtables: ofXtables.filter(({ table }) => !twice.has(table)),
  };
}

function sourceOf(store: FactStore, subject: Subject, shown: readonly RuleTable[]): Source | undefined {
  for (const table of shown) for (const chain of table.chains.values()) return chain.source;
  return (store.records(subject, 'nft-chain')[0] ?? store.records(subject, 'nft-rule')[0])?.source;
}

/** A chain that iptables-nft keeps in nftables: only it writes their names in capitals. */
function isOfXtables({ family, table, name }: NftBaseChain): boolean {
  return family === 'ip' && Object.keys(BUILT_IN[table] ?? {}).some((chain) => name.endsWith(` ${chain}`));
}

/** Whether a table is shown by a listing alone, which leaves out options, while nftables' own output shows it in full. */
function isShownByNft({ saved, table }: RuleTable, xtables: readonly NftBaseChain[]): boolean {
  return !saved && xtables.some((chain) => chain.table === table);
}

/** The chains of one iptables table that packets meet. */
export function baseChainsOf(table: RuleTable, sets: IpSets, indexed = true): BaseChain[] {
  const compiled = new CompiledTable(table, sets, indexed);
  const found: BaseChain[] = [];
  for (const [name, place] of Object.entries(BUILT_IN[table.table] ?? {})) {
    const chain = compiled.chain(name);
    if (chain === undefined || place === undefined) continue;
    const { hook, priority } = place;
    found.push({
      hook,
      priority,
      type: table.table === 'nat' ? 'nat' : table.table === 'mangle' && name === 'OUTPUT' ? 'route' : 'filter',
      name: `${table.table} ${name}`,
      evaluate: (packet, environment) => evaluateChain(compiled, chain, packet, { hook, environment }),
    });
  }
  return found;
}

/**
 * Tables of which nothing tells. iptables-save prints all that are loaded, so that those it lacks are empty; a listing or
 * `iptables-save -t` tells of its own alone, and one of a single chain (`iptables -S FORWARD`) not even of that.
 */
function unknownTables(shown: readonly RuleTable[]): string[] {
  const byFile = new Map<string, number>();
  for (const { saved, file } of shown) if (saved) byFile.set(file, (byFile.get(file) ?? 0) + 1);
  const complete = [...byFile].some(([file, count]) => count > 1 || (/save/.test(file) && !/-t(?![a-z])/.test(file)));
  return TABLES.filter((name) => {
    const known = shown.filter(({ table }) => table === name);
    if (known.length === 0) return !complete;
    const names = Object.keys(BUILT_IN[name] ?? {}).filter((chain) => chain !== 'INPUT' || name !== 'nat');
    return !known.some((table) => names.every((chain) => table.chains.has(chain)));
  });
}
