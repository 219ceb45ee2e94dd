import type { Derivation } from './derivation.js';

/** Why the kernel does not use a next hop. */
const UNUSABLE = new Set(['dead', 'linkdown']);

/**
 * Routes with several next hops: `routes.multipath` (their destinations) and `routes.dead-next-hops`, next hops of which the
 * kernel says that they cannot be used.
 */
export const multipath: Derivation = {
  id: 'multipath',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const routes = store.records(node.subject, 'route').filter(({ value }) => value.family === 4);
      const several = routes.filter(({ value }) => (value.nexthops?.length ?? 0) > 1);
      const source = several[0]?.source ?? routes[0]?.source;
      if (source === undefined) continue;
      const dead = several.flatMap(({ value }) =>
        (value.nexthops ?? [])
          .filter(({ flags }) => flags?.some((flag) => UNUSABLE.has(flag)) === true)
          .map(({ via, dev }) => `${value.dst} by ${via ?? dev ?? '?'}`),
      );
      const name = 'routes.multipath';
      store.add({ subject: node.subject, name, value: several.map(({ value }) => value.dst).sort(), source });
      store.add({ subject: node.subject, name: 'routes.dead-next-hops', value: dead.sort(), source });
    }
  },
};
