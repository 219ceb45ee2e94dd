import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { ChatAdapter, ChatService } from './adapter.js';
import { converse } from './conversation.js';
import {
  addHook,
  headerOf,
  isReplay,
  jsonObject,
  malformed,
  objectOf,
  rawBody,
  refuseUnsigned,
  replayed,
  textOf,
} from './hook.js';
import { verifySlack } from './signatures/slack.js';
import { slackMessage, slackText, typedInSlack } from './slack-blocks.js';
import { type Wish, wishOf } from './wish.js';
import { chatWordsOf } from './words.js';

export interface SlackSettings {
  /** The app's signing secret. */
  signingSecret: string;
  lang: Lang;
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
    if (/^application\/json\b/.test(headerOf(request, 'content-type') ?? '')) return challenge(text, reply);
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
    const message = await converse(wish, { service: this.#service, log: this.#app.log, invocation });
    return { response_type: 'ephemeral', ...slackMessage(message, wish.lang) };
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

/** Slack asks once whether the address is ours, where events are sent to it. */
function challenge(text: string, reply: FastifyReply): FastifyReply {
  const event = jsonObject(text);
  const given = textOf(event?.challenge);
  return event?.type === 'url_verification' && given !== undefined
    ? reply.send({ challenge: given })
    : reply.code(200).send();
}
