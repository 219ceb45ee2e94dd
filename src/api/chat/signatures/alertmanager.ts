import { type SignatureVerdict, sameSecret } from './verdict.js';

/**
 * A static token in the header `Authorization`: `Bearer <token>`, or `Basic` with the token as the password. Neither body
 * nor time is covered.
 */
export function verifyAlertmanager(request: { authorization: string | undefined }, token: string): SignatureVerdict {
  const header = request.authorization ?? '';
  const bearer = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
  const basic = /^Basic\s+(\S+)$/i.exec(header)?.[1];
  const given = bearer ?? (basic === undefined ? undefined : passwordOf(basic));
  if (given === undefined) return 'missing';
  return sameSecret(given, token) ? 'right' : 'wrong';
}

function passwordOf(basic: string): string | undefined {
  const pair = Buffer.from(basic, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}
