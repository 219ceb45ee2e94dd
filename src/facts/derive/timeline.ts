import type { Flow } from '../flow.js';
import { isSymptom } from '../flow.js';
import type { Source, TimelineEntry } from '../model.js';
import { CLUSTER } from '../model.js';
import type { FactStore } from '../store.js';
import type { Derivation } from './derivation.js';

/** Tools that write kernel parameters, and packages whose upgrade restarts one of them. */
const RESETS_SYSCTLS =
  /\b(?:tuned|polkit|sysctl|systemd-sysctl|harden\w*|cis[- ]benchmark|security baseline|ansible|puppet|chef|salt)\b|安全加固|内核参数|加固/i;
const ADDS_NODE =
  /\b(?:new|added?|join(?:ed)?|scale[d-]?(?:out| up)?)\b.{0,30}\bnodes?\b|\bnode\b.{0,20}\b(?:added|joined)\b|扩容|新增节点|加入节点/i;
/** Log facts that tell of a change, not of a symptom. */
const CHANGE_EVENTS = new Set([
  'log.tuned-restart',
  'log.sysctl-reapplied',
  'log.package-changed',
  'log.networkmanager-took-over',
  'log.nic-link-down',
]);
const KEPT = 50;

/** What changed when, oldest first; entries without a time come last, in the order of the input. */
export function timelineOf(store: FactStore): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  for (const fact of store.all('change')) {
    const entry: TimelineEntry = { what: fact.value.what, source: fact.source };
    if (fact.at !== undefined) entry.at = fact.at;
    if (fact.value.on !== undefined) entry.on = fact.value.on;
    entries.push(entry);
  }
  for (const fact of store.all('log-event')) {
    if (!CHANGE_EVENTS.has(fact.value.event)) continue;
    const entry: TimelineEntry = { what: fact.value.text, source: fact.source };
    if (fact.at !== undefined) entry.at = fact.at;
    if (fact.subject !== CLUSTER) entry.on = fact.subject;
    entries.push(entry);
  }
  const order = entries.map((entry, index) => ({ entry, index }));
  order.sort((a, b) => {
    const x = a.entry.at ?? '\uffff';
    const y = b.entry.at ?? '\uffff';
    return x < y ? -1 : x > y ? 1 : a.index - b.index;
  });
  return order.slice(0, KEPT).map(({ entry }) => entry);
}

/** What the timeline says of the incident: whether it is over, and what was changed before it. */
export const timeline: Derivation = {
  id: 'timeline',
  derive({ store, flows }) {
    const over = incidentOver(store, flows);
    if (over !== undefined)
      store.add({ subject: CLUSTER, name: 'incident.over', value: over.value, source: over.source });
    const changes = timelineOf(store);
    tellChange(store, 'change.tool-resets-sysctls', RESETS_SYSCTLS, changes);
    tellChange(store, 'change.node-added', ADDS_NODE, changes);
  },
};

/** A change that nobody told of may have happened all the same: the fact is true or not there. */
function tellChange(store: FactStore, name: string, pattern: RegExp, changes: readonly TimelineEntry[]): void {
  const entry = changes.find((change) => pattern.test(change.what));
  if (entry !== undefined) store.add({ subject: CLUSTER, name, value: true, source: entry.source });
}

/**
 * Over where the reporter gives its end, where what failed worked later, or where a restart that heals was answered. Then
 * the state was collected from a healed cluster and only logs, times and memories tell of the fault.
 */
function incidentOver(store: FactStore, flows: readonly Flow[]): { value: boolean; source: Source } | undefined {
  const end = store.scalar(CLUSTER, 'incident.to');
  if (end !== undefined) return { value: true, source: end.source };
  const healed = flows.find((flow) => flow.alsoFails === 'before');
  const symptoms = flows.filter(isSymptom);
  if (healed !== undefined && symptoms.every((flow) => flow.at !== undefined || flow.origin === 'log'))
    return { value: true, source: healed.sources[0] ?? {} };
  return undefined;
}
