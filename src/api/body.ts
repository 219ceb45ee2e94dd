import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';

/** Bytes that all requests together may hold, so that many large bodies at once do not add up. */
export class BodyBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Throws a problem (503) where it is spent. */
  take(bytes: number): void {
    if (this.#held + bytes > this.limit) throw new HttpProblem(503, 'busy', { headers: { 'retry-after': '5' } });
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }

  get held(): number {
    return this.#held;
  }
}

/** What one request has taken of the budget: given back as one when it ends. */
export class BodyShare {
  readonly #budget: BodyBudget;
  /** One body's own cap. */
  readonly limit: number;
  #held = 0;

  constructor(budget: BodyBudget, limit: number) {
    this.#budget = budget;
    this.limit = limit;
  }

  take(bytes: number): void {
    if (this.#held + bytes > this.limit) throw tooLarge(this.limit);
    this.#budget.take(bytes);
    this.#held += bytes;
  }

  release(): void {
    this.#budget.give(this.#held);
    this.#held = 0;
  }
}

export function tooLarge(limit: number): HttpProblem {
  return new HttpProblem(413, 'body-too-large', { slots: { limit: sizeText(limit) } });
}

/** `64 MB` */
export function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${Math.round(bytes / 1024 / 1024)} MB`;
}

/** The whole body. Throws a problem where it is too large, encoded, or ends early. */
export async function readBody(request: FastifyRequest, share: BodyShare): Promise<Buffer> {
  refuseEncoded(request);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > share.limit) throw tooLarge(share.limit);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request.raw as AsyncIterable<Buffer>) {
      share.take(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof HttpProblem ? error : new HttpProblem(400, 'incomplete-body');
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

export function refuseEncoded(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return;
  throw new HttpProblem(415, 'unsupported-encoding', { slots: { what: encoding.slice(0, 40) } });
}
