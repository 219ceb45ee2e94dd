import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { loadCompiledRulebook } from '../engine/rulebook/compiled.js';
import { escapeRegExp } from '../facts/escape-regexp.js';
import { BodyBudget, BodyShare, tooLarge } from './body.js';
import type { ChatAdapter, ChatService } from './chat/adapter.js';
import { ServerChatService } from './chat-service.js';
import type { Context } from './context.js';
import { Diagnoses } from './diagnoses.js';
import { Metrics } from './metrics.js';
import { langOfRequest } from './negotiate.js';
import { DEFAULTS, type ServerOptions } from './options.js';
import { HttpProblem, PROBLEM_TYPE, problemBody } from './problem.js';
import { diagnoseRoutes } from './routes/diagnose.js';
import { documentRoutes } from './routes/document.js';
import { healthRoutes } from './routes/health.js';
import { historyRoutes } from './routes/history.js';
import { rulesRoutes } from './routes/rules.js';
import { sessionRoutes } from './routes/sessions.js';
import { walkRoutes } from './routes/walk.js';
import { Sessions } from './sessions.js';
import { openStore } from './store/open-store.js';
import { isAuthorized } from './tokens.js';
import { WorkerPool } from './worker-pool.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What this request's body may take of the memory. */
    share: BodyShare;
  }
  interface FastifyContextConfig {
    /** Needs no token: nothing of anybody's cluster is told, or the route checks by itself. */
    open?: boolean;
  }
}

export interface PodnetServer {
  app: FastifyInstance;
  /** Turns new requests away with 503, waits for those that run, ends threads and closes the store. */
  stop(): Promise<void>;
}

/** A chat message, with what was pasted into it. */
const HOOK_BYTES = 1024 * 1024;
const PURGE_MS = 600_000;
/** A body that was refused is read on for so long, so that its sender gets to read the answer. */
const LINGER_MS = 10_000;

/** The server, not yet listening. */
export async function buildServer(
  given: Partial<ServerOptions> & Pick<ServerOptions, 'rulebookFile' | 'workersAt'>,
  adapters: readonly ChatAdapter[] = [],
): Promise<PodnetServer> {
  const options: ServerOptions = { ...DEFAULTS, ...given };
  const app = fastifyOf(options);
  const context = await contextOf(options, app);
  let running = 0;

  app.decorateRequest('share', null as unknown as BodyShare);
  app.addHook('onRequest', async (request, reply) => {
    running += 1;
    request.share = new BodyShare(context.bodies, options.bodyBytes);
    if (context.stopping) {
      reply.header('connection', 'close');
      throw new HttpProblem(503, 'stopping', { headers: { 'retry-after': '5' } });
    }
  });
  app.addHook('onResponse', async (request, reply) => {
    running -= 1;
    request.share.release();
    const route = request.routeOptions.url ?? 'none';
    const seconds = reply.elapsedTime / 1000;
    context.metrics.requests.inc({ method: request.method, route, status: reply.statusCode });
    context.metrics.duration.observe({ route }, seconds);
    // The pattern of the route alone: a path may hold a permalink's key, a query anything.
    request.log.info(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    );
    if (!request.raw.complete) linger(request);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => answerProblem(problemOf(error), request, reply));

  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  });
  if (options.rateLimit > 0) {
    await app.register(rateLimit, {
      max: options.rateLimit,
      timeWindow: 60_000,
      keyGenerator: (request) => callerOf(request, options.tokenHashes),
      errorResponseBuilder: (_request, { ttl }) => {
        const seconds = Math.max(1, Math.ceil(ttl / 1000));
        return new HttpProblem(429, 'too-many-requests', { slots: { seconds } });
      },
    });
  }
  app.addHook('onRequest', async (request) => {
    if (options.tokenHashes.length === 0 || request.routeOptions.config.open === true) return;
    if (isAuthorized(request.headers.authorization, options.tokenHashes)) return;
    throw new HttpProblem(401, 'unauthorized', { headers: { 'www-authenticate': 'Bearer realm="podnet"' } });
  });

  // Routes read their bodies themselves, counting; nothing is parsed before.
  app.removeAllContentTypeParsers();
  await app.register(multipart, { throwFileSizeLimit: true });
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const methods = new Map<RegExp, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => noteMethods(methods, url, [method].flat()));
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0]!;
    for (const [pattern, allowed] of methods) {
      if (!pattern.test(path)) continue;
      const list = [...allowed].sort().join(', ');
      throw new HttpProblem(405, 'method-not-allowed', { slots: { allowed: list }, headers: { allow: list } });
    }
    throw new HttpProblem(404, 'not-found');
  });

  healthRoutes(app, context);
  diagnoseRoutes(app, context);
  walkRoutes(app, context);
  historyRoutes(app, context);
  rulesRoutes(app, context);
  sessionRoutes(app, context);
  documentRoutes(app);
  const service = new ServerChatService(context, app.log, (change) => {
    running += change;
  });
  for (const adapter of adapters) await app.register(async (scope) => addAdapter(scope, adapter, service));

  const purge = (): void => {
    const now = options.now();
    context.store
      .purge(now, now - options.historyMs)
      .catch((error: unknown) => app.log.warn({ err: error }, 'not purged'));
  };
  const purging = setInterval(purge, PURGE_MS).unref();
  app.addHook('onReady', async () => purge());
  app.addHook('onClose', async () => {
    clearInterval(purging);
    await context.pool.close();
    await context.store.close();
  });

  const stop = async (): Promise<void> => {
    context.stopping = true;
    const until = Date.now() + options.stopMs;
    while (running > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    app.server.closeAllConnections();
    await app.close();
  };
  return { app, stop };
}

