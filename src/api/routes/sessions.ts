import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Answer } from '../../ask/interview.js';
import type { Lang } from '../../engine/rulebook/types.js';
import { escapeJson, sanitize } from '../../report/sanitize.js';
import type { Context } from '../context.js';
import { jsonBody } from '../json-body.js';
import { langOfRequest, MEDIA_TYPES } from '../negotiate.js';
import { textPage } from '../pages.js';
import { HttpProblem } from '../problem.js';
import { checkedQuery, QUERY, queryOf } from '../query.js';
import { ANSWERS_SCHEMA, NEW_SESSION_SCHEMA } from '../session-schema.js';
import type { OpenSession } from '../sessions.js';
import { mediaType, uploadsOf } from '../uploads.js';
import { wordIn } from '../words.js';

export const SESSION_QUERY = queryOf({ lang: QUERY.lang });

interface NewSession {
  facts?: object;
  symptom?: string;
  answers?: Answer[];
}

type GivenAnswers = Partial<Answer> & { answers?: Answer[]; version?: number };

/** The questionnaire, one question at a time: answers in, the next question out. */
export function sessionRoutes(app: FastifyInstance, { sessions }: Context): void {
  app.post('/sessions', async (request, reply) => {
    const query = checkedQuery<{ lang?: Lang }>(request, SESSION_QUERY);
    const lang = langOfRequest(query, request.headers);
    const type = mediaType(request);
    if (type !== undefined && type !== 'application/json') {
      const { uploads } = await uploadsOf(request, request.share);
      return answer(reply.code(201), await sessions.start(uploads, [], lang), lang);
    }
    // A session needs nothing to begin with.
    const empty = request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined;
    const bare = empty || request.headers['content-length'] === '0';
    const given = bare ? {} : await jsonBody<NewSession>(request, NEW_SESSION_SCHEMA);
    const uploads =
      given.facts === undefined ? [] : [{ name: 'facts.json', bytes: Buffer.from(JSON.stringify(given.facts)) }];
    const first = given.symptom === undefined ? [] : [{ question: 'symptom', value: given.symptom }];
    return answer(reply.code(201), await sessions.start(uploads, [...first, ...(given.answers ?? [])], lang), lang);
  });

  // Its id is 128 random bits: a chat message carries it to whoever is to read on.
  app.get<{ Params: { id: string } }>('/sessions/:id', { config: { open: true } }, async (request, reply) => {
    const { lang } = checkedQuery<{ lang?: Lang }>(request, SESSION_QUERY);
    const open = await sessions.get(request.params.id, lang);
    if (/\btext\/html\b/i.test(request.headers.accept ?? '')) return page(reply, open, lang ?? open.session.lang);
    return answer(reply, open, lang ?? open.session.lang);
  });

  app.post<{ Params: { id: string } }>('/sessions/:id/answers', async (request, reply) => {
    const { lang } = checkedQuery<{ lang?: Lang }>(request, SESSION_QUERY);
    const type = mediaType(request);
    if (type !== undefined && type !== 'application/json') {
      throw new HttpProblem(415, 'unsupported-type', { headers: { 'accept-post': 'application/json' } });
    }
    const { answers = [], version, question, value, pasted } = await jsonBody<GivenAnswers>(request, ANSWERS_SCHEMA);
    const given = [...answers];
    if (question !== undefined) {
      given.push({
        question,
        ...(value === undefined ? {} : { value }),
        ...(pasted === undefined ? {} : { pasted }),
      });
    }
    const open = await sessions.answer(request.params.id, given, version, lang);
    return answer(reply, open, lang ?? open.session.lang);
  });
}

function answer(reply: FastifyReply, { session, state }: OpenSession, lang: Lang): FastifyReply {
  const { id, version, expiresAt, answers } = session;
  const body = {
    id,
    version,
    expiresAt: new Date(expiresAt).toISOString(),
    answers: answers.map(({ question, value }) => ({ question, ...(value === undefined ? {} : { value }) })),
    ...(state.question === undefined ? {} : { question: state.question }),
    ...(state.done === undefined ? {} : { done: state.done }),
    ...state,
  };
  return reply
    .headers({ 'content-language': lang, location: `/sessions/${id}`, 'cache-control': 'private, no-store' })
    .type(MEDIA_TYPES.json)
    .send(`${escapeJson(JSON.stringify(body, null, 2))}\n`);
}

/** What a browser shows of a session: the question, what answers there are, and what is known so far. */
function page(reply: FastifyReply, { session, state }: OpenSession, lang: Lang): FastifyReply {
  const { question, done, diagnosis } = state;
  const lines = [
    ...(done === undefined ? [] : [done, '']),
    ...(question === undefined ? [] : [question.text, question.why, '']),
    ...(question?.commands ?? []).map(({ run, on }) => `${on}$ ${run}`),
    ...(question?.choices ?? []).map(({ value, text }) => `- ${value}: ${text}`),
    '',
    diagnosis.verdict,
  ];
  const html = textPage(wordIn(lang, 'sessionTitle'), lang, lines.map(sanitize).join('\n'));
  return reply
    .headers({ 'content-language': lang, location: `/sessions/${session.id}`, 'cache-control': 'private, no-store' })
    .type('text/html; charset=utf-8')
    .send(html);
}
