import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { teamsMessage } from './adaptive-card.js';
import { converse, withinPatience } from './conversation.js';
import {
  addHook,
  headerOf,
  isReplay,
  jsonObject,
  malformed,
  objectOf,
  problem,
  rawBody,
  refuseUnsigned,
  replayed,
  textOf,
} from './hook.js';
import { plainMessage } from './message.js';
import { isRecentActivity, verifyTeams } from './signatures/teams.js';
import { wishOf } from './wish.js';
import { chatWordsOf } from './words.js';

export interface TeamsSettings {
  /** The outgoing webhook's token, base64. */
  token: string;
  lang: Lang;
  /** How long an answer may take, milliseconds. */
  patienceMs?: number;
}

const PLATFORM = 'teams';
/** Teams waits for five seconds, and has no later answer. */
const PATIENCE_MS = 4000;

/** Microsoft Teams' outgoing webhook. */
export function teamsAdapter(settings: TeamsSettings): ChatAdapter {
  return {
    platform: PLATFORM,
    register(app, service) {
      addHook(app, { platform: PLATFORM, answer: (request, reply) => answer(settings, service, request, reply) });
    },
  };
}

async function answer(
  settings: TeamsSettings,
  service: ChatService,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const body = rawBody(request);
  const verdict = verifyTeams({ authorization: headerOf(request, 'authorization'), body }, settings.token);
  const refused = refuseUnsigned(request, reply, verdict);
  if (refused !== undefined) return refused;
  const activity = jsonObject(body.toString('utf8'));
  if (activity === undefined) return malformed(reply);
  if (!isRecentActivity(activity.timestamp, service.now()))
    return problem(reply, 401, 'The time of the message is too far from now');
  const conversation = textOf(objectOf(activity.conversation)?.id) ?? '';
  const id = textOf(activity.id);
  if (await isReplay(service, PLATFORM, id === undefined ? undefined : `${conversation} ${id}`)) return replayed(reply);
  const wish = wishOf(typedInTeams(textOf(activity.text) ?? ''), settings.lang);
  const place = { service, log: request.log, invocation: '@podnet' };
  const announced = wish.kind === 'diagnose' ? service.announce() : undefined;
  const work = converse(wish, place, announced?.id);
  const raced = await withinPatience(work, settings.patienceMs ?? PATIENCE_MS);
  if (raced.done) return reply.send(teamsMessage(raced.value, wish.lang));
  service.background(async () => {
    await work;
  });
  const say = chatWordsOf(wish.lang);
  const url = announced?.permalink ?? (wish.kind === 'answer' ? service.sessionLink(wish.session) : undefined);
  const message =
    url === undefined ? plainMessage(say('busy')) : plainMessage(say('willBeAt'), { text: say('whole'), url });
  return reply.send(teamsMessage(message, wish.lang));
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** What a person typed, of the HTML that Teams makes of it. */
export function typedInTeams(html: string): string {
  return html
    .replace(/<at\b[^<>]*>[^<]*<\/at>/gi, ' ')
    .replace(/<br\s*\/?>|<\/(?:p|div|li|pre|tr)>/gi, '\n')
    .replace(/<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>/gi, '')
    .replace(/&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi, (whole, name, decimal, hexadecimal) => {
      if (typeof name === 'string') return ENTITIES[name.toLowerCase()]!;
      const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hexadecimal), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .replaceAll('\u00a0', ' ')
    .trim();
}
