import type { Fact, PodObject } from '../model.js';
import type { FactStore } from '../store.js';
import type { TopologyPod } from '../topology.js';

/** Restarts at which a container is said to restart again and again; fewer, and it may have had one bad day. */
const MANY_RESTARTS = 5;

/** Whether a pod runs and is ready; undefined where its object does not say. */
export function isReady(pod: TopologyPod): boolean | undefined {
  const object = pod.object;
  if (object === undefined) return undefined;
  if (object.ready !== undefined) return object.ready && (object.phase === undefined || object.phase === 'Running');
  if (object.phase !== undefined && object.phase !== 'Running') return false;
  return undefined;
}

/** Whether its containers restart again and again; undefined where neither restarts nor a reason are told. */
export function isCrashing(pod: TopologyPod): boolean | undefined {
  let known = false;
  for (const container of pod.object?.containers ?? []) {
    if (container.reason === 'CrashLoopBackOff') return true;
    if (container.restarts === undefined) continue;
    known = true;
    // Many restarts of a container that runs and is ready now are its history.
    if (container.restarts >= MANY_RESTARTS && container.ready === false) return true;
  }
  return known ? false : undefined;
}

export function podFactOf(store: FactStore, pod: TopologyPod): Fact<PodObject> | undefined {
  return store.records(pod.subject, 'pod-object')[0];
}
