import { type SignatureVerdict, sameSecret } from './verdict.js';

/**
 * A static token, in the header `Authorization: Token <token>` and in the body's field `token`. Neither body nor time is
 * covered.
 */
export function verifyMattermost(
  request: { authorization: string | undefined; token: string | undefined },
  token: string,
): SignatureVerdict {
  const given = /^Token\s+(\S+)$/.exec(request.authorization ?? '')?.[1] ?? request.token;
  if (given === undefined || given === '') return 'missing';
  // Where both are given, both are to be right.
  const both = request.token === undefined || sameSecret(request.token, token);
  return sameSecret(given, token) && both ? 'right' : 'wrong';
}
