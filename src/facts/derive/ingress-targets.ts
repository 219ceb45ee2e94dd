import type { FlowPart } from '../flow.js';
import type { Subject } from '../model.js';
import { serviceSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from './topology.js';

/** Services behind one name that are worth a look each. */
const MAX_SERVICES = 50;

/**
 * The Services to which Ingresses and routes send what asks for a name; of all of them where the reporter does not name
 * it. What a proxy answers with an error may be a fault of any of them.
 */
export function servicesBehind(store: FactStore, topology: Topology, name: string | undefined): Subject[] {
  const found = new Set<Subject>();
  for (const { value } of store.all('ingress-object')) {
    if (name !== undefined && value.hosts.length > 0 && !value.hosts.some((host) => coversHost(host, name))) continue;
    for (const { namespace, service } of value.backends) {
      const subject = serviceSubject(namespace, service);
      if (topology.services.has(subject)) found.add(subject);
      if (found.size >= MAX_SERVICES) return [...found];
    }
  }
  return [...found];
}

/** Whether a rule's host takes a name; `*.example.com` stands for one label. */
export function coversHost(host: string, name: string): boolean {
  const asked = name.toLowerCase();
  const own = host.toLowerCase();
  if (!own.startsWith('*.')) return own === asked;
  const dot = asked.indexOf('.');
  return dot > 0 && asked.slice(dot) === own.slice(1);
}

/** Lets the parts of a flow end at these Services too: which of them it was is not known where there are several. */
export function addServicesBehind(parts: FlowPart[], services: readonly Subject[]): void {
  if (services.length === 0) return;
  for (const part of parts) {
    if (part.name === 'resolve') continue;
    part.roles = { ...part.roles, target: [...new Set([...(part.roles.target ?? []), ...services])] };
    part.sure = false;
  }
}
