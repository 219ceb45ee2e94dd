import type { FastifyInstance } from 'fastify';
import type { Context } from '../context.js';
import { stored } from '../diagnoses.js';
import { HttpProblem } from '../problem.js';

/** `GET /healthz`: it lives. `GET /readyz`: it would answer now. `GET /metrics`: for Prometheus. */
export function healthRoutes(app: FastifyInstance, context: Context): void {
  const probe = { config: { open: true, rateLimit: false as const } };
  app.get('/healthz', probe, async (_request, reply) => reply.send({ status: 'ok' }));
  app.get('/readyz', probe, async (_request, reply) => {
    if (!context.pool.ready) throw new HttpProblem(503, 'busy', { headers: { 'retry-after': '1' } });
    await stored(context.store.ping());
    return reply.send({ status: 'ready' });
  });
  app.get('/metrics', { config: { rateLimit: false as const } }, async (_request, reply) => {
    const { registry } = context.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
