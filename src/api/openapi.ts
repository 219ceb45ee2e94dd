import { DIAGNOSIS_SCHEMA, WALK_SCHEMA } from '../report/schema.js';
import { FACTS_SCHEMA } from './facts-schema.js';
import { DIAGNOSE_QUERY } from './routes/diagnose.js';
import { HISTORY_QUERY, KEPT_QUERY } from './routes/history.js';
import { SESSION_QUERY } from './routes/sessions.js';
import { WALK_QUERY } from './routes/walk.js';
import { ANSWERS_SCHEMA, NEW_SESSION_SCHEMA } from './session-schema.js';
import { ACCEPTED_TYPES } from './uploads.js';
import type { JsonSchema } from './validate.js';

/** The OpenAPI 3.1 document: made of the very schemas that requests are checked with. */

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

function parameters(query: JsonSchema, ...inPath: string[]): unknown[] {
  const properties = query.properties as Readonly<Record<string, Record<string, unknown>>>;
  return [
    ...inPath.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(properties).map(([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      ...(description === undefined ? {} : { description }),
      schema,
    })),
  ];
}

function problems(...statuses: number[]): Record<string, unknown> {
  const content = { 'application/problem+json': { schema: ref('Problem') } };
  return Object.fromEntries(statuses.map((status) => [String(status), { description: PROBLEMS[status], content }]));
}

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood.',
  401: 'A bearer token is needed.',
  404: 'There is no such thing, or no longer.',
  406: 'No format that the caller takes.',
  408: 'The request came too slowly.',
  409: 'Somebody else was quicker.',
  413: 'The body is too large, or needs too much memory.',
  415: 'A kind of body that is not taken.',
  422: 'Fields are wrong; `errors` names each with its reason.',
  429: 'Too many requests.',
  503: 'Busy, stopping, or without its database: try again after Retry-After.',
  504: 'The diagnosis took too long.',
};

const diagnosis = {
  description: 'The diagnosis, byte for byte as `podnet diagnose` prints it.',
  headers: {
    'Content-Location': { description: 'Where the diagnosis is kept.', schema: { type: 'string' } },
    'Podnet-Permalink': {
      description: 'The same, with a key that opens it without a token.',
      schema: { type: 'string' },
    },
  },
  content: {
    'application/json': { schema: ref('Diagnosis') },
    'text/markdown': { schema: { type: 'string' } },
    'text/plain': { schema: { type: 'string' } },
  },
};

const session = {
  description: 'Where the session stands.',
  content: { 'application/json': { schema: ref('Session') } },
};
const json = (schema: JsonSchema) => ({ 'application/json': { schema } });
const ok = (description: string, schema: JsonSchema = { type: 'object' }) => ({ description, content: json(schema) });

function diagnoseBody(type: string): [string, unknown] {
  if (type === 'application/json') return [type, { schema: ref('Facts') }];
  if (type.startsWith('text/')) return [type, { schema: { type: 'string' } }];
  if (type !== 'multipart/form-data') return [type, {}];
  const properties = {
    file: { contentMediaType: 'application/octet-stream' },
    facts: { type: 'string' },
    text: { type: 'string' },
  };
  return [type, { schema: { type: 'object', properties } }];
}

