import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { fileWish, type Refused } from './chat-file.js';
import { converse } from './conversation.js';
import { DingtalkApi, type DingtalkApiSettings } from './dingtalk-api.js';
import {
  addHook,
  headerOf,
  isReplay,
  type JsonObject,
  jsonObject,
  malformed,
  objectOf,
  rawBody,
  refuseUnsigned,
  replayed,
  textOf,
} from './hook.js';
import { DINGTALK_MARKDOWN, markdownMessage } from './markdown-dialect.js';
import { type Message, plainMessage } from './message.js';
import { verifyDingtalk } from './signatures/dingtalk.js';
import { cutText } from './text-limit.js';
import { typedAnswer, type Wish, wishOf } from './wish.js';
import { chatWordsOf } from './words.js';

export interface DingtalkSettings {
  appSecret: string;
  /** Makes up for a signature that does not cover the body. */
  pathSecret: string;
  lang: Lang;
  /** Without it files are not read. */
  api?: DingtalkApiSettings;
}

const PLATFORM = 'dingtalk';
const INVOCATION = '/diagnose';
/** A message of a robot may have 20,000 bytes; its JSON is a bit larger than its text. */
const TEXT_BYTES = 16_000;
const TITLE_CHARACTERS = 64;
const BUTTON_CHARACTERS = 40;

/** A DingTalk robot in HTTP mode. */
export function dingtalkAdapter(settings: DingtalkSettings): ChatAdapter {
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
  settings: DingtalkSettings,
  service: ChatService,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const signed = { timestamp: headerOf(request, 'timestamp'), sign: headerOf(request, 'sign') };
  const verdict = verifyDingtalk(signed, settings.appSecret, service.now());
  const refused = refuseUnsigned(request, reply, verdict);
  if (refused !== undefined) return refused;
  const event = jsonObject(rawBody(request).toString('utf8'));
  if (event === undefined) return malformed(reply);
  const { lang } = settings;
  const wish = wishIn(event, lang);
  const file = wish === undefined ? fileIn(event, settings) : undefined;
  if (await isReplay(service, PLATFORM, textOf(event.msgId))) return replayed(reply);
  const say = chatWordsOf(wish?.lang ?? lang);
  if (wish === undefined && file === undefined) return reply.send(textMessage(say('notText')));
  const answerTo = async (asked: Wish | Refused) => {
    if ('refused' in asked) return dingtalkMessage(plainMessage(asked.refused), lang);
    return dingtalkMessage(await converse(asked, { service, log: request.log, invocation: INVOCATION }), asked.lang);
  };
  const said = async () => answerTo(wish ?? (await fileWish(file!, lang, request.log)));
  const url = webhookOf(event, service.now());
  if (url === undefined) return reply.send(await said());
  service.background(async () => {
    await service.deliver(url, await said());
  });
  return reply.send(textMessage(wish?.kind === 'start' ? say('starting') : say('working')));
}

/** The file of a message, where files can be had. */
function fileIn({ msgtype, content, robotCode }: JsonObject, { api }: DingtalkSettings) {
  const file = msgtype === 'file' ? objectOf(content) : undefined;
  const code = textOf(file?.downloadCode);
  const robot = textOf(robotCode);
  if (api === undefined || code === undefined || robot === undefined) return undefined;
  return { name: textOf(file?.fileName), fetch: () => new DingtalkApi(api).file(code, robot) };
}

/** Where the answer can be posted to, as long as that is open. */
function webhookOf(event: JsonObject, now: number): string | undefined {
  const until = Number(event.sessionWebhookExpiredTime ?? Number.POSITIVE_INFINITY);
  return until > now ? textOf(event.sessionWebhook) : undefined;
}

function wishIn(event: JsonObject, lang: Lang): Wish | undefined {
  const text = textIn(event);
  return text === undefined ? undefined : wishOf(withoutMentions(text), lang);
}

function textIn({ msgtype, text, content }: JsonObject): string | undefined {
  if (msgtype === 'text') return textOf(objectOf(text)?.content);
  if (msgtype !== 'richText') return undefined;
  const pieces = objectOf(content)?.richText;
  if (!Array.isArray(pieces)) return undefined;
  return pieces.map((piece) => textOf(objectOf(piece)?.text) ?? '').join('');
}

/** DingTalk takes the robot's name off; some clients leave it in front. */
function withoutMentions(text: string): string {
  return text.replace(/^\s*(?:@\S+\s+)*/, '');
}

function textMessage(content: string) {
  return { msgtype: 'text', text: { content } };
}

/** As Markdown, or as a card with buttons: pressed, they send the answer as a message of who pressed. */
export function dingtalkMessage(message: Message, lang: Lang) {
  // Whether buttons send is up to the client: how to answer by number stands there too.
  const text = markdownMessage(message, DINGTALK_MARKDOWN, { limit: { max: TEXT_BYTES, unit: 'bytes' }, lang });
  const title = cutText(DINGTALK_MARKDOWN.escape(message.summary), { max: TITLE_CHARACTERS, unit: 'characters' });
  if (message.buttons.length === 0 || message.numbered) return { msgtype: 'markdown', markdown: { title, text } };
  const btns = message.buttons.map((button) => ({
    title: cutText(button.text, { max: BUTTON_CHARACTERS, unit: 'characters' }),
    actionURL: `dtmd://dingtalkclient/sendMessage?content=${encodeURIComponent(typedAnswer(button))}`,
  }));
  return { msgtype: 'actionCard', actionCard: { title, text, btnOrientation: '0', btns } };
}
