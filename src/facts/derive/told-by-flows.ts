import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Subject } from '../model.js';
import { CLUSTER } from '../model.js';
import type { Derivation } from './derivation.js';

const REASON = 'what reached what tells it already, and counts there';

/**
 * Questions that the flows have answered: their answers stay unknown, so that nothing counts twice, and the reason keeps
 * them from being asked.
 */
export const toldByFlows: Derivation = {
  id: 'told-by-flows',
  derive({ store, flows }) {
    for (const [question, told] of [
      ['answer.pod-address-works', podAddressTold(flows)],
      ['answer.same-node-backend-only', nearnessTold(flows)],
    ] as const) {
      if (told === undefined || store.value(CLUSTER, question) !== undefined) continue;
      store.addUnknown({ subject: CLUSTER, name: question, reason: REASON, source: told.sources[0] ?? {} });
    }
  },
};

const isToService = ({ leg }: Flow): boolean => leg.to === 'clusterip' || leg.to === 'nodeport';

function subjectsIn(flow: Flow, part: 'entry' | 'transport', role: 'entry' | 'target'): readonly Subject[] {
  return flow.parts.find(({ name }) => name === part)?.roles[role] ?? [];
}

/** A flow to a backend's own address, from where its Service failed. */
function podAddressTold(flows: readonly Flow[]): Flow | undefined {
  const failed = new Set<string>();
  for (const flow of flows) {
    if (!isSymptom(flow) || !isToService(flow) || flow.from.node === undefined) continue;
    for (const target of subjectsIn(flow, 'transport', 'target')) failed.add(`${flow.from.node} ${target}`);
  }
  return flows.find(
    ({ from, to, proto, leg }) =>
      leg.to === 'pod' && proto !== 'icmp' && to.subject !== undefined && failed.has(`${from.node} ${to.subject}`),
  );
}

/** Flows through one node's Service rules to a backend on that node and to one elsewhere, at least one of them failing. */
function nearnessTold(flows: readonly Flow[]): Flow | undefined {
  const byEntry = new Map<Subject, { near: Set<string>; failing?: Flow }>();
  for (const flow of flows) {
    if (!isToService(flow) || (flow.leg.near !== 'same-node' && flow.leg.near !== 'cross-node')) continue;
    for (const entry of subjectsIn(flow, 'entry', 'entry')) {
      const seen = byEntry.get(entry) ?? { near: new Set() };
      seen.near.add(flow.leg.near);
      if (isSymptom(flow)) seen.failing ??= flow;
      byEntry.set(entry, seen);
      if (seen.near.size === 2 && seen.failing !== undefined) return seen.failing;
    }
  }
  return undefined;
}
