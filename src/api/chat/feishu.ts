import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { fileWish, type Refused } from './chat-file.js';
import { converse, withinPatience } from './conversation.js';
import { FeishuApi, type FeishuApiSettings } from './feishu-api.js';
import { feishuCard } from './feishu-card.js';
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
  textOf,
} from './hook.js';
import { plainMessage } from './message.js';
import { decryptFeishu, verifyFeishu } from './signatures/feishu.js';
import { sameSecret } from './signatures/verdict.js';
import { type Wish, wishOf } from './wish.js';
import { chatWordsOf } from './words.js';

export interface FeishuSettings {
  /** Without it events are not signed, and only the token is checked. */
  encryptKey?: string;
  verificationToken: string;
  api: FeishuApiSettings;
  lang: Lang;
  /** How long the answer to a button may take before it is given later, milliseconds. */
  patienceMs?: number;
}

const PLATFORM = 'feishu';
const INVOCATION = '/diagnose';
/** Feishu waits for three seconds for what a button does. */
const PATIENCE_MS = 2000;

/** Feishu's (Lark's) events and cards. */
export function feishuAdapter(settings: FeishuSettings): ChatAdapter {
  return {
    platform: PLATFORM,
    register(app, service) {
      const feishu = new Feishu(settings, service);
      addHook(app, { platform: PLATFORM, answer: (request, reply) => feishu.answer(request, reply) });
    },
  };
}

class Feishu {
  readonly #settings: FeishuSettings;
  readonly #service: ChatService;
  readonly #api: FeishuApi;

  constructor(settings: FeishuSettings, service: ChatService) {
    this.#settings = settings;
    this.#service = service;
    this.#api = new FeishuApi(settings.api, () => service.now());
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const body = rawBody(request);
    const event = this.#open(body);
    // The challenge alone is not signed; that it is encrypted, or bears the token, says whose it is.
    if (event?.type === 'url_verification') {
      const challenge = textOf(event.challenge);
      if (!this.#hasToken(textOf(event.token))) return refuseUnsigned(request, reply, 'wrong');
      return challenge === undefined ? malformed(reply) : reply.send({ challenge });
    }
    const { encryptKey } = this.#settings;
    if (encryptKey !== undefined) {
      const signed = {
        timestamp: headerOf(request, 'x-lark-request-timestamp'),
        nonce: headerOf(request, 'x-lark-request-nonce'),
        signature: headerOf(request, 'x-lark-signature'),
        body,
      };
      const refused = refuseUnsigned(request, reply, verifyFeishu(signed, encryptKey, this.#service.now()));
      if (refused !== undefined) return refused;
    }
    if (event === undefined) return malformed(reply);
    const header = objectOf(event.header);
    if (!this.#hasToken(textOf(header?.token) ?? textOf(event.token))) return refuseUnsigned(request, reply, 'wrong');
    // Feishu sends an event again until it is answered with 200.
    if (await isReplay(this.#service, PLATFORM, textOf(header?.event_id))) return reply.send({});
    const content = objectOf(event.event);
    if (header?.event_type === 'im.message.receive_v1') return this.#message(content, request, reply);
    if (header?.event_type === 'card.action.trigger') return this.#pressed(content, request, reply);
    return reply.send({});
  }

  /** An event, decrypted where it has to be; undefined where it is none, or is not encrypted though it has to be. */
  #open(body: Buffer): JsonObject | undefined {
    const outer = jsonObject(body.toString('utf8'));
    const { encryptKey } = this.#settings;
    if (encryptKey === undefined) return outer;
    const encrypted = textOf(outer?.encrypt);
    const text = encrypted === undefined ? undefined : decryptFeishu(encryptKey, encrypted);
    return text === undefined ? undefined : jsonObject(text);
  }

  #hasToken(token: string | undefined): boolean {
    return token !== undefined && sameSecret(token, this.#settings.verificationToken);
  }

  async #message(event: JsonObject | undefined, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const message = objectOf(event?.message);
    const id = textOf(message?.message_id);
    if (message === undefined || id === undefined) return reply.send({});
    this.#service.background(async () => {
      const { lang } = this.#settings;
      const wish = await this.#wishIn(message, id, request);
      if ('refused' in wish) await this.#api.reply(id, feishuCard(plainMessage(wish.refused), lang));
      else await this.#api.reply(id, await this.#card(wish, request));
    });
    return reply.send({});
  }

  async #wishIn(message: JsonObject, id: string, request: FastifyRequest): Promise<Wish | Refused> {
    const { lang } = this.#settings;
    const content = jsonObject(textOf(message.content) ?? '');
    const text = textIn(message, content);
    if (text !== undefined) return wishOf(text, lang);
    const fileKey = textOf(content?.file_key);
    if (message.message_type !== 'file' || fileKey === undefined) return { refused: chatWordsOf(lang)('notText') };
    const file = { name: textOf(content?.file_name), fetch: () => this.#api.file(id, fileKey) };
    return fileWish(file, lang, request.log);
  }

  async #pressed(event: JsonObject | undefined, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const value = objectOf(objectOf(event?.action)?.value);
    const session = textOf(value?.session);
    const question = textOf(value?.question);
    const text = textOf(value?.value);
    if (session === undefined || question === undefined || text === undefined) return reply.send({});
    const { lang } = this.#settings;
    const work = this.#card({ kind: 'answer', lang, session, question, text }, request);
    const raced = await withinPatience(work, this.#settings.patienceMs ?? PATIENCE_MS);
    if (raced.done) return reply.send({ card: { type: 'raw', data: raced.value } });
    const message = textOf(objectOf(event?.context)?.open_message_id);
    this.#service.background(async () => {
      const card = await work;
      if (message !== undefined) await this.#api.replace(message, card);
    });
    return reply.send({ toast: { type: 'info', content: chatWordsOf(lang)('working') } });
  }

  async #card(wish: Wish, request: FastifyRequest) {
    const place = { service: this.#service, log: request.log, invocation: INVOCATION };
    return feishuCard(await converse(wish, place), wish.lang);
  }
}

/** The text of a message, the keys that stand for mentions taken out. */
function textIn(message: JsonObject, content: JsonObject | undefined): string | undefined {
  if (message.message_type === 'text') return withoutMentions(textOf(content?.text));
  if (message.message_type !== 'post' || !Array.isArray(content?.content)) return undefined;
  const lines = content.content.map((parts: unknown) =>
    (Array.isArray(parts) ? parts : []).map((part) => textOf(objectOf(part)?.text) ?? '').join(''),
  );
  return withoutMentions(lines.join('\n'));
}

function withoutMentions(text: string | undefined): string | undefined {
  return text?.replace(/@_(?:user_\d+|all)\s*/g, '');
}
