import { createHmac } from 'node:crypto';
import { type SignatureVerdict, sameSecret, timeOf } from './verdict.js';

/** DingTalk's own rule: an hour, either way. */
export const DINGTALK_TOLERANCE_MS = 60 * 60 * 1000;

/** HMAC-SHA256 with the app's secret over `timestamp\nsecret`, base64. The body is not in it. */
export function dingtalkSignature(secret: string, timestamp: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
}

/**
 * Checks the headers `timestamp` (milliseconds) and `sign`. They say nothing about the body: who has seen them once can
 * send anything for an hour.
 */
export function verifyDingtalk(
  request: { timestamp: string | undefined; sign: string | undefined },
  secret: string,
  now: number,
): SignatureVerdict {
  const { timestamp, sign } = request;
  const time = timeOf(timestamp);
  if (timestamp === undefined || time === undefined || sign === undefined) return 'missing';
  if (!sameSecret(sign, dingtalkSignature(secret, timestamp))) return 'wrong';
  return Math.abs(now - time) > DINGTALK_TOLERANCE_MS ? 'old' : 'right';
}
