import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { type ChatService, ServiceRefusal } from './adapter.js';
import { type SignatureVerdict, sameSecret } from './signatures/verdict.js';

/** What all platforms' routes have in common: bodies, secret paths, refusals. */

/** The body as it came; signatures are checked over it. */
export function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** A header that came once; undefined where it is not there. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** A JSON object; undefined where the text is none. */
export function jsonObject(text: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export interface Hook {
  /** `slack`, `dingtalk`, …. */
  platform: string;
  /** Where the path has a secret behind the platform's name. */
  pathSecret?: string;
  methods?: HTTPMethods[];
  answer(request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

/** Adds `/hooks/<platform>`, or `/hooks/<platform>/<secret>`. Neither secrets nor signatures of its address are logged. */
export function addHook(app: FastifyInstance, { platform, pathSecret, methods = ['POST'], answer }: Hook): void {
  const path = `/hooks/${platform}`;
  app.route<{ Params: { secret?: string } }>({
    method: methods,
    url: pathSecret === undefined ? path : `${path}/:secret`,
    logSerializers: { req: ({ method }: FastifyRequest) => ({ method, url: path }) },
    async handler(request, reply) {
      if (pathSecret !== undefined && !sameSecret(request.params.secret ?? '', pathSecret))
        return problem(reply, 404, 'There is nothing at this address');
      try {
        return await answer(request, reply);
      } catch (error) {
        if (error instanceof ServiceRefusal) return problem(reply, error.status, error.message);
        throw error;
      }
    },
  });
}

/** Ends a request as a problem (RFC 9457). Read by a platform's operator, not by its people: in English. */
export function problem(reply: FastifyReply, status: number, title: string): FastifyReply {
  return reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status }));
}

const WHY_NOT: Readonly<Record<Exclude<SignatureVerdict, 'right'>, string>> = {
  missing: 'The signature is missing',
  wrong: 'The signature is wrong',
  old: 'The time of the request is too far from now',
};

/** Refuses what is not signed as it is to be; undefined where it is. */
export function refuseUnsigned(
  request: FastifyRequest,
  reply: FastifyReply,
  verdict: SignatureVerdict,
): FastifyReply | undefined {
  if (verdict === 'right') return undefined;
  request.log.warn({ verdict }, 'a chat message was refused');
  return problem(reply, 401, WHY_NOT[verdict]);
}

export function malformed(reply: FastifyReply): FastifyReply {
  return problem(reply, 400, 'The body is not what this platform sends');
}

export function replayed(reply: FastifyReply): FastifyReply {
  return problem(reply, 409, 'This message was taken before');
}

/** Whether a message came before. One without an id cannot be told from a replay by anything but its time. */
export async function isReplay(service: ChatService, platform: string, id: string | undefined): Promise<boolean> {
  return id !== undefined && id !== '' && (await service.seen(platform, id));
}
