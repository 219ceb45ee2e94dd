import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { type SignatureVerdict, sameSecret, timeOf } from './verdict.js';

/** WeCom names no limit; a request is signed when it is sent. */
export const WECOM_TOLERANCE_MS = 5 * 60 * 1000;

export interface WecomSigned {
  /** Query parameters; `timestamp` in seconds. */
  msgSignature: string | undefined;
  timestamp: string | undefined;
  nonce: string | undefined;
  /** `echostr`, or the body's `encrypt`. */
  encrypted: string | undefined;
}

/** SHA-1 over token, timestamp, nonce and ciphertext, sorted, hexadecimal. */
export function wecomSignature(token: string, timestamp: string, nonce: string, encrypted: string): string {
  return createHash('sha1').update([token, timestamp, nonce, encrypted].sort().join('')).digest('hex');
}

/** `now` in milliseconds since the epoch. */
export function verifyWecom(request: WecomSigned, token: string, now: number): SignatureVerdict {
  const { msgSignature, timestamp, nonce, encrypted } = request;
  const seconds = timeOf(timestamp);
  if (seconds === undefined || timestamp === undefined || nonce === undefined) return 'missing';
  if (msgSignature === undefined || encrypted === undefined) return 'missing';
  if (!sameSecret(msgSignature, wecomSignature(token, timestamp, nonce, encrypted))) return 'wrong';
  return Math.abs(now - seconds * 1000) > WECOM_TOLERANCE_MS ? 'old' : 'right';
}

const RANDOM_BYTES = 16;
const PAD_TO = 32;

/** The AES key of an EncodingAESKey, 43 characters of base64. Undefined where it is none. */
export function wecomKey(encodingAesKey: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{43}$/.test(encodingAesKey)) return undefined;
  return Buffer.from(`${encodingAesKey}=`, 'base64');
}

/** AES-256-CBC without padding of its own: WeCom pads to 32 bytes, not to the cipher's 16. */
function decryptBytes(key: Buffer, bytes: Uint8Array): Buffer | undefined {
  if (bytes.length === 0 || bytes.length % 16 !== 0) return undefined;
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(bytes), decipher.final()]);
  const pad = padded[padded.length - 1]!;
  if (pad < 1 || pad > PAD_TO || pad > padded.length) return undefined;
  return padded.subarray(0, padded.length - pad);
}

/**
 * The message in a ciphertext: 16 random bytes, its length, itself, and whom it is for, which is to be `receiveId`
 * (empty for an organisation's own bots). Undefined where it is not of this key, or for somebody else.
 */
export function decryptWecom(key: Buffer, encrypted: string, receiveId: string): string | undefined {
  const plain = decryptBytes(key, Buffer.from(encrypted, 'base64'));
  if (plain === undefined || plain.length < RANDOM_BYTES + 4) return undefined;
  const from = RANDOM_BYTES + 4;
  const to = from + plain.readUInt32BE(RANDOM_BYTES);
  if (to > plain.length || !sameSecret(plain.subarray(to), receiveId)) return undefined;
  return plain.subarray(from, to).toString('utf8');
}

/** The other way, for answers. */
export function encryptWecom(key: Buffer, message: string, receiveId: string): string {
  const text = Buffer.from(message, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const plain = Buffer.concat([randomBytes(RANDOM_BYTES), length, text, Buffer.from(receiveId, 'utf8')]);
  const pad = PAD_TO - (plain.length % PAD_TO);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.update(Buffer.alloc(pad, pad)), cipher.final()]).toString(
    'base64',
  );
}
