/** Everything that can be set of a server. Sizes are bytes, times milliseconds. */
export interface ServerOptions {
  /** dist/rulebook.json, or another compiled rulebook. */
  rulebookFile: string;
  /** Folder in which the built modules of the worker threads are. */
  workersAt: URL;
  /** SQLite's file, or `:memory:`; not heeded with `databaseUrl`. */
  databaseFile: string;
  /** `postgres://…` */
  databaseUrl?: string;
  /** SHA-256 of each token that opens the server, lower-case hex; none: no token is asked for. */
  tokenHashes: readonly string[];
  /** `https://podnet.example.org`: what permalinks begin with. */
  publicUrl?: string;
  /** Requests of one caller a minute; 0: no limit. */
  rateLimit: number;
  /** Threads that diagnose at the same time. */
  workers: number;
  /** One body. */
  bodyBytes: number;
  /** All bodies that are being taken in or waited with, together. */
  allBodiesBytes: number;
  /** What one body unpacks to. */
  inputBytes: number;
  /** Work on one diagnosis. */
  diagnosisMs: number;
  /** Heap of one thread that diagnoses, megabytes. */
  memoryMb: number;
  /** Requests that wait for a thread. */
  queue: number;
  /** From the first byte of a request to its last. */
  requestMs: number;
  headersMs: number;
  /** A connection on which nothing happens. */
  idleMs: number;
  connections: number;
  /** How long a session lives after its last answer. */
  sessionMs: number;
  /** How long the history is kept. */
  historyMs: number;
  /** How long a stop waits for requests that run. */
  stopMs: number;
  /** Hosts to which chat callbacks go. */
  callbackHosts: readonly string[];
  logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /** Posts callbacks. */
  fetch: typeof globalThis.fetch;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const MB = 1024 * 1024;
const HOUR = 3_600_000;

export const DEFAULTS = {
  databaseFile: ':memory:',
  tokenHashes: [],
  rateLimit: 600,
  workers: 2,
  bodyBytes: 64 * MB,
  allBodiesBytes: 512 * MB,
  inputBytes: 512 * MB,
  diagnosisMs: 30_000,
  memoryMb: 512,
  queue: 256,
  requestMs: 60_000,
  headersMs: 10_000,
  idleMs: 90_000,
  connections: 1024,
  sessionMs: 24 * HOUR,
  historyMs: 90 * 24 * HOUR,
  stopMs: 30_000,
  callbackHosts: [],
  logLevel: 'info',
  fetch: globalThis.fetch,
  now: Date.now,
} as const satisfies Omit<ServerOptions, 'rulebookFile' | 'workersAt'>;
