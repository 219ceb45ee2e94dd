import type { IngressClassObject, IngressObject } from '../model.js';
import type { JsonObject } from './json-shape.js';
import { objectOf, objectsOf, portOf, textMapOf, textOf, textsOf } from './json-shape.js';

/**
 * The readable part of Ingresses (networking.k8s.io/v1 and its betas), and of Gateways and routes
 * (gateway.networking.k8s.io).
 */

/** Conditions whose False says that a route or a listener is not in force. */
const IN_FORCE: ReadonlySet<string> = new Set(['Accepted', 'ResolvedRefs', 'Programmed', 'Ready', 'Scheduled']);
const MAX_LISTED = 500;

export function ingressRecord(object: JsonObject, kind: string, namespace: string, name: string): IngressObject {
  const spec = objectOf(object.spec);
  const metadata = objectOf(object.metadata);
  const record: IngressObject = { kind, namespace, name, hosts: [], backends: [], refused: refusedIn(object) };
  if (kind === 'Ingress') readIngress(record, spec, textMapOf(metadata.annotations));
  else readRoute(record, spec);
  return record;
}

function readIngress(record: IngressObject, spec: JsonObject, annotations: Readonly<Record<string, string>>): void {
  const className = textOf(spec.ingressClassName) ?? annotations['kubernetes.io/ingress.class'];
  if (className !== undefined) record.className = className;
  addBackend(record, objectOf(spec.defaultBackend ?? spec.backend));
  const rules = objectsOf(spec.rules).slice(0, MAX_LISTED);
  const hosts = rules.map((rule) => textOf(rule.host));
  // One rule without a host takes what the others leave.
  const any = hosts.includes(undefined) || record.backends.length > 0;
  if (!any) record.hosts = hosts.filter((host): host is string => host !== undefined);
  for (const rule of rules)
    for (const path of objectsOf(objectOf(rule.http).paths)) addBackend(record, objectOf(path.backend));
}

function addBackend(record: IngressObject, backend: JsonObject): void {
  const now = objectOf(backend.service);
  const service = textOf(now.name) ?? textOf(backend.serviceName);
  if (service === undefined || record.backends.length >= MAX_LISTED) return;
  const port = objectOf(now.port);
  const wanted = portOf(port.number) ?? textOf(port.name) ?? portOf(backend.servicePort) ?? textOf(backend.servicePort);
  record.backends.push({ namespace: record.namespace, service, ...(wanted === undefined ? {} : { port: wanted }) });
}

function readRoute(record: IngressObject, spec: JsonObject): void {
  record.hosts = textsOf(spec.hostnames).slice(0, MAX_LISTED);
  for (const rule of objectsOf(spec.rules)) {
    for (const backend of objectsOf(rule.backendRefs)) {
      const service = textOf(backend.name);
      const kind = textOf(backend.kind) ?? 'Service';
      if (service === undefined || kind !== 'Service' || record.backends.length >= MAX_LISTED) continue;
      const port = portOf(backend.port);
      record.backends.push({
        namespace: textOf(backend.namespace) ?? record.namespace,
        service,
        ...(port === undefined ? {} : { port }),
      });
    }
  }
}

/** Conditions of the object, of its parents (routes) and of its listeners (Gateways). */
function refusedIn(object: JsonObject): string[] {
  const status = objectOf(object.status);
  const holders = [status, ...objectsOf(status.parents), ...objectsOf(status.listeners)];
  const refused = new Set<string>();
  for (const holder of holders) {
    for (const condition of objectsOf(holder.conditions)) {
      const type = textOf(condition.type);
      if (type === undefined || !IN_FORCE.has(type) || condition.status !== 'False') continue;
      const reason = textOf(condition.reason);
      refused.add(reason === undefined ? type : `${type}: ${reason}`);
    }
  }
  return [...refused].sort();
}

export function ingressClassRecord(object: JsonObject, name: string): IngressClassObject {
  const annotations = textMapOf(objectOf(object.metadata).annotations);
  return { name, isDefault: annotations['ingressclass.kubernetes.io/is-default-class'] === 'true' };
}
