import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { type BodyShare, readBody, refuseEncoded } from './body.js';
import { HttpProblem } from './problem.js';
import type { Upload } from './tasks.js';

/** What a request brings to be diagnosed. */
export interface Brought {
  uploads: Upload[];
  /** Facts as JSON, which are to be right in every field. */
  strict: boolean;
}

/** Bodies that are taken as one file, and the name of one that has none: by it a text or facts are known. */
const SINGLE: Readonly<Record<string, string>> = {
  'application/json': 'facts.json',
  'application/yaml': 'facts.yaml',
  'application/x-yaml': 'facts.yaml',
  'text/yaml': 'facts.yaml',
  'text/plain': 'stdin',
  'application/gzip': 'stdin',
  'application/x-gzip': 'stdin',
  'application/x-tar': 'stdin',
  'application/x-gtar': 'stdin',
  'application/zip': 'stdin',
  'application/x-zip-compressed': 'stdin',
  'application/x-xz': 'stdin',
  'application/zstd': 'stdin',
  'application/octet-stream': 'stdin',
  'application/vnd.tcpdump.pcap': 'stdin',
};

export const ACCEPTED_TYPES = [...Object.keys(SINGLE), 'multipart/form-data'];

const MAX_PARTS = 200;

/** The media type of a body, without parameters; undefined where the header is not there. */
export function mediaType(request: FastifyRequest): string | undefined {
  return request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}

/** Reads what is to be diagnosed. Throws problems: 400, 413, 415. */
export async function uploadsOf(request: FastifyRequest, share: BodyShare): Promise<Brought> {
  const type = mediaType(request);
  if (type === 'multipart/form-data') return multipart(request, share);
  // A body without a type is told by its content, as a file on the command line is.
  const name = SINGLE[type ?? 'application/octet-stream'];
  if (name === undefined) {
    throw new HttpProblem(415, 'unsupported-type', { headers: { 'accept-post': ACCEPTED_TYPES.join(', ') } });
  }
  const bytes = await readBody(request, share);
  if (bytes.length === 0) throw new HttpProblem(400, 'empty-body');
  if (type === 'application/json') return { uploads: [{ name, bytes }], strict: true };
  return { uploads: [{ name: nameOf(request) ?? name, bytes }], strict: false };
}

/** The name that the caller gives the file: `?name=`, or the header Content-Disposition. */
function nameOf(request: FastifyRequest): string | undefined {
  const { name } = request.query as { name?: string };
  if (name !== undefined) return name;
  const disposition = request.headers['content-disposition'];
  return disposition === undefined ? undefined : /filename="?([^";]{1,255})"?/i.exec(disposition)?.[1];
}

/** Files of a form, several read as one bundle; its fields `facts` and `text` are files too. */
async function multipart(request: FastifyRequest, share: BodyShare): Promise<Brought> {
  refuseEncoded(request);
  const uploads: Upload[] = [];
  try {
    const parts = request.parts({
      limits: { fileSize: share.limit, fieldSize: 1024 * 1024, parts: MAX_PARTS, headerPairs: 50, fieldNameSize: 100 },
    });
    for await (const part of parts) {
      if (part.type === 'file') uploads.push({ name: part.filename || 'stdin', bytes: await fileBytes(part, share) });
      else fieldUpload(part, share, uploads);
    }
  } catch (error) {
    throw error instanceof HttpProblem ? error : multipartProblem(error, share);
  }
  const whole = uploads.filter(({ bytes }) => bytes.length > 0);
  if (whole.length === 0) throw new HttpProblem(400, 'no-file');
  return { uploads: whole, strict: false };
}

async function fileBytes(part: MultipartFile, share: BodyShare): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of part.file as AsyncIterable<Buffer>) {
    share.take(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function fieldUpload({ fieldname, value }: MultipartValue, share: BodyShare, uploads: Upload[]): void {
  if (typeof value !== 'string' || (fieldname !== 'facts' && fieldname !== 'text')) return;
  const bytes = Buffer.from(value);
  share.take(bytes.length);
  const braced = value.trimStart().startsWith('{');
  uploads.push({ name: fieldname === 'text' ? 'stdin' : braced ? 'facts.json' : 'facts.yaml', bytes });
}

function multipartProblem(error: unknown, share: BodyShare): HttpProblem {
  const { code, message, statusCode } = error as { code?: string; message?: string; statusCode?: number };
  if (statusCode === 413 || code === 'FST_REQ_FILE_TOO_LARGE') {
    return new HttpProblem(413, 'body-too-large', { slots: { limit: `${Math.round(share.limit / 1024 / 1024)} MB` } });
  }
  return new HttpProblem(400, 'bad-multipart', { slots: { why: (message ?? '').slice(0, 200) } });
}
