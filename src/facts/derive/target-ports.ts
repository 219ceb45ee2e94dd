import type { ServiceObject } from '../model.js';
import type { TopologyPod } from '../topology.js';

/** A port of a Service as it reaches a pod. */
export interface TargetPort {
  port: number;
  proto: string;
}

/**
 * The ports at which a pod is asked for by a Service. A name is looked up in the pod's containers; one that they do not
 * have gives nothing here, and `target-port.declared` says so. A table of Services shows no target ports.
 */
export function targetPortsOf(service: ServiceObject, pod: TopologyPod): TargetPort[] {
  const found: TargetPort[] = [];
  for (const port of service.ports) {
    if (port.targetPort === undefined && service.partial === true) continue;
    const target = port.targetPort ?? port.port;
    if (typeof target === 'number') {
      found.push({ port: target, proto: port.proto });
      continue;
    }
    const numeric = /^\d{1,5}$/.test(target) ? Number(target) : undefined;
    const named =
      numeric ??
      pod.object?.containers.flatMap((container) => container.ports).find((candidate) => candidate.name === target)
        ?.port;
    if (named !== undefined) found.push({ port: named, proto: port.proto });
  }
  return found;
}
