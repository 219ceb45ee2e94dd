import type { WebhookObject } from '../model.js';
import type { JsonObject } from './json-shape.js';
import { objectOf, objectsOf, portOf, textOf, textsOf } from './json-shape.js';

/** The webhooks of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration, with the defaults of the API. */
export function webhookRecords(object: JsonObject, kind: string, configuration: string): WebhookObject[] {
  return objectsOf(object.webhooks).map((webhook) => {
    const client = objectOf(webhook.clientConfig);
    const service = objectOf(client.service);
    const name = textOf(service.name);
    const namespace = textOf(service.namespace);
    const record: WebhookObject = {
      configuration,
      name: textOf(webhook.name) ?? '',
      mutating: kind === 'MutatingWebhookConfiguration',
      failurePolicy: textOf(webhook.failurePolicy) ?? 'Fail',
      resources: objectsOf(webhook.rules).flatMap((rule) => textsOf(rule.resources)),
      hasCaBundle: (textOf(client.caBundle) ?? '') !== '',
    };
    if (name !== undefined && namespace !== undefined)
      record.service = { namespace, name, port: portOf(service.port) ?? 443 };
    return record;
  });
}
