import { type RuleTable, ruleTablesOf } from '../../derive/ruleset.js';
import type { Source, Subject } from '../../model.js';
import type { FactStore } from '../../store.js';
import { type BaseChain, HOOKS, type Hook, type Netfilter, PRIORITY } from './base-chain.js';
import { CompiledTable } from './compiled-table.js';
import { evaluateChain } from './evaluation.js';
import { type IpSets, ipSetsOf } from './ip-sets.js';

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
  const tables = ruleTablesOf(store, subject);
  const sets = ipSetsOf(store, subject);
  const byHook = new Map<Hook, BaseChain[]>(HOOKS.map((hook) => [hook, []]));
  let source: Source | undefined;
  for (const table of [...tables.values()].flat()) {
    for (const chain of baseChainsOf(table, sets)) byHook.get(chain.hook)?.push(chain);
    source ??= table.chains.values().next().value?.source;
  }
  for (const chains of byHook.values()) chains.sort((a, b) => a.priority - b.priority);
  const netfilter: Netfilter = {
    chains: (hook) => byHook.get(hook) ?? [],
    unknownTables: unknownTables(tables),
  };
  if (source !== undefined) netfilter.source = source;
  return netfilter;
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
function unknownTables(tables: ReadonlyMap<string, readonly RuleTable[]>): string[] {
  const found = [...tables.values()].flat();
  const byFile = new Map<string, number>();
  for (const { saved, file } of found) if (saved) byFile.set(file, (byFile.get(file) ?? 0) + 1);
  const complete = [...byFile].some(([file, count]) => count > 1 || (/save/.test(file) && !/-t\b/.test(file)));
  return TABLES.filter((name) => {
    const known = tables.get(name) ?? [];
    if (known.length === 0) return !complete;
    const names = Object.keys(BUILT_IN[name] ?? {}).filter((chain) => chain !== 'INPUT' || name !== 'nat');
    return !known.some((table) => names.every((chain) => table.chains.has(chain)));
  });
}
