import type { EgressObject } from '../model.js';
import { CLUSTER, nodeSubject } from '../model.js';
import type { Topology, TopologyNode } from '../topology.js';
import type { Derivation } from './derivation.js';

/** Whether the addresses under which pods are to leave the cluster have a node, and one that is up. */
export const egress: Derivation = {
  id: 'egress',
  derive({ store, topology }) {
    const objects = store.all('egress-object');
    const first = objects[0];
    if (first === undefined) return;
    const add = (name: string, value: string[]): void =>
      store.add({ subject: CLUSTER, name, value: [...new Set(value)].sort(), source: first.source });
    add(
      'egress.objects',
      objects.map(({ value }) => `${value.kind} ${value.name}`),
    );
    const told = objects.filter(({ value }) => value.assigned !== undefined || value.ready !== undefined);
    if (told.length > 0)
      add(
        'egress.unassigned',
        told.flatMap(({ value }) => unassignedOf(value)),
      );
    const judged = objects.map(({ value }) => downOf(topology, value)).filter((down) => down !== undefined);
    if (judged.length > 0) add('egress.gateways-down', judged.flat());
  },
};

function unassignedOf({ kind, name, ips, assigned, ready }: EgressObject): string[] {
  if (assigned !== undefined) {
    const have = new Set(assigned.map(({ ip }) => ip));
    // Of several addresses one is enough to leave by; each that lacks a node is told.
    return ips.filter((ip) => !have.has(ip)).map((ip) => `${kind} ${name}: ${ip}`);
  }
  return ready === false ? [`${kind} ${name}`] : [];
}

/** Gateways on nodes that are not ready, or that no node's labels allow; undefined where no node object tells. */
function downOf(topology: Topology, { kind, name, assigned, nodeLabels }: EgressObject): string[] | undefined {
  const nodes = [...topology.nodes.values()].filter(
    (node) => node.object !== undefined && node.object.conditions.Ready !== undefined,
  );
  if (nodes.length === 0) return undefined;
  if (assigned !== undefined) {
    return assigned.flatMap(({ node }) => {
      const found = node === undefined ? undefined : topology.nodeOf(nodeSubject(node));
      return found !== undefined && isDown(found) ? [`${kind} ${name}: ${node}`] : [];
    });
  }
  const wanted = Object.entries(nodeLabels);
  if (wanted.length === 0) return undefined;
  const labelled = nodes.filter((node) => Object.keys(node.object!.labels).length > 0);
  if (labelled.length === 0) return undefined;
  const chosen = labelled.filter((node) => wanted.every(([key, value]) => node.object!.labels[key] === value));
  if (chosen.length === 0)
    return [`${kind} ${name}: no node has ${wanted.map(([key, value]) => `${key}=${value}`).join(',')}`];
  // Cilium takes the first node by name and no other.
  return chosen.every(isDown) ? chosen.map((node) => `${kind} ${name}: ${node.name}`) : [];
}

function isDown(node: TopologyNode): boolean {
  const ready = node.object?.conditions.Ready?.status;
  return ready === 'False' || ready === 'Unknown';
}
