import type { Fact, Scalar } from '../model.js';
import type { Derivation } from './derivation.js';

/** Nodes that must be known before one can be odd among them. */
const ENOUGH_NODES = 3;

/**
 * Parameters that differ between equal nodes: counts of now, sizes that the kernel takes from the memory at boot, keys
 * and secrets, and IPv6's per-device identifiers.
 */
const DIFFERS_ANYWAY =
  /(?:_count|_buckets|_mem|_max_orphans|_max_tw_buckets|nf_conntrack_max|nf_conntrack_expect_max|stable_secret|fastopen_key|bpf_jit_limit|max_size|gc_thresh|flow_limit_cpu_bitmap|rps_default_mask|\.mtu|base_reachable_time|tcp_max_syn_backlog|udp_(?:r|w)mem_min|random)|^net\.ipv6\.(?:conf|neigh)\.|^net\.ipv4\.neigh\./;

/** The device of a per-interface parameter; nodes share only devices that are not named after a pod. */
const OWN_DEVICE = /^net\.ipv[46]\.conf\.(?:veth|cali|lxc|ucni|eni[0-9a-f]{6}|azv|br-)/;

/** Kernel parameters of the network in which one node stands alone among all others. */
export const oddOneOut: Derivation = {
  id: 'odd-one-out',
  derive({ store, topology }) {
    const byKey = new Map<string, { node: string; fact: Fact<Scalar> }[]>();
    const known = new Map<string, Fact<Scalar>>();
    for (const node of topology.nodes.values()) {
      for (const name of store.of(node.subject).keys()) {
        if (!name.startsWith('sysctl.net.')) continue;
        const key = name.slice('sysctl.'.length);
        if (OWN_DEVICE.test(key) || DIFFERS_ANYWAY.test(key)) continue;
        const fact = store.scalar(node.subject, name);
        if (fact === undefined) continue;
        if (!known.has(node.subject)) known.set(node.subject, fact);
        const values = byKey.get(key);
        if (values === undefined) byKey.set(key, [{ node: node.subject, fact }]);
        else values.push({ node: node.subject, fact });
      }
    }
    const compared = new Set<string>();
    const odd = new Map<string, { key: string; fact: Fact<Scalar> }[]>();
    for (const [key, values] of byKey) {
      if (values.length < ENOUGH_NODES) continue;
      for (const { node } of values) compared.add(node);
      const loner = findLoner(values);
      if (loner === undefined) continue;
      const own = odd.get(loner.node);
      if (own === undefined) odd.set(loner.node, [{ key, fact: loner.fact }]);
      else own.push({ key, fact: loner.fact });
    }
    for (const node of compared) {
      const own = odd.get(node) ?? [];
      own.sort((a, b) => (a.key < b.key ? -1 : 1));
      store.add({
        subject: node,
        name: 'odd.sysctls',
        value: own.map(({ key }) => key),
        source: own[0]?.fact.source ?? known.get(node)!.source,
      });
    }
  },
};

/** The one whose value no other has, where all others agree. */
function findLoner<T extends { fact: Fact<Scalar> }>(values: readonly T[]): T | undefined {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const text = String(value.fact.value);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [value]);
    else group.push(value);
  }
  if (groups.size !== 2) return undefined;
  for (const group of groups.values()) if (group.length === 1) return group[0];
  return undefined;
}
