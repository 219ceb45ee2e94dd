import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';
import { faultsOf, type JsonSchema } from './validate.js';

/** Query parameters that several routes take, as JSON Schema; all are texts. */
export const QUERY = {
  lang: { enum: ['en', 'zh'], description: 'Language of the answer; beats Accept-Language.' },
  format: { enum: ['json', 'markdown', 'text'], description: 'Format of the answer; beats Accept.' },
  top: { type: 'string', pattern: '^[1-9][0-9]{0,5}$', description: 'How many causes to show.', example: '3' },
} as const;

export function queryOf(properties: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: false, properties };
}

/** The query of a request. Throws a problem (400) that names the parameters that are wrong. */
export function checkedQuery<T>(request: FastifyRequest, schema: JsonSchema): T {
  const faults = faultsOf(schema, { ...(request.query as object) }, '?');
  if (faults.length > 0) throw new HttpProblem(400, 'invalid-fields', { faults });
  return request.query as T;
}
