import type { FastifyInstance } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import type { Context } from '../context.js';
import { formatOfRequest, langOfRequest, MEDIA_TYPES } from '../negotiate.js';
import { HttpProblem } from '../problem.js';
import { checkedQuery, QUERY, queryOf } from '../query.js';
import type { WalkTask } from '../tasks.js';
import { uploadsOf } from '../uploads.js';

const END = { type: 'string', minLength: 1, maxLength: 1000 } as const;
const SWITCH = { enum: ['true', 'false'] } as const;

export const WALK_QUERY = queryOf({
  lang: QUERY.lang,
  format: { enum: ['json', 'text'], description: 'Format of the answer; beats Accept.' },
  name: { type: 'string', minLength: 1, maxLength: 255, description: 'Name of the file that is the body.' },
  from: { ...END, description: 'Sender: a subject or an address. With `to`.', example: 'pod/default/a' },
  to: {
    ...END,
    description: 'Target: a subject, address or name, with port and protocol.',
    example: '10.96.0.10:53/udp',
  },
  size: { type: 'string', pattern: '^[1-9][0-9]{1,4}$', description: 'Bytes of the packet at IP level, 20 to 65535.' },
  all: { ...SWITCH, description: 'Without `from` and `to`: flows that worked as well.' },
  verbose: { ...SWITCH, description: 'As text: chains that merely pass, and all of each list.' },
});

interface WalkQuery {
  lang?: Lang;
  format?: 'json' | 'text';
  from?: string;
  to?: string;
  size?: string;
  all?: 'true' | 'false';
  verbose?: 'true' | 'false';
}

/** `POST /walk`: a bundle in; where its packets die out, byte for byte as `podnet walk` prints it. Nothing is kept. */
export function walkRoutes(app: FastifyInstance, { diagnoses }: Context): void {
  app.post('/walk', async (request, reply) => {
    const query = checkedQuery<WalkQuery>(request, WALK_QUERY);
    const lang = langOfRequest(query, request.headers);
    const format = formatOfRequest(query.format, request.headers);
    if (format === 'markdown') throw new HttpProblem(406, 'not-acceptable');
    const ends = endsOf(query);
    const { uploads, strict } = await uploadsOf(request, request.share);
    const task: WalkTask = { kind: 'walk', uploads, strict, lang, format, ...ends };
    const { answer } = await diagnoses.work<'walk'>({
      ...task,
      all: query.all === 'true',
      verbose: query.verbose === 'true',
    });
    return reply
      .headers({ 'content-language': lang, vary: 'Accept, Accept-Language', 'cache-control': 'no-store' })
      .type(MEDIA_TYPES[format])
      .send(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
  });
}

/** The flow that is asked for; none where those of the bundle are. Throws a problem (400) where they do not belong together. */
function endsOf({ from, to, size, all }: WalkQuery): Pick<WalkTask, 'flow'> {
  const wrong = (field: string): HttpProblem =>
    new HttpProblem(400, 'invalid-fields', { faults: [{ field, word: 'from-and-to' }] });
  if (from === undefined || to === undefined) {
    if (from !== undefined) throw wrong('to');
    if (to !== undefined) throw wrong('from');
    if (size !== undefined) throw wrong('size');
    return {};
  }
  if (all === 'true') throw wrong('all');
  if (size === undefined) return { flow: { from, to } };
  const bytes = Number(size);
  if (bytes < 20 || bytes > 65_535) throw wrong('size');
  return { flow: { from, to, size: bytes } };
}
