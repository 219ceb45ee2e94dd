import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of a token, lower-case hex, as a token file holds it. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** Whether an Authorization header carries one of the tokens. Takes as long whichever it is. */
export function isAuthorized(header: string | undefined, hashes: readonly string[]): boolean {
  const token = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1];
  if (token === undefined) return false;
  const given = Buffer.from(tokenHash(token), 'hex');
  let found = false;
  for (const hash of hashes) if (timingSafeEqual(given, Buffer.from(hash, 'hex'))) found = true;
  return found;
}
