import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Subject } from '../model.js';
import type { Derivation } from './derivation.js';

/**
 * Whether a Service's NodePort fails on the nodes without a backend of it and on those alone, though these nodes do reach
 * backends elsewhere (another Service, or from within): what a traffic policy does, and no break between the nodes.
 */
export const nodeportPattern: Derivation = {
  id: 'nodeport-pattern',
  derive({ store, flows }) {
    const services = new Map<Subject, Flow[]>();
    /** Services, or none, by which a node got a connection to another node. */
    const reaches = new Map<Subject, Set<Subject | undefined>>();
    for (const flow of flows) {
      const { to, from, leg, proto } = flow;
      if (proto === 'icmp' || flow.expected !== 'works') continue;
      if (to.kind === 'nodeport' && to.subject !== undefined) {
        const own = services.get(to.subject);
        if (own === undefined) services.set(to.subject, [flow]);
        else own.push(flow);
      }
      const entry = to.kind === 'nodeport' ? to.node : from.node;
      if (entry === undefined || leg.near !== 'cross-node' || flow.state !== 'ok') continue;
      const by = reaches.get(entry) ?? new Set();
      by.add(to.kind === 'nodeport' ? to.subject : undefined);
      reaches.set(entry, by);
    }
    for (const [subject, own] of services) {
      const away = own.filter(({ leg }) => leg.near === 'cross-node');
      const beside = own.filter(({ leg }) => leg.near === 'same-node');
      const failing = away.find(isSymptom);
      if (away.length === 0 || beside.length === 0) continue;
      const source = (failing ?? away[0]!).sources[0] ?? {};
      const policyLike = away.every(isSymptom) && beside.every(({ state }) => state === 'ok');
      if (!policyLike) store.add({ subject, name: 'nodeport.fails-without-backend', value: false, source });
      else if (away.every(({ to }) => [...(reaches.get(to.node!) ?? [])].some((by) => by !== subject)))
        store.add({ subject, name: 'nodeport.fails-without-backend', value: true, source });
    }
  },
};
