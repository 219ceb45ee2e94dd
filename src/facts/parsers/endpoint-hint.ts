import { isIP } from 'node:net';
import type { EndpointHint } from '../model.js';

/** Longest host name that DNS allows, with a trailing dot. */
const LONGEST_NAME = 254;

/** Whether a word can be a host name or an address: what a tool or a log may have tried to reach. */
export function isHost(text: string): boolean {
  if (text === '' || text.length > LONGEST_NAME) return false;
  return isIP(text) !== 0 || /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(text);
}

/** An end of an attempt out of a host, which may be an address or a name, and a port where one is known. */
export function endpointHint(host: string, port?: number): EndpointHint {
  const bare = host.replace(/^\[/, '').replace(/\]$/, '');
  const hint: EndpointHint = isIP(bare) === 0 ? { name: bare.replace(/\.$/, '') } : { ip: plainAddress(bare) };
  if (port !== undefined) hint.port = port;
  return hint;
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `web.default:80`, or a host without a port; undefined where it is none of these. */
export function hostAndPort(text: string): { host: string; port?: number } | undefined {
  const match = /^(?:\[([\dA-Fa-f:.%\w]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match === null ? (isIP(text) === 6 ? text : undefined) : (match[1] ?? match[2]);
  if (host === undefined || !isHost(host)) return undefined;
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && port > 65_535) return undefined;
  return port === undefined ? { host } : { host, port };
}

/** IPv4 in IPv6 is given as IPv4: the packets are. */
export function plainAddress(ip: string): string {
  return ip.toLowerCase().startsWith('::ffff:') && isIP(ip.slice(7)) === 4 ? ip.slice(7) : ip;
}

/** Loopback traffic never leaves its namespace: it tells nothing of the pod network. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

export function familyOfHint(hint: EndpointHint): 4 | 6 | undefined {
  const family = hint.ip === undefined ? 0 : isIP(hint.ip);
  return family === 0 ? undefined : (family as 4 | 6);
}
