import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { converse, withinPatience } from './conversation.js';
import {
  addHook,
  isReplay,
  type JsonObject,
  jsonObject,
  malformed,
  objectOf,
  rawBody,
  refuseUnsigned,
  textOf,
} from './hook.js';
import { markdownMessage, WECOM_MARKDOWN } from './markdown-dialect.js';
import { type Message, plainMessage } from './message.js';
import { decryptWecom, encryptWecom, verifyWecom, wecomSignature } from './signatures/wecom.js';
import { type Wish, wishOf } from './wish.js';
import { chatWordsOf } from './words.js';

export interface WecomSettings {
  token: string;
  /** Of the EncodingAESKey: see `wecomKey`. */
  key: Buffer;
  /** Whom messages are for: empty for an organisation's own bots. */
  receiveId: string;
  lang: Lang;
  /** How long an answer may take before it is given later, milliseconds. */
  patienceMs?: number;
}

const PLATFORM = 'wecom';
const INVOCATION = '/diagnose';
/** A Markdown message. */
const LIMIT = { max: 4096, unit: 'bytes' } as const;
const PATIENCE_MS = 800;

/** WeCom's bot (智能机器人) in API mode: encrypted JSON both ways. */
export function wecomAdapter(settings: WecomSettings): ChatAdapter {
  return {
    platform: PLATFORM,
    register(app, service) {
      const wecom = new Wecom(settings, service);
      addHook(app, {
        platform: PLATFORM,
        methods: ['GET', 'POST'],
        answer: (request, reply) =>
          request.method === 'GET' ? wecom.echo(request, reply) : wecom.answer(request, reply),
      });
    },
  };
}

class Wecom {
  readonly #settings: WecomSettings;
  readonly #service: ChatService;

  constructor(settings: WecomSettings, service: ChatService) {
    this.#settings = settings;
    this.#service = service;
  }

  /** WeCom asks whether the address is ours: the text in `echostr` is the answer, bare. */
  async echo(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const encrypted = parameter(request, 'echostr');
    const refused = this.#refuse(request, reply, encrypted);
    if (refused !== undefined) return refused;
    const text = this.#decrypt(encrypted);
    return text === undefined ? malformed(reply) : reply.type('text/plain; charset=utf-8').send(text);
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const encrypted = textOf(jsonObject(rawBody(request).toString('utf8'))?.encrypt);
    const refused = this.#refuse(request, reply, encrypted);
    if (refused !== undefined) return refused;
    const text = this.#decrypt(encrypted);
    const event = text === undefined ? undefined : jsonObject(text);
    if (event === undefined) return malformed(reply);
    // WeCom sends a message again where the answer came too late: an empty one ends that.
    if (await isReplay(this.#service, PLATFORM, textOf(event.msgid))) return reply.code(200).send();
    // Other kinds of events, such as somebody opening the chat, need no answer.
    if (event.msgtype === 'event' || event.msgtype === 'stream') return reply.code(200).send();
    const { lang } = this.#settings;
    const typed = textIn(event);
    if (typed === undefined) return this.#send(reply, plainMessage(chatWordsOf(lang)('notText')), lang);
    return this.#converse(wishOf(typed, lang), textOf(event.response_url), request, reply);
  }

  async #converse(wish: Wish, url: string | undefined, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const announced = wish.kind === 'diagnose' ? this.#service.announce() : undefined;
    const work = converse(wish, { service: this.#service, log: request.log, invocation: INVOCATION }, announced?.id);
    const raced = await withinPatience(work, this.#settings.patienceMs ?? PATIENCE_MS);
    if (raced.done) return this.#send(reply, raced.value, wish.lang);
    this.#service.background(async () => {
      const content = wecomText(await work, wish.lang);
      if (url !== undefined) await this.#service.deliver(url, { msgtype: 'markdown', markdown: { content } });
    });
    const say = chatWordsOf(wish.lang);
    const link = announced === undefined ? undefined : { text: say('whole'), url: announced.permalink };
    return this.#send(reply, plainMessage(url === undefined ? say('willBeAt') : say('working'), link), wish.lang);
  }

  /** A passive reply: a stream of one piece. */
  #send(reply: FastifyReply, message: Message, lang: Lang): FastifyReply {
    const { key, receiveId, token } = this.#settings;
    const stream = { id: randomBytes(12).toString('hex'), finish: true, content: wecomText(message, lang) };
    const encrypt = encryptWecom(key, JSON.stringify({ msgtype: 'stream', stream }), receiveId);
    const timestamp = Math.floor(this.#service.now() / 1000);
    const nonce = randomBytes(8).toString('hex');
    return reply.send({
      encrypt,
      msgsignature: wecomSignature(token, String(timestamp), nonce, encrypt),
      timestamp,
      nonce,
    });
  }

  #refuse(request: FastifyRequest, reply: FastifyReply, encrypted: string | undefined): FastifyReply | undefined {
    const signed = {
      msgSignature: parameter(request, 'msg_signature'),
      timestamp: parameter(request, 'timestamp'),
      nonce: parameter(request, 'nonce'),
      encrypted,
    };
    const verdict = verifyWecom(signed, this.#settings.token, this.#service.now());
    return refuseUnsigned(request, reply, verdict);
  }

  #decrypt(encrypted: string | undefined): string | undefined {
    return encrypted === undefined ? undefined : decryptWecom(this.#settings.key, encrypted, this.#settings.receiveId);
  }
}

function wecomText(message: Message, lang: Lang): string {
  return markdownMessage(message, WECOM_MARKDOWN, { limit: LIMIT, lang });
}

function parameter(request: FastifyRequest, name: string): string | undefined {
  return textOf(objectOf(request.query)?.[name]);
}

/** The text of a message, mentions in front taken off; of one that is mixed, its texts. */
function textIn(event: JsonObject): string | undefined {
  if (event.msgtype === 'text') return withoutMentions(textOf(objectOf(event.text)?.content));
  if (event.msgtype !== 'mixed') return undefined;
  const items = objectOf(event.mixed)?.msg_item;
  if (!Array.isArray(items)) return undefined;
  return withoutMentions(items.map((each) => textOf(objectOf(objectOf(each)?.text)?.content) ?? '').join('\n'));
}

function withoutMentions(text: string | undefined): string | undefined {
  return text?.replace(/^\s*(?:@\S+\s*)*/, '');
}
