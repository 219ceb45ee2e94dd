import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * What a check of a signature found: `missing` where a header or parameter is not there or not of its form, `old` where
 * the time is too far from now, in either direction, `wrong` where the signature is not that of the secret.
 */
export type SignatureVerdict = 'right' | 'missing' | 'old' | 'wrong';

/** Whether two secrets are the same, in a time that tells neither where they differ nor how long they are. */
export function sameSecret(given: string | Uint8Array, expected: string | Uint8Array): boolean {
  const digest = (value: string | Uint8Array): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** A time in whole seconds or milliseconds since the epoch as platforms write it; undefined where it is none. */
export function timeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
