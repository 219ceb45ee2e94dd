import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type SignatureVerdict, sameSecret, timeOf } from './verdict.js';

/** Feishu names no limit; a request is signed when it is sent. */
export const FEISHU_TOLERANCE_MS = 5 * 60 * 1000;

export interface FeishuSigned {
  /** X-Lark-Request-Timestamp, seconds. */
  timestamp: string | undefined;
  /** X-Lark-Request-Nonce. */
  nonce: string | undefined;
  /** X-Lark-Signature, hexadecimal. */
  signature: string | undefined;
  /** As it came, still encrypted. */
  body: Uint8Array;
}

/** SHA-256, without a key, over timestamp, nonce, encrypt key and body. */
export function feishuSignature(encryptKey: string, timestamp: string, nonce: string, body: Uint8Array): string {
  return createHash('sha256').update(`${timestamp}${nonce}${encryptKey}`).update(body).digest('hex');
}

/** `now` in milliseconds since the epoch. */
export function verifyFeishu(request: FeishuSigned, encryptKey: string, now: number): SignatureVerdict {
  const { timestamp, nonce, signature, body } = request;
  const seconds = timeOf(timestamp);
  if (timestamp === undefined || seconds === undefined || nonce === undefined || signature === undefined)
    return 'missing';
  if (!sameSecret(signature, feishuSignature(encryptKey, timestamp, nonce, body))) return 'wrong';
  return Math.abs(now - seconds * 1000) > FEISHU_TOLERANCE_MS ? 'old' : 'right';
}

const IV_BYTES = 16;

function keyOf(encryptKey: string): Buffer {
  return createHash('sha256').update(encryptKey).digest();
}

/** The text in an `encrypt` field: AES-256-CBC, the first 16 bytes are the IV. Undefined where it is none of the key. */
export function decryptFeishu(encryptKey: string, encrypted: string): string | undefined {
  const bytes = Buffer.from(encrypted, 'base64');
  if (bytes.length < 2 * IV_BYTES || bytes.length % IV_BYTES !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', keyOf(encryptKey), bytes.subarray(0, IV_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The other way, as Feishu does it. */
export function encryptFeishu(encryptKey: string, text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-cbc', keyOf(encryptKey), iv);
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
}
