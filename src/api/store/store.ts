import type { Answer } from '../../ask/interview.js';
import type { Diagnosis } from '../../engine/diagnosis.js';
import type { Lang } from '../../engine/rulebook/types.js';
import type { Summary, Upload } from '../tasks.js';

/**
 * What the server remembers: the history of diagnoses, sessions, and which chat messages it has seen. What a method has
 * resolved to is durable. Every method throws StoreGone where the database cannot be reached or does not take it.
 * Times are milliseconds since the epoch.
 */
export interface Store {
  addDiagnosis(diagnosis: KeptDiagnosis): Promise<void>;
  diagnosis(id: string): Promise<KeptDiagnosis | undefined>;
  /** The newest first. */
  search(query: HistoryQuery): Promise<ListedDiagnosis[]>;
  addSession(session: KeptSession): Promise<void>;
  /** Undefined where it is not there or has expired. */
  session(id: string, now: number): Promise<KeptSession | undefined>;
  /**
   * Puts the answers of a session in the place of those of `version`, and lets it live until `expiresAt`. False where
   * somebody else was quicker, or it is gone.
   */
  answerSession(id: string, version: number, answers: readonly Answer[], expiresAt: number): Promise<boolean>;
  /** Notes a key until `expiresAt`; true where it was noted already. */
  markSeen(key: string, now: number, expiresAt: number): Promise<boolean>;
  /** Forgets what has expired, and diagnoses from before `diagnosesBefore`. */
  purge(now: number, diagnosesBefore: number): Promise<void>;
  /** Resolves where the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ListedDiagnosis {
  id: string;
  at: number;
  lang: Lang;
  outcome: Diagnosis['outcome'];
  verdict: string;
  /** What was found: cause and subject. */
  found: Summary['found'];
}

export interface KeptDiagnosis extends ListedDiagnosis {
  /** Whoever knows it may read this diagnosis without a token: a permalink carries it. */
  key: string;
  /** The diagnosis as `podnet diagnose --format json` prints it. */
  json: Uint8Array;
}

export interface HistoryQuery {
  cause?: string;
  /** A subject, or the beginning of one that ends in `/`. */
  subject?: string;
  outcome?: string;
  from?: number;
  to?: number;
  /** Only what comes after this one in the list. */
  after?: { at: number; id: string };
  limit: number;
}

export interface KeptSession {
  id: string;
  lang: Lang;
  /** What it began with. */
  uploads: Upload[];
  answers: readonly Answer[];
  /** Counts the changes of its answers. */
  version: number;
  expiresAt: number;
}

/** The database is not there, or does not take what it is given. */
export class StoreGone extends Error {
  override readonly name = 'StoreGone';
}
