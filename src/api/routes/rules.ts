import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.js';
import { HttpProblem } from '../problem.js';

/** `GET /rules` and `/rules/{id}`: what `podnet rules list` and `show` print as JSON. */
export function rulesRoutes(app: FastifyInstance, { rulebook }: Context): void {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const list = json(
    rulebook.causes.map(({ id, category, classes, scope, title }) => ({ id, category, classes, scope, title })),
  );
  app.get('/rules', async (_request, reply) => reply.type('application/json; charset=utf-8').send(list));
  app.get<{ Params: { id: string } }>('/rules/:id', async (request, reply) => {
    const cause = rulebook.causes.find(({ id }) => id === request.params.id);
    if (cause === undefined) throw new HttpProblem(404, 'no-cause');
    return reply.type('application/json; charset=utf-8').send(json(cause));
  });
}
