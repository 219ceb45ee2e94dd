import type { Subject } from '../../model.js';
import type { FactStore } from '../../store.js';
import type { BaseChain, Hook } from './base-chain.js';
import { HOOKS } from './base-chain.js';
import { evaluateNftChain } from './nft-evaluation.js';
import type { NftCompiledChain, NftTable } from './nft-table.js';
import { nftTablesOf } from './nft-table.js';

/** A base chain with the table it stands in. */
export interface NftBaseChain extends BaseChain {
  family: string;
  table: string;
}

/** A base chain that sees what comes in at devices, before any other. Its `hook` stands in for `ingress`: `prerouting`. */
export interface NftIngressChain extends NftBaseChain {
  devices: readonly string[];
}

export interface NftChains {
  /** Those of the families `ip` and `inet`, by priority; of equal ones in the output's order. */
  chains: NftBaseChain[];
  /** Those of the family `bridge`, which see frames that a bridge forwards, before iptables does with bridge-nf-call-iptables. */
  bridge: NftBaseChain[];
  /** Those of the family `netdev`, and of `inet` at the hook `ingress`. */
  ingress: NftIngressChain[];
  /** Every table that the output holds. */
  tables: { family: string; name: string }[];
}

const TYPES: ReadonlySet<string> = new Set(['filter', 'nat', 'route']);

/**
 * The base chains of nftables on a node or in a pod, for IPv4. Tables that iptables-nft keeps are among them. A chain whose
 * table is dormant sees no packet and is left out.
 */
export function nftChainsOf(store: FactStore, subject: Subject): NftChains {
  const result: NftChains = { chains: [], bridge: [], ingress: [], tables: [] };
  for (const table of nftTablesOf(store, subject)) {
    const { family, name } = table;
    result.tables.push({ family, name });
    for (const chain of table.chains.values()) {
      const { hook, dormant, devices } = chain.fact.value;
      if (hook === undefined || dormant === true) continue;
      if (hook === 'ingress') {
        if (family === 'netdev' || family === 'inet')
          result.ingress.push({ ...baseChain(table, chain, 'prerouting'), devices: devices ?? [] });
        continue;
      }
      const place = HOOKS.find((one) => one === hook);
      if (place === undefined) continue;
      if (family === 'ip' || family === 'inet') result.chains.push(baseChain(table, chain, place));
      else if (family === 'bridge') result.bridge.push(baseChain(table, chain, place));
    }
  }
  for (const chains of [result.chains, result.bridge, result.ingress]) chains.sort((a, b) => a.priority - b.priority);
  return result;
}

function baseChain(table: NftTable, chain: NftCompiledChain, hook: Hook): NftBaseChain {
  const { name, priority, type } = chain.fact.value;
  return {
    hook,
    priority: priority ?? 0,
    type: type !== undefined && TYPES.has(type) ? (type as BaseChain['type']) : 'filter',
    name: `${table.title} ${name}`,
    family: table.family,
    table: table.name,
    evaluate: (packet, environment) => evaluateNftChain(table, chain, packet, { hook, environment }),
  };
}
