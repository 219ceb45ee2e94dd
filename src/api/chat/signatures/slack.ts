import { createHmac } from 'node:crypto';
import { type SignatureVerdict, sameSecret, timeOf } from './verdict.js';

/** Slack's own advice: five minutes, either way. */
export const SLACK_TOLERANCE_MS = 5 * 60 * 1000;

export interface SlackSigned {
  /** X-Slack-Request-Timestamp, seconds. */
  timestamp: string | undefined;
  /** X-Slack-Signature: `v0=` and hexadecimal digits. */
  signature: string | undefined;
  /** As it came. */
  body: Uint8Array;
}

/** HMAC-SHA256 over `v0:timestamp:body`, hexadecimal after `v0=`. */
export function slackSignature(secret: string, timestamp: string, body: Uint8Array): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
}

/** `now` in milliseconds since the epoch. */
export function verifySlack(request: SlackSigned, secret: string, now: number): SignatureVerdict {
  const { timestamp, signature, body } = request;
  const seconds = timeOf(timestamp);
  if (timestamp === undefined || seconds === undefined || signature === undefined) return 'missing';
  if (!sameSecret(signature, slackSignature(secret, timestamp, body))) return 'wrong';
  return Math.abs(now - seconds * 1000) > SLACK_TOLERANCE_MS ? 'old' : 'right';
}
