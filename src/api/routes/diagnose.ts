import type { FastifyInstance } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { Context } from '../context.js';
import { type Format, formatOfRequest, langOfRequest, MEDIA_TYPES } from '../negotiate.js';
import { checkedQuery, QUERY, queryOf } from '../query.js';
import { uploadsOf } from '../uploads.js';

export const DIAGNOSE_QUERY = queryOf({
  ...QUERY,
  name: { type: 'string', minLength: 1, maxLength: 255, description: 'Name of the file that is the body.' },
});

/** `POST /diagnose`: facts, a text or a bundle in; the diagnosis out, byte for byte as the command line prints it. */
export function diagnoseRoutes(app: FastifyInstance, { diagnoses }: Context): void {
  app.post('/diagnose', async (request, reply) => {
    const query = checkedQuery<{ lang?: Lang; format?: Format; top?: string }>(request, DIAGNOSE_QUERY);
    const lang = langOfRequest(query, request.headers);
    const format = formatOfRequest(query.format, request.headers);
    const brought = await uploadsOf(request, request.share);
    const top = query.top === undefined ? undefined : Number(query.top);
    const { kept, answer } = await diagnoses.diagnose(brought, lang, format, top);
    return reply
      .headers({
        'content-language': lang,
        'content-location': `/diagnoses/${kept.id}`,
        'podnet-permalink': diagnoses.permalink(kept),
        vary: 'Accept, Accept-Language',
        'cache-control': 'no-store',
      })
      .type(MEDIA_TYPES[format])
      .send(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
  });
}
