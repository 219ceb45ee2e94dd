import type { Bond } from '../model.js';
import type { Derivation } from './derivation.js';

/**
 * Members of the node's bonds that do not carry their share: `bond.members-down`, and `bond.members-apart`, those that are
 * up and in another aggregator than the active one (the switch's ports are not one LAG). `bond.link-failures` is the largest
 * count of a member.
 */
export const bonds: Derivation = {
  id: 'bonds',
  derive({ store, topology }) {
    for (const node of topology.nodes.values()) {
      const all = store.records(node.subject, 'bond');
      const source = all[0]?.source;
      if (source === undefined) continue;
      const named = (pick: (bond: Bond, member: Bond['members'][number]) => boolean): string[] =>
        all
          .flatMap(({ value }) =>
            value.members.filter((one) => pick(value, one)).map((one) => `${value.name} ${one.name}`),
          )
          .sort();
      const down = named((_bond, member) => member.up === false);
      const apart = named(
        (bond, member) =>
          member.up === true &&
          member.aggregator !== undefined &&
          bond.activeAggregator !== undefined &&
          member.aggregator !== bond.activeAggregator,
      );
      store.add({ subject: node.subject, name: 'bond.members-down', value: down, source });
      store.add({ subject: node.subject, name: 'bond.members-apart', value: apart, source });
      const failures = all.flatMap(({ value }) => value.members.flatMap((member) => member.failures ?? []));
      if (failures.length > 0)
        store.add({ subject: node.subject, name: 'bond.link-failures', value: Math.max(...failures), source });
    }
  },
};
