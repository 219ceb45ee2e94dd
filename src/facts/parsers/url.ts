import { isIP } from 'node:net';
import { isHost } from './endpoint-hint.js';

/** What a flow needs to know of a URL. */
export interface UrlParts {
  scheme: string;
  host: string;
  /** As written, else the scheme's own; absent where neither is known. */
  port?: number;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, telnet: 23, ftp: 21 };

/**
 * A URL, or the bare host that curl takes for one. Where `mangled`, it was read from a file name in which `.` may stand
 * for `/` (`http:..10.0.0.1:8080.big` is http://10.0.0.1:8080/big): a port or a whole IPv4 address ends the host; of a name
 * without a port nothing tells where a path begins, save below the usual cluster domain.
 */
export function parseUrl(text: string, mangled: boolean): UrlParts | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+-]{0,15}):(?:\/\/|\.\.)/.exec(text);
  if (scheme !== null && text.slice(scheme[1]!.length + 1, scheme[1]!.length + 3) === '..' && !mangled)
    return undefined;
  const name = scheme === null ? 'http' : scheme[1]!.toLowerCase();
  let rest = scheme === null ? text : text.slice(scheme[0].length);
  const at = /^[^/?#@\s]{0,200}@/.exec(rest);
  if (at !== null) rest = rest.slice(at[0].length);
  const match = /^(?:\[([\dA-Fa-f:.]{2,45})(?:%[\w.-]{1,20})?\]|([^\s/?#:[\]]{1,300}))(?::(\d{1,5}))?/.exec(rest);
  if (match === null) return undefined;
  let host = match[1] ?? match[2]!;
  if (mangled && match[2] !== undefined && match[3] === undefined) host = withoutPath(host);
  if (!isHost(host) || (match[1] !== undefined && isIP(host) !== 6)) return undefined;
  const port = match[3] === undefined ? DEFAULT_PORTS[name] : Number(match[3]);
  if (port !== undefined && port > 65_535) return undefined;
  return port === undefined ? { scheme: name, host } : { scheme: name, host, port };
}

function withoutPath(host: string): string {
  const address = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?=\.|$)/.exec(host);
  if (address !== null) return address[0];
  const domain = host.indexOf('.svc.cluster.local.');
  if (domain >= 0) return host.slice(0, domain + '.svc.cluster.local'.length);
  return host.replace(/\.+$/, '');
}
