import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { alertFacts } from './alert-facts.js';
import { addHook, headerOf, jsonObject, malformed, rawBody, refuseUnsigned } from './hook.js';
import { verifyAlertmanager } from './signatures/alertmanager.js';

export interface AlertmanagerSettings {
  /** Of `http_config`'s `authorization.credentials`, or the password of `basic_auth`. */
  token: string;
  /** Makes up for a token that covers neither body nor time. */
  pathSecret: string;
  lang: Lang;
}

const PLATFORM = 'alertmanager';

/**
 * Alertmanager's webhook. What fires is diagnosed as far as its labels say something; the diagnosis is in the history, and
 * in the answer, which Alertmanager itself does not read.
 */
export function alertmanagerAdapter(settings: AlertmanagerSettings): ChatAdapter {
  return {
    platform: PLATFORM,
    register(app, service) {
      addHook(app, {
        platform: PLATFORM,
        pathSecret: settings.pathSecret,
        answer: (request, reply) => answer(settings, service, request, reply),
      });
    },
  };
}

async function answer(
  settings: AlertmanagerSettings,
  service: ChatService,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const verdict = verifyAlertmanager({ authorization: headerOf(request, 'authorization') }, settings.token);
  const refused = refuseUnsigned(request, reply, verdict);
  if (refused !== undefined) return refused;
  const webhook = jsonObject(rawBody(request).toString('utf8'));
  if (webhook === undefined || !Array.isArray(webhook.alerts)) return malformed(reply);
  const facts = alertFacts(webhook);
  if (facts === undefined) return reply.send({ diagnosed: false });
  // A refusal of the server is answered as such: Alertmanager sends what was answered with 5xx again.
  const stored = await service.diagnose({ content: JSON.stringify(facts), name: 'facts.json' }, settings.lang);
  const { outcome, verdict: sentence } = stored.diagnosis;
  request.log.info({ diagnosis: stored.id, outcome }, 'an alert was diagnosed');
  return reply.send({ diagnosed: true, id: stored.id, permalink: stored.permalink, outcome, verdict: sentence });
}
