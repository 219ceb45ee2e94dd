import type { Derivation } from './derivation.js';

/**
 * `netfilter.forward-policy-drops`: packets that reached the end of FORWARD and met its policy DROP, in the listing with counters
 * (`iptables -nvL`, `iptables-save -c`).
 */
export const chainPolicies: Derivation = {
  id: 'chain-policies',
  derive({ store, topology }) {
    for (const { subject } of topology.nodes.values()) {
      const counted = store.records(subject, 'iptables-chain').filter(({ value }) => {
        return (
          value.table === 'filter' && value.chain === 'FORWARD' && value.policy !== undefined && value.family === 4
        );
      });
      const [first] = counted;
      if (first === undefined || counted.some(({ value }) => value.packets === undefined)) continue;
      const dropping = counted.filter(({ value }) => value.policy === 'DROP');
      const dropped = dropping.reduce((sum, { value }) => sum + (value.packets ?? 0), 0);
      const source = (dropping[0] ?? first).source;
      store.add({ subject, name: 'netfilter.forward-policy-drops', value: dropped, source });
    }
  },
};
