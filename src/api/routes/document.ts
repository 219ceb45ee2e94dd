import type { FastifyInstance } from 'fastify';
import { OPENAPI } from '../openapi.js';
import { TRY_CSS, TRY_HTML, TRY_SCRIPT } from '../try-page.js';

/** `GET /openapi.json`, and the page to try it at `/`. They tell nothing of any cluster and need no token. */
export function documentRoutes(app: FastifyInstance): void {
  const document = `${JSON.stringify(OPENAPI, null, 2)}\n`;
  const give = (url: string, type: string, body: string): void => {
    app.get(url, { config: { open: true } }, async (_request, reply) => reply.type(type).send(body));
  };
  give('/openapi.json', 'application/json; charset=utf-8', document);
  give('/', 'text/html; charset=utf-8', TRY_HTML);
  give('/try.css', 'text/css; charset=utf-8', TRY_CSS);
  give('/try.js', 'text/javascript; charset=utf-8', TRY_SCRIPT);
}
