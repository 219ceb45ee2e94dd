import { randomBytes } from 'node:crypto';
import type { Answer, InterviewState } from '../ask/interview.js';
import type { Lang } from '../engine/rulebook/types.js';
import { tooLarge } from './body.js';
import { type Diagnoses, stored } from './diagnoses.js';
import type { ServerOptions } from './options.js';
import { HttpProblem } from './problem.js';
import { MAX_ANSWERS } from './session-schema.js';
import type { KeptSession, Store } from './store/store.js';
import type { Upload } from './tasks.js';

/** A session and where its questionnaire stands. */
export interface OpenSession {
  session: KeptSession;
  state: InterviewState;
}

/** What a session begins with: it is read again for each answer, and kept until the session ends. */
const BASE_BYTES = 16 * 1024 * 1024;
/** Attempts to append an answer beside somebody who answers at the same time. */
const ATTEMPTS = 5;

/** Questionnaires over several requests: kept are what one began with and its answers, nothing else. Methods throw problems. */
export class Sessions {
  readonly #store: Store;
  readonly #diagnoses: Diagnoses;
  readonly #options: ServerOptions;

  constructor(store: Store, diagnoses: Diagnoses, options: ServerOptions) {
    this.#store = store;
    this.#diagnoses = diagnoses;
    this.#options = options;
  }

  async start(uploads: Upload[], answers: readonly Answer[], lang: Lang, strict = false): Promise<OpenSession> {
    if (uploads.reduce((sum, { bytes }) => sum + bytes.length, 0) > BASE_BYTES) throw tooLarge(BASE_BYTES);
    const session: KeptSession = {
      id: randomBytes(16).toString('base64url'),
      lang,
      uploads,
      answers,
      version: 0,
      expiresAt: this.#expiry(),
    };
    // Judged before it is kept: what cannot be read is refused, not remembered.
    const state = await this.#state(session, lang, strict);
    await stored(this.#store.addSession(session));
    return { session, state };
  }

  async get(id: string, lang?: Lang): Promise<OpenSession> {
    const session = await this.#session(id);
    return { session, state: await this.#state(session, lang ?? session.lang) };
  }

  /** Adds answers; one to a question that was answered before takes the earlier one's place. */
  async answer(id: string, given: readonly Answer[], version?: number, lang?: Lang): Promise<OpenSession> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const session = await this.#session(id);
      if (version !== undefined && session.version !== version) break;
      const anew = new Set(given.map(({ question }) => question));
      const answers = [...session.answers.filter(({ question }) => !anew.has(question)), ...given];
      if (answers.length > MAX_ANSWERS) throw new HttpProblem(422, 'session-full', { slots: { limit: MAX_ANSWERS } });
      const next = { ...session, answers, version: session.version + 1, expiresAt: this.#expiry() };
      const state = await this.#state(next, lang ?? session.lang);
      if (await stored(this.#store.answerSession(id, session.version, answers, next.expiresAt))) {
        return { session: next, state };
      }
    }
    throw new HttpProblem(409, 'session-conflict');
  }

  /** Where a person can read how a session stands. */
  link(id: string): string {
    return `${this.#options.publicUrl ?? ''}/sessions/${id}`;
  }

  async #session(id: string): Promise<KeptSession> {
    const session = await stored(this.#store.session(id, this.#options.now()));
    if (session === undefined) throw new HttpProblem(404, 'no-session');
    return session;
  }

  async #state({ uploads, answers }: KeptSession, lang: Lang, strict = false): Promise<InterviewState> {
    return (await this.#diagnoses.work({ kind: 'interview', uploads, strict, answers, lang })).state;
  }

  #expiry(): number {
    return this.#options.now() + this.#options.sessionMs;
  }
}
