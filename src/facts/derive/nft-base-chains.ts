import type { Fact, Records } from '../model.js';
import type { FactStore } from '../store.js';
import type { Decision } from './packet-decision.js';

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
 * @param through the devices by which the packet comes and goes, where they are known: a rule for another device is not its.
 */
export function judgeNativeTables(
  store: FactStore,
  subject: string,
  chain: string,
  through: { in?: string | undefined; out?: string | undefined } = {},
): Decision[] {
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
    const decision = judgeBaseChain(key, rules, through);
    if (decision !== undefined) found.push(decision);
  }
  return found;
}

/** `iifname "docker0"`, `oif { "eth0", "eth1" }`, `iifname "cali*"`: the devices that a rule is for. */
const DEVICE_MATCH = /\b(iif|iifname|oif|oifname) (?:"([^"]{1,20})"|\{([^}]{1,400})\})/g;

/** Whether a rule is for other devices than the packet's. */
function isForOthers(text: string, through: { in?: string | undefined; out?: string | undefined }): boolean {
  for (const [, word, one, several] of text.matchAll(DEVICE_MATCH)) {
    const device = word!.startsWith('i') ? through.in : through.out;
    if (device === undefined) continue;
    const names = one === undefined ? [...several!.matchAll(/"([^"]{1,20})"/g)].map((match) => match[1]!) : [one];
    const matches = names.some((name) => (name.endsWith('*') ? device.startsWith(name.slice(0, -1)) : name === device));
    if (!matches && names.length > 0) return true;
  }
  return false;
}

function judgeBaseChain(
  key: string,
  rules: readonly NftRule[],
  through: { in?: string | undefined; out?: string | undefined },
): Decision | undefined {
  const policy = rules.find((fact) => fact.value.policy !== undefined);
  let spared = false;
  for (const fact of rules) {
    const text = fact.value.text.trim();
    if (text === '' || SPARES_NO_NEW.test(text) || isForOthers(text, through)) continue;
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
    // Not the FORWARD chain's own policy, which is iptables': somebody wrote a table of denials.
    by: 'rule',
    text: `${key}: policy drop`,
    source: policy.source,
  };
}
