import type { Fact, Records } from '../model.js';
import type { FactStore } from '../store.js';
import type { Decision } from './packet-walk.js';

type NftRule = Fact<Records['nft-rule']>;

/** Tables that belong to iptables-nft (they are judged as iptables rules) or to kube-proxy and CNIs themselves. */
const OTHERS_TABLES = /^(?:filter|nat|mangle|raw|security|kube-proxy|calico|cilium|antrea|kube-router|flannel)/;
const PLAIN_DENIAL = /^(?:counter(?: packets \d+ bytes \d+)? )?(drop|reject)\b/;
/** Rules that spare no new packet: those of known connections, of broken ones, of the loopback. */
const SPARES_NO_NEW =
  /^(?:ct state (?:vmap|\{?\s*(?:established|related|invalid))|(?:iif|iifname) "?lo\b|meta l4proto (?:icmp|ipv6-icmp))/;

/**
 * What native nftables tables do at a hook, as far as their base chains tell without following jumps: a plain drop that
 * nothing comes before is one; a denying policy behind rules is a `maybe`; all else decides nothing.
 *
 * @param chain the iptables chain of the same hook: `FORWARD` or `INPUT`.
 */
export function judgeNativeTables(store: FactStore, subject: string, chain: string): Decision[] {
  const hook = chain.toLowerCase();
  if (hook !== 'forward' && hook !== 'input') return [];
  const baseChains = new Map<string, NftRule[]>();
  for (const fact of store.records(subject, 'nft-rule')) {
    const { family, table, chain: name } = fact.value;
    if (fact.value.hook !== hook || family === 'ip6' || family === 'bridge' || OTHERS_TABLES.test(table)) continue;
    const key = `${family} ${table} ${name}`;
    const rules = baseChains.get(key);
    if (rules === undefined) baseChains.set(key, [fact]);
    else rules.push(fact);
  }
  const found: Decision[] = [];
  for (const [key, rules] of baseChains) {
    const decision = judgeBaseChain(key, rules);
    if (decision !== undefined) found.push(decision);
  }
  return found;
}

function judgeBaseChain(key: string, rules: readonly NftRule[]): Decision | undefined {
  const policy = rules.find((fact) => fact.value.policy !== undefined);
  let spared = false;
  for (const fact of rules) {
    const text = fact.value.text.trim();
    if (text === '' || SPARES_NO_NEW.test(text)) continue;
    const denial = PLAIN_DENIAL.exec(text);
    if (denial !== null) {
      const verdict = denial[1] === 'drop' ? 'drop' : 'reject';
      return { verdict: spared ? 'maybe' : verdict, by: 'rule', text: `${key}: ${text}`, source: fact.source };
    }
    spared = true;
  }
  if (policy?.value.policy?.toLowerCase() !== 'drop') return undefined;
  return {
    verdict: spared ? 'maybe' : 'drop',
    by: 'policy',
    text: `${key}: policy drop`,
    source: policy.source,
  };
}
