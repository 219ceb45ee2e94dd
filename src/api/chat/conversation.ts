import type { FastifyBaseLogger } from 'fastify';
import type { Answer, AskedQuestion } from '../../ask/interview.js';
import type { Lang } from '../../engine/rulebook/types.js';
import { type ChatService, ServiceRefusal } from './adapter.js';
import { diagnosisMessage } from './diagnosis-message.js';
import { type Message, plainMessage } from './message.js';
import { stateMessage } from './question-message.js';
import { choiceNamed, type Wish } from './wish.js';
import { chatWordsOf } from './words.js';

/** How a conversation is led, the same on all platforms. */
export interface ConversationPlace {
  service: ChatService;
  log: FastifyBaseLogger;
  /** How the bot is called there: `/diagnose`, `@podnet`. */
  invocation: string;
}

/**
 * Does what was wished and says what came of it. Refusals and failures are messages too, as there is nobody else to tell.
 * `id` is what `announce` gave out for a diagnosis.
 */
export async function converse(wish: Wish, place: ConversationPlace, id?: string): Promise<Message> {
  try {
    return await fulfil(wish, place, id);
  } catch (error) {
    if (!(error instanceof ServiceRefusal)) place.log.error({ err: error }, 'a chat message could not be answered');
    return refusalMessage(error, wish, place.invocation);
  }
}

async function fulfil(wish: Wish, place: ConversationPlace, id: string | undefined): Promise<Message> {
  const { service, invocation } = place;
  switch (wish.kind) {
    case 'help':
      return plainMessage(chatWordsOf(wish.lang)('help', { command: invocation }));
    case 'diagnose': {
      const { content, name, lang } = wish;
      const input = name === undefined ? { content } : { content, name };
      const { diagnosis, permalink } = await service.diagnose(input, lang, id);
      return diagnosisMessage(diagnosis, permalink);
    }
    case 'start': {
      const { id: session, state } = await service.startSession(wish.lang);
      return stateMessage(state, answerPlace(place, session));
    }
    case 'answer': {
      const { session } = wish;
      const now = await service.session(session);
      const answer = answerOf(wish, now.state.question);
      const state = answer === undefined ? now.state : await service.answer(session, answer);
      return stateMessage(state, answerPlace(place, session));
    }
  }
}

function answerPlace({ service, invocation }: ConversationPlace, session: string) {
  return { session, invocation, sessionLink: service.sessionLink(session) };
}

/** The answer that a text gives; undefined where nothing is asked or nothing was said. */
function answerOf(wish: Wish & { kind: 'answer' }, asked: AskedQuestion | undefined): Answer | undefined {
  const { text, question } = wish;
  if (text.trim() === '') return undefined;
  if (question !== undefined) return { question, value: text.trim() };
  if (asked === undefined) return undefined;
  const value = choiceNamed(asked, text);
  return value === undefined ? { question: asked.id, pasted: text } : { question: asked.id, value };
}

function refusalMessage(error: unknown, wish: Wish, invocation: string): Message {
  return plainMessage(refusalText(error, wish, wish.lang, invocation));
}

function refusalText(error: unknown, wish: Wish, lang: Lang, invocation: string): string {
  const say = chatWordsOf(lang);
  if (!(error instanceof ServiceRefusal)) return say('failed');
  if (error.status === 404 && wish.kind === 'answer')
    return say('expired', { session: wish.session, command: invocation });
  if (error.status === 409) return say('conflict');
  if (error.status === 413) return say('tooLarge');
  if (error.status === 503 || error.status === 429) return say('busy');
  if (error.status === 504 || error.status === 408) return say('tooLong');
  return error.status >= 500 ? say('failed') : say('unreadable', { why: error.message });
}

/** What a race against a platform's deadline ended with. */
export type Raced<T> = { done: true; value: T } | { done: false };

/** What work came to, where that is there within so many milliseconds. */
export async function withinPatience<T>(work: Promise<T>, patienceMs: number): Promise<Raced<T>> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<Raced<T>>((resolve) => {
    timer = setTimeout(() => resolve({ done: false }), patienceMs);
  });
  try {
    return await Promise.race([work.then((value): Raced<T> => ({ done: true, value })), patience]);
  } finally {
    clearTimeout(timer);
  }
}
