import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { converse } from './conversation.js';
import { addHook, headerOf, isReplay, rawBody, refuseUnsigned, replayed } from './hook.js';
import { MATTERMOST_MARKDOWN, markdownMessage } from './markdown-dialect.js';
import { verifyMattermost } from './signatures/mattermost.js';
import { type Wish, wishOf } from './wish.js';
import { chatWordsOf } from './words.js';

export interface MattermostSettings {
  /** The slash command's token, static. */
  token: string;
  /** Makes up for a token that covers neither body nor time. */
  pathSecret: string;
  lang: Lang;
  /** Whether answers may be posted to its `response_url`; else they are in the answer to the command. */
  later: boolean;
}

const PLATFORM = 'mattermost';
/** Of a post. */
const LIMIT = { max: 16_383, unit: 'characters' } as const;

/** Mattermost's slash command. */
export function mattermostAdapter(settings: MattermostSettings): ChatAdapter {
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
  settings: MattermostSettings,
  service: ChatService,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const form = new URLSearchParams(rawBody(request).toString('utf8'));
  const signed = { authorization: headerOf(request, 'authorization'), token: form.get('token') ?? undefined };
  const refused = refuseUnsigned(request, reply, verifyMattermost(signed, settings.token));
  if (refused !== undefined) return refused;
  if (await isReplay(service, PLATFORM, form.get('trigger_id') ?? undefined)) return replayed(reply);
  const wish = wishOf(form.get('text') ?? '', settings.lang);
  const invocation = form.get('command') ?? '/diagnose';
  const said = async (asked: Wish) => {
    const message = await converse(asked, { service, log: request.log, invocation });
    return post(markdownMessage(message, MATTERMOST_MARKDOWN, { limit: LIMIT, lang: asked.lang }));
  };
  const url = form.get('response_url');
  if (url === null || url === '' || !settings.later) return reply.send(await said(wish));
  service.background(async () => {
    await service.deliver(url, await said(wish));
  });
  const say = chatWordsOf(wish.lang);
  return reply.send(post(wish.kind === 'start' ? say('starting') : say('working')));
}

/** Seen by who asked alone; what looks like Slack's markup is left as it is. */
function post(text: string) {
  return { response_type: 'ephemeral', text, skip_slack_parsing: true };
}
