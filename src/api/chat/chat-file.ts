import type { FastifyBaseLogger } from 'fastify';
import type { Lang } from '../../engine/rulebook/types.js';
import { FILE_BYTES } from './platform-api.js';
import type { Wish } from './wish.js';
import { chatWordsOf } from './words.js';

/** Why a message is answered without being done: what the person is told. */
export interface Refused {
  refused: string;
}

/** A file that a message brings is to be diagnosed under its name; where it cannot be had, that is said. */
export async function fileWish(
  file: { name: string | undefined; fetch: () => Promise<Uint8Array | undefined> },
  lang: Lang,
  log: FastifyBaseLogger,
): Promise<Wish | Refused> {
  const say = chatWordsOf(lang);
  try {
    const content = await file.fetch();
    if (content !== undefined) return { kind: 'diagnose', lang, content, name: file.name ?? 'file' };
    return { refused: say('fileNotTaken', { why: say('fileTooLarge', { limit: FILE_BYTES / 1024 / 1024 }) }) };
  } catch (error) {
    log.warn({ err: error }, 'a file could not be fetched');
    return { refused: say('fileNotTaken', { why: say('fileUnreachable') }) };
  }
}
