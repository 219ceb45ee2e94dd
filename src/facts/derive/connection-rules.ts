import type { Source } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';
import { ruleTablesOf } from './ruleset.js';

/** Chains through which every forwarded packet of kube-proxy or a CNI goes. */
const FORWARDING =
  /^(?:FORWARD|KUBE-FORWARD|cali-FORWARD|cali-[ft]w-.*|cilium-forward|CILIUM_FORWARD|KUBE-ROUTER-FORWARD)$/i;

/**
 * What the node's rules do about packets and ports that connection tracking gets wrong: `netfilter.drops-invalid`, whether
 * forwarded packets of no known connection (INVALID) are dropped before they leave untranslated, and
 * `netfilter.masquerade-fully-random`, whether every rule that masquerades picks source ports at random.
 */
export const connectionRules: Derivation = {
  id: 'connection-rules',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      judgeInvalid(store, node);
      judgePorts(store, node);
    }
  },
};

function judgeInvalid(store: FactStore, node: TopologyNode): void {
  let seen: Source | undefined;
  let dropping: Source | undefined;
  for (const table of ruleTablesOf(store, node.subject).get('filter') ?? []) {
    for (const [name, chain] of table.chains) {
      if (!FORWARDING.test(name)) continue;
      for (const { value, source } of chain.rules) {
        if (name === 'FORWARD' && table.saved) seen ??= source;
        if (value.target !== 'DROP' || value.not.includes('ctstate')) continue;
        if (value.ctstate?.includes('INVALID') === true || /\b(?:ctstate|state) INVALID\b/.test(value.text))
          dropping ??= source;
      }
    }
  }
  // kube-proxy's own table, and rules that nft alone shows.
  for (const { value, source } of store.records(node.subject, 'nft-rule')) {
    if (/\bct state invalid\b.*\bdrop\b/.test(value.text) && /forward/i.test(value.chain)) dropping ??= source;
  }
  const source = dropping ?? seen;
  if (source === undefined) return;
  store.add({ subject: node.subject, name: 'netfilter.drops-invalid', value: dropping !== undefined, source });
}

function judgePorts(store: FactStore, node: TopologyNode): void {
  let first: Source | undefined;
  let plain: Source | undefined;
  for (const table of ruleTablesOf(store, node.subject).get('nat') ?? []) {
    for (const chain of table.chains.values()) {
      for (const { value, source } of chain.rules) {
        if (value.target !== 'MASQUERADE' && value.target !== 'SNAT') continue;
        // Only a saved rule shows its options in full.
        if (!table.saved) continue;
        first ??= source;
        if (!value.text.includes('--random-fully')) plain ??= source;
      }
    }
  }
  const source = plain ?? first;
  if (source === undefined) return;
  store.add({
    subject: node.subject,
    name: 'netfilter.masquerade-fully-random',
    value: plain === undefined,
    source,
  });
}
