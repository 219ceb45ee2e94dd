import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { fileWish, type Refused } from './chat-file.js';
import { converse } from './conversation.js';
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
import { plainMessage } from './message.js';
import { verifySlack } from './signatures/slack.js';
import { SlackApi, type SlackApiSettings } from './slack-api.js';
import { slackMessage, slackText, typedInSlack } from './slack-blocks.js';
import { type Wish, wishOf } from './wish.js';
import { chatWordsOf } from './words.js';

export interface SlackSettings {
  /** The app's signing secret. */
  signingSecret: string;
  lang: Lang;
  /** Without it messages and files are not read, only the slash command. */
  api?: SlackApiSettings;
}

const PLATFORM = 'slack';
/** What a slash command is called where a button was pressed, whose message does not tell. */
const COMMAND = '/diagnose';

/** Slack's slash command and buttons, both at one address. */
export function slackAdapter(settings: SlackSettings): ChatAdapter {
  return {
    platform: PLATFORM,
    register(app, service) {
      const slack = new Slack(settings, service, app);
      addHook(app, { platform: PLATFORM, answer: (request, reply) => slack.answer(request, reply) });
    },
  };
}

class Slack {
  readonly #settings: SlackSettings;
  readonly #service: ChatService;
  readonly #app: FastifyInstance;

  constructor(settings: SlackSettings, service: ChatService, app: FastifyInstance) {
    this.#settings = settings;
    this.#service = service;
    this.#app = app;
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const body = rawBody(request);
    const signed = {
      timestamp: headerOf(request, 'x-slack-request-timestamp'),
      signature: headerOf(request, 'x-slack-signature'),
      body,
    };
    const verdict = verifySlack(signed, this.#settings.signingSecret, this.#service.now());
    const refused = refuseUnsigned(request, reply, verdict);
    if (refused !== undefined) return refused;
    const text = body.toString('utf8');
    if (/^application\/json\b/.test(headerOf(request, 'content-type') ?? '')) return this.#event(text, reply);
    const form = new URLSearchParams(text);
    if (form.get('ssl_check') === '1') return reply.code(200).send();
    const payload = form.get('payload');
    if (payload !== null) return this.#interaction(payload, reply);
    return form.get('command') === null ? malformed(reply) : this.#command(form, reply);
  }

  async #command(form: URLSearchParams, reply: FastifyReply): Promise<unknown> {
    const { lang } = this.#settings;
    const wish = wishOf(typedInSlack(form.get('text') ?? ''), lang);
    if (await isReplay(this.#service, PLATFORM, form.get('trigger_id') ?? undefined)) return replayed(reply);
    const url = form.get('response_url');
    const invocation = form.get('command') ?? COMMAND;
    // Without a place for a later answer it has to be in this one.
    if (url === null || url === '') return reply.send(await this.#said(wish, invocation));
    this.#service.background(async () => {
      await this.#service.deliver(url, await this.#said(wish, invocation));
    });
    const say = chatWordsOf(wish.lang);
    const waiting = wish.kind === 'start' ? say('starting') : say('working');
    return reply.send({ response_type: 'ephemeral', text: slackText(waiting) });
  }

  /** Slack asks once whether the address is ours; after that messages come, where the app subscribes to them. */
  async #event(text: string, reply: FastifyReply): Promise<unknown> {
    const outer = jsonObject(text);
    const challenge = textOf(outer?.challenge);
    if (outer?.type === 'url_verification' && challenge !== undefined) return reply.send({ challenge });
    const event = objectOf(outer?.event);
    const message = event === undefined ? undefined : messageIn(event);
    const { api: settings } = this.#settings;
    // Slack sends an event again until it is answered with 200.
    if (settings === undefined || message === undefined) return reply.code(200).send();
    if (await isReplay(this.#service, PLATFORM, textOf(outer?.event_id))) return reply.code(200).send();
    const api = new SlackApi(settings);
    this.#service.background(async () => {
      await api.post(message.channel, message.thread, await this.#answerTo(message, api));
    });
    return reply.code(200).send();
  }

  async #answerTo(message: NonNullable<ReturnType<typeof messageIn>>, api: SlackApi) {
    const { lang } = this.#settings;
    const { file, text } = message;
    const wish: Wish | Refused =
      file === undefined
        ? wishOf(typedInSlack(text), lang)
        : await fileWish({ name: file.name, fetch: () => api.file(file.address) }, lang, this.#app.log);
    if ('refused' in wish) return slackMessage(plainMessage(wish.refused), lang);
    return slackMessage(await converse(wish, this.#place(COMMAND)), wish.lang);
  }

  async #interaction(payload: string, reply: FastifyReply): Promise<unknown> {
    const event = jsonObject(payload);
    if (event === undefined) return malformed(reply);
    const wish = pressed(event, this.#settings.lang);
    const url = textOf(event.response_url);
    // Other kinds of interaction are acknowledged, so that Slack shows no error to who pressed.
    if (wish === undefined || url === undefined) return reply.code(200).send();
    if (await isReplay(this.#service, PLATFORM, textOf(event.trigger_id))) return replayed(reply);
    this.#service.background(async () => {
      const said = await this.#said(wish, COMMAND);
      await this.#service.deliver(url, { ...said, replace_original: true });
    });
    return reply.code(200).send();
  }

  async #said(wish: Wish, invocation: string) {
    const message = await converse(wish, this.#place(invocation));
    return { response_type: 'ephemeral', ...slackMessage(message, wish.lang) };
  }

  #place(invocation: string) {
    return { service: this.#service, log: this.#app.log, invocation };
  }
}

/** The answer that a pressed button stands for; undefined where it is none of ours. */
function pressed(event: Readonly<Record<string, unknown>>, lang: Lang): Wish | undefined {
  const actions = Array.isArray(event.actions) ? event.actions : [];
  const value = textOf(objectOf(actions[0])?.value);
  const choice = value === undefined ? undefined : jsonObject(value);
  const session = textOf(choice?.s);
  const question = textOf(choice?.q);
  const text = textOf(choice?.v);
  if (session === undefined || question === undefined || text === undefined) return undefined;
  return { kind: 'answer', lang, session, question, text };
}

/** What a message brings: the file that is with it, else its text, mentions of the bot taken off. */
function messageIn(event: JsonObject) {
  const channel = textOf(event.channel);
  const ts = textOf(event.ts);
  const mentioned = event.type === 'app_mention';
  const direct = event.type === 'message' && event.channel_type === 'im';
  // What bots write is not answered, least of all by itself.
  if (channel === undefined || ts === undefined || !(mentioned || direct) || event.bot_id !== undefined)
    return undefined;
  const shared = Array.isArray(event.files) ? objectOf(event.files[0]) : undefined;
  if (event.subtype !== undefined && event.subtype !== 'file_share') return undefined;
  const address = textOf(shared?.url_private_download) ?? textOf(shared?.url_private);
  return {
    channel,
    thread: textOf(event.thread_ts) ?? ts,
    text: (textOf(event.text) ?? '').replace(/<@[A-Z0-9]+(?:\|[^<>]*)?>/g, ' '),
    ...(address === undefined ? {} : { file: { address, name: textOf(shared?.name) } }),
  };
}
