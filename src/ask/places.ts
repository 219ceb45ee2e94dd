import type { Flow } from '../facts/flow.js';
import { isSymptom } from '../facts/flow.js';
import { partsOf, type Subject } from '../facts/model.js';
import type { Topology } from '../facts/topology.js';
import type { InterviewPlaces } from './asked-leg.js';

/** What nodes are called while nobody has named them. */
export const UNNAMED = { here: 'node-a', there: 'node-b', third: 'node-c' } as const;

/**
 * The nodes that the questions are about: where the failing client runs, where what it wants to reach does, and any
 * other. Told by the opening answer, else by the first symptom that names a node.
 */
export function placesOf(flows: readonly Flow[], topology: Topology, named: Partial<InterviewPlaces>): InterviewPlaces {
  const symptoms = flows.filter(isSymptom);
  const focus =
    symptoms.find((flow) => flow.from.node !== undefined && targetNode(flow) !== undefined) ??
    symptoms.find((flow) => flow.from.node !== undefined || targetNode(flow) !== undefined);
  const nodes = [...topology.nodes.values()].map((node) => node.subject);
  const used = new Set<string>();
  const take = (wanted: string | undefined, fallback: string): string => {
    const other = nodes.map(nameOf).find((name) => !used.has(name));
    const name = wanted !== undefined && !used.has(wanted) ? wanted : (other ?? fallback);
    used.add(name);
    return name;
  };
  const from = focus?.from.node;
  const to = focus === undefined ? undefined : targetNode(focus);
  // A symptom within one node is about that node; where it ends elsewhere, that is `there`.
  const first = named.here ?? (from === undefined ? undefined : nameOf(from));
  const second = named.there ?? (to === undefined || to === from ? undefined : nameOf(to));
  if (first === undefined && second !== undefined) {
    used.add(second);
    const here = take(undefined, UNNAMED.here);
    return { here, there: second, third: take(named.third, UNNAMED.third) };
  }
  const here = take(first, UNNAMED.here);
  const there = take(second, UNNAMED.there);
  return { here, there, third: take(named.third, UNNAMED.third) };
}

function targetNode(flow: Flow): Subject | undefined {
  if (flow.to.node !== undefined) return flow.to.node;
  for (const part of flow.parts) {
    const nodes = part.roles.target?.filter((subject) => subject.startsWith('node/')) ?? [];
    if (part.sure && nodes.length === 1) return nodes[0];
  }
  return undefined;
}

function nameOf(node: Subject): string {
  return partsOf(node)[0] ?? '';
}
