import type { FastifyBaseLogger } from 'fastify';
import type { Answer, InterviewState } from '../ask/interview.js';
import type { Diagnosis } from '../engine/diagnosis.js';
import type { Lang } from '../engine/rulebook/types.js';
import { postCallback } from './callbacks.js';
import {
  type ChatInput,
  type ChatService,
  type ChatSession,
  ServiceRefusal,
  type StoredDiagnosis,
} from './chat/adapter.js';
import type { Context } from './context.js';
import { stored } from './diagnoses.js';
import { HttpProblem } from './problem.js';
import { wordIn } from './words.js';

const DAY = 24 * 3_600_000;
/** Ids that were given out and whose diagnosis is still being made. */
const MAX_ANNOUNCED = 10_000;

/** What chat adapters have the server do. */
export class ServerChatService implements ChatService {
  readonly #context: Context;
  readonly #log: FastifyBaseLogger;
  readonly #announced = new Map<string, string>();
  readonly #running: (change: 1 | -1) => void;

  /** `running` is told of work that a stop has to wait for. */
  constructor(context: Context, log: FastifyBaseLogger, running: (change: 1 | -1) => void) {
    this.#context = context;
    this.#log = log;
    this.#running = running;
  }

  async diagnose({ content, name }: ChatInput, lang: Lang, id?: string): Promise<StoredDiagnosis> {
    const { diagnoses, options } = this.#context;
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const key = id === undefined ? undefined : this.#announced.get(id);
    if (id !== undefined) this.#announced.delete(id);
    return refusing(lang, async () => {
      if (bytes.length > options.bodyBytes) {
        throw new HttpProblem(413, 'body-too-large', {
          slots: { limit: `${Math.round(options.bodyBytes / 1024 / 1024)} MB` },
        });
      }
      const brought = { uploads: [{ name: name ?? 'stdin', bytes }], strict: false };
      const address = id === undefined || key === undefined ? undefined : { id, key };
      const { kept } = await diagnoses.diagnose(brought, lang, 'json', undefined, address);
      const diagnosis = JSON.parse(Buffer.from(kept.json).toString('utf8')) as Diagnosis;
      return { id: kept.id, diagnosis, permalink: diagnoses.permalink(kept) };
    });
  }

  announce(): { id: string; permalink: string } {
    const address = this.#context.diagnoses.newAddress();
    this.#announced.set(address.id, address.key);
    for (const oldest of this.#announced.keys()) {
      if (this.#announced.size <= MAX_ANNOUNCED) break;
      this.#announced.delete(oldest);
    }
    return { id: address.id, permalink: this.#context.diagnoses.permalink(address) };
  }

  async startSession(lang: Lang): Promise<ChatSession> {
    return refusing(lang, async () => {
      const { session, state } = await this.#context.sessions.start([], [], lang);
      return { id: session.id, state };
    });
  }

  async session(sessionId: string): Promise<ChatSession> {
    return refusing('en', async () => {
      const { session, state } = await this.#context.sessions.get(sessionId);
      return { id: session.id, state };
    });
  }

  async answer(sessionId: string, answer: Answer): Promise<InterviewState> {
    return refusing('en', async () => (await this.#context.sessions.answer(sessionId, [answer])).state);
  }

  sessionLink(sessionId: string): string {
    return this.#context.sessions.link(sessionId);
  }

  async seen(platform: string, messageId: string): Promise<boolean> {
    const now = this.now();
    return refusing('en', () =>
      stored(this.#context.store.markSeen(`${platform}:${messageId.slice(0, 500)}`, now, now + 2 * DAY)),
    );
  }

  async deliver(url: string, body: unknown): Promise<boolean> {
    const { callbackHosts, fetch } = this.#context.options;
    return postCallback(url, body, { hosts: callbackHosts, log: this.#log, fetch });
  }

  background(work: () => Promise<void>): void {
    this.#running(1);
    work()
      .catch((error: unknown) => this.#log.error({ err: error }, 'work behind an answer has failed'))
      .finally(() => this.#running(-1));
  }

  now(): number {
    return this.#context.options.now();
  }
}

/** A problem as what an adapter tells its caller. */
async function refusing<T>(lang: Lang, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HttpProblem) throw new ServiceRefusal(error.status, wordIn(lang, error.word, error.slots));
    throw error;
  }
}
