import { createHmac } from 'node:crypto';
import { type SignatureVerdict, sameSecret } from './verdict.js';

/** The time is not in the scheme, but in the body, which is signed. */
export const TEAMS_TOLERANCE_MS = 5 * 60 * 1000;

/** HMAC-SHA256 over the body, base64; the key is the outgoing webhook's token, base64 itself. */
export function teamsSignature(token: string, body: Uint8Array): string {
  return createHmac('sha256', Buffer.from(token, 'base64')).update(body).digest('base64');
}

/** Checks the header `Authorization: HMAC <base64>`. */
export function verifyTeams(
  request: { authorization: string | undefined; body: Uint8Array },
  token: string,
): SignatureVerdict {
  const given = /^HMAC\s+(\S+)$/.exec(request.authorization ?? '')?.[1];
  if (given === undefined) return 'missing';
  return sameSecret(given, teamsSignature(token, request.body)) ? 'right' : 'wrong';
}

/** Whether an activity's `timestamp` (ISO 8601) is of now; without one it is not. */
export function isRecentActivity(timestamp: unknown, now: number): boolean {
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Math.abs(now - time) <= TEAMS_TOLERANCE_MS;
}
