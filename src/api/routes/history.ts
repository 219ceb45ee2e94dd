import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { Context } from '../context.js';
import { stored } from '../diagnoses.js';
import { type Format, formatOfRequest, MEDIA_TYPES } from '../negotiate.js';
import { textPage } from '../pages.js';
import { HttpProblem } from '../problem.js';
import { checkedQuery, QUERY, queryOf } from '../query.js';
import type { HistoryQuery, KeptDiagnosis, ListedDiagnosis } from '../store/store.js';
import { isAuthorized } from '../tokens.js';
import { wordIn } from '../words.js';

const LIMIT = 50;

export const KEPT_QUERY = queryOf({
  lang: { ...QUERY.lang, description: 'Language of problems; a diagnosis stays in the language it was made in.' },
  format: QUERY.format,
  top: QUERY.top,
  key: {
    type: 'string',
    maxLength: 64,
    description: 'The key of a permalink: it opens this diagnosis without a token.',
  },
});

export const HISTORY_QUERY = queryOf({
  lang: QUERY.lang,
  cause: { type: 'string', minLength: 1, maxLength: 100, description: 'Id of a root cause.', example: 'route-missing' },
  subject: {
    type: 'string',
    minLength: 1,
    maxLength: 300,
    description: 'A subject (node/n1), or all of a kind or namespace (node/, pod/default/).',
  },
  outcome: { enum: ['diagnosed', 'healthy', 'not-a-fault', 'unexplained', 'insufficient'] },
  from: { type: 'string', format: 'date-time' },
  to: { type: 'string', format: 'date-time' },
  limit: { type: 'string', pattern: '^([1-9][0-9]?|100)$', description: `How many, ${LIMIT} unless said otherwise.` },
  after: { type: 'string', pattern: '^[0-9]{1,15}\\.[A-Za-z0-9_-]{16}$', description: 'From `next` of a list.' },
});

/** `GET /diagnoses/{id}` and the list of them: the history. */
export function historyRoutes(app: FastifyInstance, { store, options, diagnoses }: Context): void {
  app.get<{ Params: { id: string } }>('/diagnoses/:id', { config: { open: true } }, async (request, reply) => {
    const query = checkedQuery<{ format?: Format; top?: string; key?: string }>(request, KEPT_QUERY);
    const allowed =
      options.tokenHashes.length === 0 || isAuthorized(request.headers.authorization, options.tokenHashes);
    // Without a token and a key nothing is looked up: what is there is nobody's business.
    if (!allowed && query.key === undefined) throw unauthorized();
    const kept = await stored(store.diagnosis(request.params.id));
    if (!allowed && (kept === undefined || !opens(kept, query.key))) throw unauthorized();
    if (kept === undefined) throw new HttpProblem(404, 'no-diagnosis');
    const page = wantsPage(query.format, request);
    const format = page ? 'text' : formatOfRequest(query.format, request.headers);
    reply.headers({ 'content-language': kept.lang, vary: 'Accept', 'cache-control': 'private, no-store' });
    const top = query.top === undefined ? {} : { top: Number(query.top) };
    if (format === 'json' && query.top === undefined) return reply.type(MEDIA_TYPES.json).send(Buffer.from(kept.json));
    const { answer } = await diagnoses.work({ kind: 'render', json: kept.json, format, ...top });
    const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
    if (!page) return reply.type(MEDIA_TYPES[format]).send(bytes);
    const html = textPage(wordIn(kept.lang, 'diagnosisTitle'), kept.lang, bytes.toString('utf8'));
    return reply.type('text/html; charset=utf-8').send(html);
  });

  app.get('/diagnoses', async (request, reply) => {
    const query = checkedQuery<Partial<Record<string, string>> & { lang?: Lang }>(request, HISTORY_QUERY);
    const limit = Number(query.limit ?? LIMIT);
    const found = await stored(store.search({ ...searchOf(query), limit: limit + 1 }));
    const listed = found.slice(0, limit);
    const last = listed.at(-1);
    return reply.headers({ 'cache-control': 'no-store' }).send({
      diagnoses: listed.map(listedJson),
      ...(found.length > limit && last !== undefined ? { next: nextOf(query, last) } : {}),
    });
  });
}

function searchOf(query: Partial<Record<string, string>>): Omit<HistoryQuery, 'limit'> {
  const search: Omit<HistoryQuery, 'limit'> = {};
  if (query.cause !== undefined) search.cause = query.cause;
  if (query.subject !== undefined) search.subject = query.subject;
  if (query.outcome !== undefined) search.outcome = query.outcome;
  if (query.from !== undefined) search.from = Date.parse(query.from);
  if (query.to !== undefined) search.to = Date.parse(query.to);
  if (query.after !== undefined) {
    const [at = '', id = ''] = query.after.split('.');
    search.after = { at: Number(at), id };
  }
  return search;
}

function listedJson({ id, at, lang, outcome, verdict, found }: ListedDiagnosis): Record<string, unknown> {
  return { id, at: new Date(at).toISOString(), lang, outcome, verdict, found, href: `/diagnoses/${id}` };
}

/** Where the list goes on. */
function nextOf(query: Partial<Record<string, string>>, { at, id }: ListedDiagnosis): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  parameters.set('after', `${at}.${id}`);
  return `/diagnoses?${parameters}`;
}

function opens({ key }: KeptDiagnosis, given: string | undefined): boolean {
  const [a, b] = [Buffer.from(key), Buffer.from(given ?? '')];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unauthorized(): HttpProblem {
  return new HttpProblem(401, 'unauthorized', { headers: { 'www-authenticate': 'Bearer realm="podnet"' } });
}

/** A browser that follows a permalink. */
function wantsPage(format: Format | undefined, request: FastifyRequest): boolean {
  return format === undefined && /\btext\/html\b/i.test(request.headers.accept ?? '');
}
