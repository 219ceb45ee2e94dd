import { type RuleTable, ruleTablesOf } from '../../derive/ruleset.js';
import type { Subject } from '../../model.js';
import type { FactStore } from '../../store.js';

/** A table of iptables as the best of the outputs that show it does. */
export interface ShownTable {
  table: RuleTable;
  /** Which iptables it is of; undefined where the output does not tell. */
  backend: 'legacy' | 'nft' | undefined;
}

/**
 * The IPv4 tables of iptables, each once: both backends' stand side by side, for both see a packet, but several outputs of
 * one table (`iptables-save` and `iptables -S`) are one table.
 */
export function tablesInForce(store: FactStore, subject: Subject, byName = ruleTablesOf(store, subject)): ShownTable[] {
  const found: ShownTable[] = [];
  for (const tables of byName.values()) {
    const kept: ShownTable[] = [];
    for (const table of tables) {
      const shown = { table, backend: backendOf(store, subject, table) };
      const same = kept.findIndex((other) => isSame(shown, other));
      if (same < 0) kept.push(shown);
      else kept[same] = together(kept[same]!, shown);
    }
    found.push(...kept);
  }
  return found;
}

function isSame(a: ShownTable, b: ShownTable): boolean {
  if (a.backend === b.backend) return true;
  return (a.backend === undefined || b.backend === undefined) && a.table.saved === b.table.saved && haveSameRules(a, b);
}

function haveSameRules({ table: a }: ShownTable, { table: b }: ShownTable): boolean {
  if (a.chains.size !== b.chains.size) return false;
  for (const [name, chain] of a.chains) {
    const other = b.chains.get(name);
    if (other === undefined || other.policy !== chain.policy || other.rules.length !== chain.rules.length) return false;
    if (chain.rules.some(({ value }, at) => uncounted(value.text) !== uncounted(other.rules[at]!.value.text)))
      return false;
  }
  return true;
}

function uncounted(text: string): string {
  return text.replace(/^\[\d+:\d+\] */, '');
}

/** The better of two with the chains that only the other shows: `iptables -nvL FORWARD` prints one alone. */
function together(a: ShownTable, b: ShownTable): ShownTable {
  const best = better(a, b);
  const other = (best === a ? b : a).table;
  const missing = [...other.chains].filter(([name]) => !best.table.chains.has(name));
  if (missing.length === 0) return best;
  return { ...best, table: { ...best.table, chains: new Map([...best.table.chains, ...missing]) } };
}

/** The one that says more: with its backend, with the devices that a listing may leave out, with more rules. */
function better(a: ShownTable, b: ShownTable): ShownTable {
  for (const measure of [(one: ShownTable) => (one.backend === undefined ? 0 : 1), hasDevices, ruleCount]) {
    const difference = measure(a) - measure(b);
    if (difference !== 0) return difference > 0 ? a : b;
  }
  return a;
}

function hasDevices({ table }: ShownTable): number {
  if (table.saved) return 1;
  for (const chain of table.chains.values()) if (chain.rules.some(({ value }) => value.packets !== undefined)) return 1;
  return 0;
}

function ruleCount({ table }: ShownTable): number {
  let count = 0;
  for (const chain of table.chains.values()) count += 1 + chain.rules.length;
  return count;
}

/** The backend that a table's file names, or its first line. */
function backendOf(store: FactStore, subject: Subject, { file }: RuleTable): ShownTable['backend'] {
  const named = /iptables-(legacy|nft)/.exec(file)?.[1];
  if (named !== undefined) return named as 'legacy' | 'nft';
  return (['legacy', 'nft'] as const).find((backend) => {
    const facts = store.of(subject).get(`iptables.${backend}-rules`) ?? [];
    return facts.some(({ source }) => source.file === file);
  });
}
