import { mkdirSync, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { availableParallelism, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ChatSettings } from '../api/chat/settings.js';
import type { ServerOptions } from '../api/options.js';
import type { Lang } from '../engine/rulebook/types.js';
import { sanitize } from '../report/sanitize.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { chooseLang } from './language.js';
import { COMPILED_RULEBOOK } from './rulebook.js';
import { type ServeSay, serveWordsOf } from './serve-words.js';
import { UsageError } from './usage-error.js';
import { wordsOf } from './words.js';

export interface ServeOptions {
  host?: string;
  port?: number;
  tokenFile?: string;
  database?: string;
  databaseUrl?: string;
  publicUrl?: string;
  workers?: number;
  rateLimit?: number;
  maxBody?: number;
  maxSeconds?: number;
  maxMemory?: number;
  keepDays?: number;
  sessionHours?: number;
  stopSeconds?: number;
  callbackHost?: string[];
  logLevel?: ServerOptions['logLevel'];
  lang?: Lang;
}

const DEFAULT_PORT = 8080;
const MB = 1024 * 1024;
const HOUR = 3_600_000;

/** `podnet serve`: answers over HTTP until it is told to stop. */
export async function runServe(options: ServeOptions): Promise<ExitStatus> {
  const lang = chooseLang(options.lang, process.env);
  const say = serveWordsOf(lang);
  const host = options.host ?? process.env.PODNET_HOST ?? '127.0.0.1';
  const port = options.port ?? portOf(process.env.PODNET_PORT, lang, say);
  const settings = settingsOf(options, host, say);
  const { adapters, callbackHosts } = await chats();
  const { buildServer } = await import('../api/server.js');
  const server = await buildServer(
    {
      ...settings,
      callbackHosts: [...callbackHosts, ...(options.callbackHost ?? [])],
      rulebookFile: COMPILED_RULEBOOK,
      // The bundle has the threads' modules beside this one.
      workersAt: new URL('.', import.meta.url),
    },
    adapters,
  );
  try {
    await server.app.listen({ host, port });
  } catch (error) {
    await server.stop();
    throw new UsageError(say('cannotListen', { host: sanitize(host), port, why: codeOf(error) }));
  }
  const address = server.app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  process.stderr.write(`${say('listening', { url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound}` })}\n`);
  await toldToStop();
  await server.stop();
  return EXIT.healthy;
}

/** The chat platforms whose secrets are in the environment. */
async function chats(): Promise<ChatSettings> {
  const { ChatSettingsError, chatSettings } = await import('../api/chat/settings.js');
  try {
    return chatSettings(process.env);
  } catch (error) {
    throw error instanceof ChatSettingsError ? new UsageError(sanitize(error.message)) : error;
  }
}

/** Resolves at the first signal to stop; a second one ends the process at once. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    // A command that computes ends at once; a server lets its requests end.
    process.removeAllListeners('SIGINT');
    let told = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (told) process.exit(EXIT.interrupted);
        told = true;
        resolve();
      });
    }
  });
}

function settingsOf(options: ServeOptions, host: string, say: ServeSay): Partial<ServerOptions> {
  const { env } = process;
  const settings: Partial<ServerOptions> = {
    workers: options.workers ?? Math.min(availableParallelism(), 16),
    tokenHashes: tokensOf(options.tokenFile ?? env.PODNET_TOKEN_FILE, host, say),
  };
  const databaseUrl = options.databaseUrl ?? env.PODNET_DATABASE_URL;
  if (databaseUrl === undefined) settings.databaseFile = databaseFileOf(options.database ?? env.PODNET_DATABASE, say);
  else if (/^postgres(?:ql)?:\/\//.test(databaseUrl)) settings.databaseUrl = databaseUrl;
  else throw new UsageError(say('badUrl', { option: '--database-url', example: 'postgres://podnet@db/podnet' }));
  const publicUrl = options.publicUrl ?? env.PODNET_PUBLIC_URL;
  if (publicUrl !== undefined) {
    if (!/^https?:\/\/[^/?#]+/.test(publicUrl) || !URL.canParse(publicUrl)) {
      throw new UsageError(say('badUrl', { option: '--public-url', example: 'https://podnet.example.org' }));
    }
    settings.publicUrl = publicUrl.replace(/\/+$/, '');
  }
  if (options.rateLimit !== undefined) settings.rateLimit = options.rateLimit;
  if (options.maxBody !== undefined) {
    settings.bodyBytes = options.maxBody * MB;
    settings.allBodiesBytes = Math.max(512, options.maxBody * 4) * MB;
    settings.inputBytes = Math.max(512, options.maxBody * 8) * MB;
  }
  if (options.maxSeconds !== undefined) settings.diagnosisMs = options.maxSeconds * 1000;
  if (options.maxMemory !== undefined) settings.memoryMb = options.maxMemory;
  if (options.keepDays !== undefined) settings.historyMs = options.keepDays * 24 * HOUR;
  if (options.sessionHours !== undefined) settings.sessionMs = options.sessionHours * HOUR;
  if (options.stopSeconds !== undefined) settings.stopMs = options.stopSeconds * 1000;
  if (options.logLevel !== undefined) settings.logLevel = options.logLevel;
  return settings;
}

function portOf(text: string | undefined, lang: Lang, say: ServeSay): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  const allowed = say('invalidWhole', { from: 0, to: 65_535 });
  throw new UsageError(wordsOf(lang)('invalidArgument', { option: 'PODNET_PORT', allowed, what: sanitize(text) }));
}

function tokensOf(file: string | undefined, host: string, say: ServeSay): string[] {
  if (file === undefined || file === '') {
    if (isLoopback(host)) return [];
    throw new UsageError(say('needsTokens', { host: sanitize(host) }));
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(say('cannotRead', { file: sanitize(file), why: codeOf(error) }));
  }
  const { hashes, wrongLine } = tokenLines(text);
  if (wrongLine !== undefined) throw new UsageError(say('tokenNotHashed', { file: sanitize(file), line: wrongLine }));
  if (hashes.length === 0) throw new UsageError(say('noTokens', { file: sanitize(file) }));
  return hashes;
}

/** One a line: `sha256:<hex>` or the hex alone, a name after it; `#` begins a comment. A token in clear is none. */
function tokenLines(text: string): { hashes: string[]; wrongLine?: number } {
  const hashes: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const bare = line.replace(/#.*$/, '').trim();
    if (bare === '') continue;
    const hash = /^(?:sha256:)?([0-9a-f]{64})(?:\s|$)/i.exec(bare)?.[1];
    if (hash === undefined) return { hashes, wrongLine: index + 1 };
    hashes.push(hash.toLowerCase());
  }
  return { hashes };
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const version = isIP(host);
  return version !== 0 && loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

function databaseFileOf(named: string | undefined, say: ServeSay): string {
  if (named === ':memory:') return named;
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  const file = named || join(state, 'podnet', 'history.db');
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UsageError(say('cannotMake', { file: sanitize(dirname(file)), why: codeOf(error) }));
  }
  return file;
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return sanitize(code ?? message ?? '');
}