export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'podnet',
    version: '1',
    description: 'Root causes of Kubernetes pod-network faults, with their evidence and how to fix them.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ bearer: [] }, {}],
  paths: {
    '/diagnose': {
      post: {
        summary: 'Diagnose facts, a text or a bundle',
        operationId: 'diagnose',
        parameters: parameters(DIAGNOSE_QUERY),
        requestBody: { required: true, content: Object.fromEntries(ACCEPTED_TYPES.map(diagnoseBody)) },
        responses: { 200: diagnosis, ...problems(400, 401, 406, 408, 413, 415, 422, 429, 503, 504) },
      },
    },
    '/walk': {
      post: {
        summary: 'Predict from a bundle where packets die',
        operationId: 'walk',
        parameters: parameters(WALK_QUERY),
        requestBody: { required: true, content: Object.fromEntries(ACCEPTED_TYPES.map(diagnoseBody)) },
        responses: {
          200: {
            description: 'The walks, byte for byte as `podnet walk` prints them.',
            content: { 'application/json': { schema: ref('Walks') }, 'text/plain': { schema: { type: 'string' } } },
          },
          ...problems(400, 401, 406, 408, 413, 415, 422, 429, 503, 504),
        },
      },
    },
    '/diagnoses': {
      get: {
        summary: 'Search the history, the newest first',
        operationId: 'searchDiagnoses',
        parameters: parameters(HISTORY_QUERY),
        responses: {
          200: ok('Diagnoses, and where the list goes on.', ref('History')),
          ...problems(400, 401, 429, 503),
        },
      },
    },
    '/diagnoses/{id}': {
      get: {
        summary: 'A diagnosis of the history',
        operationId: 'diagnosis',
        parameters: parameters(KEPT_QUERY, 'id'),
        responses: { 200: diagnosis, ...problems(400, 401, 404, 406, 429, 503) },
      },
    },
    '/sessions': {
      post: {
        summary: 'Begin a questionnaire',
        operationId: 'startSession',
        parameters: parameters(SESSION_QUERY),
        requestBody: { content: json(ref('NewSession')) },
        responses: { 201: session, ...problems(400, 401, 413, 415, 422, 429, 503, 504) },
      },
    },
    '/sessions/{id}': {
      get: {
        summary: 'Where a questionnaire stands',
        operationId: 'session',
        parameters: parameters(SESSION_QUERY, 'id'),
        responses: { 200: session, ...problems(400, 404, 429, 503) },
      },
    },
    '/sessions/{id}/answers': {
      post: {
        summary: 'Answer, and get the next question',
        operationId: 'answerSession',
        parameters: parameters(SESSION_QUERY, 'id'),
        requestBody: { required: true, content: json(ref('Answers')) },
        responses: { 200: session, ...problems(400, 401, 404, 409, 413, 415, 422, 429, 503, 504) },
      },
    },
    '/rules': {
      get: {
        summary: 'All root causes',
        operationId: 'rules',
        responses: { 200: ok('Root causes.', { type: 'array', items: { type: 'object' } }), ...problems(401, 429) },
      },
    },
    '/rules/{id}': {
      get: {
        summary: 'A root cause, with its evidence and fix',
        operationId: 'rule',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: ok('The root cause.'), ...problems(401, 404, 429) },
      },
    },
    '/healthz': {
      get: { summary: 'It lives', operationId: 'healthz', security: [{}], responses: { 200: ok('It does.') } },
    },
    '/readyz': {
      get: {
        summary: 'It would answer now',
        operationId: 'readyz',
        security: [{}],
        responses: { 200: ok('It would.'), ...problems(503) },
      },
    },
    '/metrics': {
      get: {
        summary: 'Metrics for Prometheus',
        operationId: 'metrics',
        responses: {
          200: { description: 'Metrics.', content: { 'text/plain': { schema: { type: 'string' } } } },
          ...problems(401),
        },
      },
    },
  },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    schemas: {
      Facts: FACTS_SCHEMA,
      Diagnosis: DIAGNOSIS_SCHEMA,
      Walks: WALK_SCHEMA,
      NewSession: NEW_SESSION_SCHEMA,
      Answers: ANSWERS_SCHEMA,
      Session: {
        type: 'object',
        required: [
          'id',
          'version',
          'expiresAt',
          'answers',
          'open',
          'leading',
          'contradictions',
          'refused',
          'diagnosis',
        ],
        properties: {
          id: { type: 'string' },
          version: { type: 'integer' },
          expiresAt: { type: 'string', format: 'date-time' },
          answers: { type: 'array', items: { type: 'object' } },
          question: {
            type: 'object',
            description: 'What to ask now; absent where nothing more would change what to do.',
          },
          open: { type: 'array', items: { type: 'object' } },
          leading: { type: 'array', items: { type: 'object' } },
          contradictions: { type: 'array', items: { type: 'object' } },
          refused: { type: 'array', items: { type: 'object' } },
          done: { type: 'string' },
          diagnosis: ref('Diagnosis'),
        },
      },
      History: {
        type: 'object',
        required: ['diagnoses'],
        properties: {
          diagnoses: {
            type: 'array',
            items: {
              type: 'object',
              required: ['id', 'at', 'lang', 'outcome', 'verdict', 'found', 'href'],
              properties: {
                id: { type: 'string' },
                at: { type: 'string', format: 'date-time' },
                lang: { enum: ['en', 'zh'] },
                outcome: { type: 'string' },
                verdict: { type: 'string' },
                found: { type: 'array', items: { type: 'object' } },
                href: { type: 'string' },
              },
            },
          },
          next: { type: 'string' },
        },
      },
      Problem: {
        type: 'object',
        description: 'RFC 9457.',
        required: ['type', 'title', 'status', 'instance'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          instance: { type: 'string' },
          errors: {
            type: 'array',
            items: {
              type: 'object',
              required: ['field', 'reason'],
              properties: { field: { type: 'string' }, reason: { type: 'string' } },
            },
          },
        },
      },
    },
  },
} as const;
