import type { FastifyRequest } from 'fastify';
import { readBody, tooLarge } from './body.js';
import { HttpProblem } from './problem.js';
import { faultsOf, type JsonSchema } from './validate.js';

/** Parsed where all requests are: no more than is parsed at once. */
const JSON_BYTES = 8 * 1024 * 1024;

/** A JSON body that is as a schema says. Throws problems: 400 where it is no JSON, 413, 422 with the fields that are wrong. */
export async function jsonBody<T>(request: FastifyRequest, schema: JsonSchema): Promise<T> {
  const bytes = await readBody(request, request.share);
  if (bytes.length === 0) throw new HttpProblem(400, 'empty-body');
  if (bytes.length > JSON_BYTES) throw tooLarge(JSON_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HttpProblem(400, 'not-json');
  }
  const faults = faultsOf(schema, value);
  if (faults.length > 0) throw new HttpProblem(422, 'invalid-fields', { faults });
  return value as T;
}