/** A chat platform's routes, which check signatures over the bytes of the body instead of a token. */
function addAdapter(scope: FastifyInstance, adapter: ChatAdapter, service: ChatService): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, open: true };
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: HOOK_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  adapter.register(scope, service);
}

async function contextOf(options: ServerOptions, { log }: FastifyInstance): Promise<Context> {
  const rulebook = loadCompiledRulebook(options.rulebookFile);
  const pool = new WorkerPool({
    file: new URL('./diagnose-worker.js', options.workersAt),
    setup: { rulebookFile: options.rulebookFile, inputBytes: options.inputBytes },
    size: options.workers,
    timeoutMs: options.diagnosisMs,
    memoryMb: options.memoryMb,
    queue: options.queue,
    onKilled: (why) => metrics.killed.inc({ why }),
    onFailed: (message) => log.error({ message }, 'a thread has failed'),
  });
  const metrics = new Metrics(() => pool.load);
  const store = await openStore(options);
  const diagnoses = new Diagnoses(pool, store, options, metrics);
  const sessions = new Sessions(store, diagnoses, options);
  return {
    options,
    rulebook,
    pool,
    store,
    metrics,
    bodies: new BodyBudget(options.allBodiesBytes),
    diagnoses,
    sessions,
    stopping: false,
  };
}

function fastifyOf(options: ServerOptions): FastifyInstance {
  const app = Fastify({
    logger: options.logLevel === 'silent' ? false : { level: options.logLevel, base: null, stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomBytes(8).toString('hex'),
    requestIdHeader: false,
    // While a request waits for a thread and is worked on nothing moves on its connection.
    connectionTimeout: options.idleMs + 2 * options.diagnosisMs,
    keepAliveTimeout: 20_000,
    requestTimeout: options.requestMs,
    maxRequestsPerSocket: 0,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    http: { headersTimeout: options.headersMs, connectionsCheckingInterval: 1000, maxHeaderSize: 16_384 },
    clientErrorHandler: answerBrokenClient,
    frameworkErrors: (error, request, reply) => {
      void answerProblem(problemOf(error), request as FastifyRequest, reply as FastifyReply);
    },
    routerOptions: { maxParamLength: 200 },
  });
  app.server.maxConnections = options.connections;
  return app as unknown as FastifyInstance;
}

/** Whose requests are counted together: those with one token, else those of one address; made-up tokens are no callers. */
function callerOf(request: FastifyRequest, tokenHashes: readonly string[]): string {
  const { authorization } = request.headers;
  if (authorization === undefined || !isAuthorized(authorization, tokenHashes)) return request.ip;
  return createHash('sha256').update(authorization).digest('base64');
}

function problemOf(error: FastifyError | Error): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const { statusCode, code } = error as FastifyError;
  // Routes count by themselves; hooks alone have their bodies read for them.
  if (statusCode === 413) return tooLarge(HOOK_BYTES);
  if (statusCode === 415) return new HttpProblem(415, 'unsupported-type');
  if (code === 'FST_ERR_BAD_URL' || (statusCode !== undefined && statusCode >= 400 && statusCode < 500)) {
    return new HttpProblem(statusCode ?? 400, 'bad-request');
  }
  const problem = new HttpProblem(500, 'internal');
  problem.cause = error;
  return problem;
}

function answerProblem(problem: HttpProblem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (problem.status >= 500) {
    const cause = problem.cause instanceof Error ? problem.cause : undefined;
    const level = problem.word === 'internal' ? 'error' : 'warn';
    request.log[level]({ problem: problem.word, ...(cause === undefined ? {} : { err: cause }) }, 'not answered');
  }
  const lang = langOfRequest(request.query, request.headers);
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, 'content-language': lang, 'cache-control': 'no-store' })
    .type(PROBLEM_TYPE)
    .send(problemBody(problem, lang, request.id));
}

/** What is no HTTP, or came too slowly, is answered on the bare connection. */
function answerBrokenClient(error: NodeJS.ErrnoException, socket: Socket): void {
  // A connection that was opened ahead and never used is closed without a word: one would be taken for the answer to what
  // comes on it at this moment.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new HttpProblem(408, 'body-timeout')
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? new HttpProblem(431, 'headers-too-large')
        : new HttpProblem(400, 'bad-request');
  const body = problemBody(problem, 'en', randomBytes(8).toString('hex'));
  const reason = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[problem.status];
  socket.end(
    `HTTP/1.1 ${problem.status} ${reason}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function linger({ raw }: FastifyRequest): void {
  setTimeout(() => {
    if (!raw.complete) raw.destroy();
  }, LINGER_MS).unref();
}

function noteMethods(methods: Map<RegExp, Set<string>>, url: string, added: string[]): void {
  const source = `^${escapeRegExp(url).replace(/:\w+/g, '[^/]+')}$`;
  for (const [pattern, allowed] of methods) {
    if (pattern.source !== new RegExp(source).source) continue;
    for (const method of added) allowed.add(method);
    return;
  }
  methods.set(new RegExp(source), new Set(added));
}
