import { isIP } from 'node:net';
import { portNumber } from './service-port.js';

/** One end of a socket as ss and netstat print it. */
export interface SocketAddress {
  /** `*` where any address of any family is meant. */
  ip: string;
  /** Absent for `*`: any port. */
  port?: number;
  /** The interface the socket is bound to, or the scope of a link-local address. */
  dev?: string;
}

/**
 * `10.0.0.1:80`, `[::1]:80`, `:::22` (old ss and netstat: `::`, port 22), `127.0.0.53%lo:53`, `[fe80::1]%eth0:546`,
 * `[fe80::1%eth0]:546`, `*:ssh`, `*:*`. IPv4 in IPv6 (`[::ffff:10.0.0.1]:80`) is given as IPv4: the packets are.
 * Undefined where it is none of these.
 */
export function socketAddress(text: string): SocketAddress | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return undefined;
  const portText = text.slice(colon + 1);
  let host = text.slice(0, colon);
  let dev: string | undefined;
  const scope = host.lastIndexOf('%');
  if (scope >= 0) {
    dev = host.slice(scope + 1).replace(/\]$/, '');
    host = host.slice(0, scope);
  }
  if (host.startsWith('[')) host = host.slice(1);
  if (host.endsWith(']')) host = host.slice(0, -1);
  if (host.toLowerCase().startsWith('::ffff:') && isIP(host.slice(7)) === 4) host = host.slice(7);
  if (host !== '*' && isIP(host) === 0) return undefined;
  const port = portText === '*' ? undefined : portNumber(portText);
  if (port === undefined && portText !== '*') return undefined;
  return { ip: host, ...(port === undefined ? {} : { port }), ...(dev === undefined || dev === '' ? {} : { dev }) };
}
