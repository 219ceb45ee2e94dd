import type { FastifyInstance } from 'fastify';
import type { Answer, InterviewState } from '../../ask/interview.js';
import type { Diagnosis } from '../../engine/diagnosis.js';
import type { Lang } from '../../engine/rulebook/types.js';

/** One chat platform: its routes, its signatures, its words. */
export interface ChatAdapter {
  /** `slack`, `dingtalk`, …: its routes are below `/hooks/<platform>`. */
  readonly platform: string;
  /**
   * Adds the platform's routes. `app` is a context of the adapter's own, without the bearer check that other routes have
   * and without a limit on kinds of body: every body, whatever its content type, arrives in `request.body` as the raw
   * Buffer, capped in size; an empty one as an empty Buffer.
   */
  register(app: FastifyInstance, service: ChatService): void;
}

/** What a chat message can bring: a name where it was a file, else none. */
export interface ChatInput {
  /** A pasted text, or the bytes of a file or archive. */
  content: string | Uint8Array;
  /** Base name of the file, by which its format may be told. */
  name?: string;
}

/** A diagnosis that is in the history. */
export interface StoredDiagnosis {
  id: string;
  diagnosis: Diagnosis;
  /** Where a person can read it, absolute where the server knows its public address. */
  permalink: string;
}

/** A session's id and where it stands. */
export interface ChatSession {
  id: string;
  state: InterviewState;
}

/** What an adapter may ask of the server. */
export interface ChatService {
  /**
   * Diagnoses in a worker and keeps the answer, under `id` where `announce` gave one out before.
   * Throws ServiceRefusal where it cannot.
   */
  diagnose(input: ChatInput, lang: Lang, id?: string): Promise<StoredDiagnosis>;
  /** The id of a diagnosis that is yet to be made, for platforms that have to be answered before it is there. */
  announce(): { id: string; permalink: string };
  /** Begins a questionnaire. Throws ServiceRefusal. */
  startSession(lang: Lang): Promise<ChatSession>;
  /** Where a session stands, for numbered replies. Throws ServiceRefusal as `answer` does. */
  session(sessionId: string): Promise<ChatSession>;
  /** Throws ServiceRefusal, `status` 404 where the session is not there (any more). */
  answer(sessionId: string, answer: Answer): Promise<InterviewState>;
  /** Where a person can read how a session stands. */
  sessionLink(sessionId: string): string;
  /**
   * Notes a message's id, in the store that all replicas share, for at least a day.
   * True where it was there already: the message is a replay. Throws ServiceRefusal where the store is not there.
   */
  seen(platform: string, messageId: string): Promise<boolean>;
  /**
   * Posts JSON to a callback that a message named. Only https, only hosts on the allow-list (`*.example.org` stands for
   * all below), no redirects, no answer of more than 10 seconds.
   * Resolves to false, with a line in the log, where it is refused or fails: a callback never fails a request.
   */
  deliver(url: string, body: unknown): Promise<boolean>;
  /** Work that goes on after the answer: a graceful stop waits for it; what it throws goes to the log. */
  background(work: () => Promise<void>): void;
  /** Milliseconds since the epoch; of a test's clock in tests. */
  now(): number;
}

/** What could not be done, and what the caller is to be told. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal';
  /** HTTP status that says the same: 404, 413, 422, 503, 504. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
