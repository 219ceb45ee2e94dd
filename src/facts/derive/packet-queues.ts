import type { Derivation } from './derivation.js';

const MOST = 50;

/**
 * `netfilter.queued`: the rules of a node that hand packets to a program (NFQUEUE, nft's `queue`), by which host security and
 * inspection software decides what passes. Empty where rules are known and none does.
 */
export const packetQueues: Derivation = {
  id: 'packet-queues',
  derive({ store, topology }) {
    for (const { subject } of topology.nodes.values()) {
      const rules = store.records(subject, 'iptables-rule');
      const native = store.records(subject, 'nft-rule');
      const first = rules[0] ?? native[0];
      if (first === undefined) continue;
      const queued = [
        ...rules.filter(({ value }) => value.target === 'NFQUEUE' || value.target === 'QUEUE'),
        ...native.filter(({ value }) => /\bqueue (?:num|to|flags)\b/.test(value.text)),
      ];
      store.add({
        subject,
        name: 'netfilter.queued',
        value: queued.slice(0, MOST).map(({ value }) => value.text.slice(0, 300)),
        source: (queued[0] ?? first).source,
      });
    }
  },
};
