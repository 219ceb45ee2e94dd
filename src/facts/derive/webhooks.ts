import type { Fact, WebhookObject } from '../model.js';
import { CLUSTER, serviceSubject } from '../model.js';
import type { FactStore } from '../store.js';
import type { Topology } from '../topology.js';
import type { Derivation } from './derivation.js';

/** Admission webhooks that the API server must ask, and those of them that nobody can answer. */
export const webhooks: Derivation = {
  id: 'webhooks',
  derive({ store, topology }) {
    const objects = store.all('webhook-object');
    const first = objects[0];
    if (first === undefined) return;
    const needed = objects.filter(({ value }) => value.failurePolicy === 'Fail');
    store.add({
      subject: CLUSTER,
      name: 'webhooks.blocking-pods',
      value: namesOf(
        needed.filter(({ value }) => value.resources.some((name) => name === 'pods' || name === '*' || name === '*/*')),
      ),
      source: first.source,
    });
    for (const { value, source } of objects) {
      if (value.service === undefined) continue;
      const subject = serviceSubject(value.service.namespace, value.service.name);
      if (topology.services.has(subject) && store.value(subject, 'service.serves-webhook') === undefined)
        store.add({ subject, name: 'service.serves-webhook', value: true, source });
    }
    const judged = needed.map((fact) => ({ fact, served: isServed(store, topology, fact.value) }));
    if (judged.every(({ served }) => served === undefined)) return;
    const unserved = judged.filter(({ served }) => served === false).map(({ fact }) => fact);
    store.add({
      subject: CLUSTER,
      name: 'webhooks.unserved',
      value: namesOf(unserved),
      source: (unserved[0] ?? first).source,
    });
  },
};

function namesOf(facts: readonly Fact<WebhookObject>[]): string[] {
  const names = facts.map(({ value: { configuration, name, service } }) =>
    service === undefined
      ? `${configuration}: ${name}`
      : `${configuration}: ${name} (${service.namespace}/${service.name})`,
  );
  return [...new Set(names)].sort();
}

/** Whether the Service is there, has the port and a ready endpoint; undefined where its objects are not known. */
function isServed(store: FactStore, topology: Topology, { service }: WebhookObject): boolean | undefined {
  if (service === undefined) return undefined;
  const known = topology.services.get(serviceSubject(service.namespace, service.name));
  if (known === undefined || known.supposed === true) {
    // A list of all Services that lacks this one says that it is not there.
    const whole = store
      .all('service-object')
      .some(({ value }) => value.name === 'kubernetes' && value.namespace === 'default');
    return whole ? false : undefined;
  }
  if (known.object.ports.length > 0 && !known.object.ports.some(({ port }) => port === service.port)) return false;
  return known.endpointsKnown ? known.endpoints.some(({ ready }) => ready) : undefined;
}
