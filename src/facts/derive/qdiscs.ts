import type { Fact, Qdisc, Source } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';

/** Disciplines that hold packets back to a rate. */
const SHAPERS = new Set(['tbf', 'htb', 'hfsc', 'cbq', 'cake']);

/**
 * What queueing disciplines of a node and of its pods do to packets: `qdisc.netem` and `qdisc.shaped` (devices, with what
 * is set), `qdisc.shaper-drops` (packets that those dropped), and `pods.bandwidth-limited` (the node's pods with a
 * bandwidth annotation). A list is empty only where all devices of the node were listed.
 */
export const qdiscs: Derivation = {
  id: 'qdiscs',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      judgeDisciplines(store, node);
      const limited = [...topology.pods.values()].filter((pod) => pod.node === node && pod.object?.bandwidth);
      const source = limited[0] && store.records(limited[0].subject, 'pod-object')[0]?.source;
      if (source === undefined) continue;
      const names = limited.map(({ subject }) => subject.slice('pod/'.length)).sort();
      store.add({ subject: node.subject, name: 'pods.bandwidth-limited', value: names, source });
    }
  },
};

function judgeDisciplines(store: FactStore, node: TopologyNode): void {
  const all: Fact<Qdisc>[] = [...store.records(node.subject, 'qdisc')];
  for (const pod of node.pods) all.push(...store.records(pod.subject, 'qdisc'));
  if (all.length === 0) return;
  const complete = store.scalar(node.subject, 'qdisc.listed');
  const add = (name: string, kinds: (qdisc: Qdisc) => boolean): void => {
    const found = all.filter(({ value }) => kinds(value));
    const source: Source | undefined = found[0]?.source ?? complete?.source;
    if (source === undefined) return;
    const value = found.map(({ value: { dev, kind, options } }) => `${dev} ${kind} ${options}`.trim()).sort();
    store.add({ subject: node.subject, name, value, source });
  };
  add('qdisc.netem', ({ kind }) => kind === 'netem');
  add('qdisc.shaped', isShaper);
  const counted = all.filter(({ value }) => (value.kind === 'netem' || isShaper(value)) && value.dropped !== undefined);
  if (counted.length === 0) return;
  const most = counted.reduce((a, b) => ((b.value.dropped ?? 0) > (a.value.dropped ?? 0) ? b : a));
  const drops = counted.reduce((sum, { value }) => sum + (value.dropped ?? 0), 0);
  store.add({ subject: node.subject, name: 'qdisc.shaper-drops', value: drops, source: most.source });
}

/** cake shapes only where it was given a bandwidth. */
function isShaper({ kind, options }: Qdisc): boolean {
  return SHAPERS.has(kind) && !(kind === 'cake' && options.includes('bandwidth unlimited'));
}
