import { isIP } from 'node:net';
import type { EndpointHint, FlowError, FlowProto, FlowStage } from '../model.js';
import { certificateFault } from './certificate-error.js';
import { connectError, resolveError } from './connect-error.js';
import { endpointHint, hostAndPort, isHost, isLoopback } from './endpoint-hint.js';
import { parseUrl } from './url.js';

/** A connection that a line of a log says failed. */
export interface FailedConnection {
  to: EndpointHint;
  proto: FlowProto;
  error: FlowError;
  stage?: FlowStage;
  /** The source address, where the line names it. */
  source?: string;
  /** DNS only: the server that was asked. */
  server?: string;
  /** Whether kubelet tried it, as a probe of a pod of its own node. */
  kubeletProbe: boolean;
  /** Whether the API server tried it, whoever writes the line: it calls admission webhooks. */
  byApiServer?: true;
}

/** Words without which no line tells of a failed connection: most lines go no further. */
const MAYBE =
  /no endpoints available|time(?:d )?[ -]?out|refused|no route to host|unreachable|deadline exceeded|reset by peer|no such host|misbehaving|E(?:CONN|TIMED|HOST|NET|NOTFOUND|AI_)|MySQL server|request canceled|x509: |tls: |连接超时|拒绝连接|没有到主机的路由/i;

const KUBELET_PROBE = /(?:Readiness|Liveness|Startup) probe (?:failed|errored)|"?Probe (?:failed|errored)"?/;
const ADDRESS = '(\\[?[\\da-fA-F.:]{2,45}\\]?:\\d{1,5})';
/** Go's net.OpError while resolving: `lookup web.default on 10.96.0.10:53: read udp 10.244.1.5:4312->10.96.0.10:53: i/o timeout`. */
const LOOKUP = new RegExp(`\\blookup ([\\w.-]{1,254})(?: on ${ADDRESS})?: (.{1,300})`);
/** Go's net.OpError with both ends: `read udp 10.244.1.2:38601->10.0.0.2:53: i/o timeout`. */
const EXCHANGE = new RegExp(`\\b(?:read|write) (tcp|udp)[46]? ${ADDRESS}->${ADDRESS}: (.{1,200})`);
/** Go's net.OpError while connecting: `dial tcp 10.96.0.1:443: connect: no route to host`. */
const DIAL = new RegExp(`\\bdial (tcp|udp)[46]? (?:${ADDRESS}->)?${ADDRESS}: (.{1,200})`);
/** Go's url.Error; before Go 1.14 without the quotes, in klog's structured lines with a backslash before them. */
const REQUEST = /\b(?:Get|Post|Put|Patch|Delete|Head) \\?"?(https?:\/\/[^\s"\\]{1,1000})/;
const REQUEST_ERROR = /i\/o timeout|connection (?:timed out|refused|reset)|no route to host|network is unreachable/;
const NGINX =
  /(?:connect\(\) failed|upstream timed out) \(\d{1,3}: ([^)]{1,60})\) while (connecting to|reading|sending)/;
const NGINX_UPSTREAM = /upstream: "?(?:\w{1,10}:\/\/)?([^"/,\s]{1,300})/;
const NODE_JS = new RegExp(`\\bconnect (E[A-Z]{4,14}) ${ADDRESS}`);
const NODE_JS_LOOKUP = /\bgetaddrinfo (ENOTFOUND|EAI_AGAIN) ([\w.-]{1,254})/;
/** Java and Netty: `Connection refused: web.default/10.96.1.1:8080`, `connection timed out: /10.96.1.1:8080`. */
const JAVA =
  /\b(connection refused|connect(?:ion)? timed out|no route to host)(?:: no further information)?: ?[\w.-]{0,254}\/((?:\d{1,3}\.){3}\d{1,3}:\d{1,5})/i;
const POSTGRES =
  /connection to server at "([\w.-]{1,254})"(?: \(([\da-fA-F.:]{2,45})\))?, port (\d{1,5}) failed: (.{1,100})/;
const MYSQL = /Can't connect to MySQL server on '([\w.-]{1,254}?)(?::(\d{1,5}))?'.{0,20}\b(101|110|111|113)\b/;
const ERRNO: Readonly<Record<string, FlowError>> = {
  '101': 'no-route',
  '110': 'timeout',
  '111': 'refused',
  '113': 'host-unreachable',
};

/**
 * The failed connection that a line tells of, as Go, kubelet, nginx, Node.js, Java, PostgreSQL's and MySQL's clients write
 * it. Undefined where it tells none, where no end is named, and for loopback.
 */
export function failedConnection(line: string): FailedConnection | undefined {
  if (!MAYBE.test(line)) return undefined;
  // A plugin that asks its agent over a socket of the file system connects to no host, whatever its URL names.
  if (/\bdial unix /.test(line)) return undefined;
  const found = unserved(line) ?? lookup(line) ?? exchange(line) ?? dial(line) ?? request(line) ?? application(line);
  if (found === undefined || isLoopback(found.to.ip ?? found.to.name ?? '')) return undefined;
  if (found.to.ip === '0.0.0.0' || found.to.ip === '::') return undefined;
  // The API server finds the webhook's Service itself, without DNS.
  if (WEBHOOK.test(line) && /\.svc$/.test(found.to.name ?? ''))
    return {
      ...found,
      to: { ...found.to, kind: 'clusterip' },
      stage: 'connect',
      kubeletProbe: false,
      byApiServer: true,
    };
  const to = asksApiService(line, found.to)
    ? { ...found.to, kind: 'clusterip' as const, apiServer: true as const }
    : found.to;
  return { ...found, to, kubeletProbe: KUBELET_PROBE.test(line) };
}

/**
 * client-go's in-cluster configuration names the API server by its Service's address, always with its port:
 * `https://10.96.0.1:443/api/v1/…`. That address is the first one of the Services' network (--service-cluster-ip-range).
 */
const API_REQUEST =
  /https:\/\/(\[?[\da-fA-F.:]{2,45}\]?):443\/(?:apis?[/?]|version\b|healthz\b|livez\b|readyz\b|openapi\b)/;

function asksApiService(line: string, to: EndpointHint): boolean {
  if (to.ip === undefined || to.port !== 443 || !/(?:\.|::)1$/.test(to.ip)) return false;
  const host = API_REQUEST.exec(line)?.[1]?.replace(/^\[|\]$/g, '');
  return host === to.ip;
}

/** kube-apiserver, and whoever it answers: `failed calling webhook "x": failed to call webhook: Post "https://…svc:443/…": …`. */
const WEBHOOK = /fail(?:ed|ure) (?:calling|to call) (?:admission |conversion )?webhook/;

type Found = Omit<FailedConnection, 'kubeletProbe'>;

/** The API server chooses the endpoint itself, and says where there is none to choose. */
function unserved(line: string): Found | undefined {
  if (!/no endpoints available for service/.test(line)) return undefined;
  const url = parseUrl(REQUEST.exec(line)?.[1] ?? '', false);
  return url === undefined
    ? undefined
    : { to: endpointHint(url.host, url.port), proto: 'http', error: 'refused', stage: 'connect' };
}

function lookup(line: string): Found | undefined {
  const match = LOOKUP.exec(line);
  if (match === null || isIP(match[1]!) !== 0 || !isHost(match[1]!)) return undefined;
  const tail = match[3]!;
  const error = /misbehaving/.test(tail) ? 'servfail' : (resolveError(tail) ?? connectError(tail));
  if (error === undefined) return undefined;
  const found: Found = { to: { kind: 'dns', name: match[1]!.replace(/\.$/, '') }, proto: 'dns', error };
  const server = match[2] === undefined ? undefined : hostAndPort(match[2])?.host;
  if (server !== undefined) found.server = server;
  const source = EXCHANGE.exec(tail)?.[2];
  const ip = source === undefined ? undefined : hostAndPort(source)?.host;
  if (ip !== undefined) found.source = ip;
  return found;
}

/** Ports from which the kernel takes its own by default (net.ipv4.ip_local_port_range). */
const FIRST_EPHEMERAL = 32_768;

function exchange(line: string): Found | undefined {
  const match = EXCHANGE.exec(line);
  if (match === null) return undefined;
  const from = hostAndPort(match[2]!);
  const to = hostAndPort(match[3]!);
  const error = connectError(match[4]!);
  if (
    from === undefined ||
    to?.port === undefined ||
    error === undefined ||
    isIP(from.host) === 0 ||
    isIP(to.host) === 0
  )
    return undefined;
  // A server that reads from its client: the client went away.
  if (match[1] === 'tcp' && to.port >= FIRST_EPHEMERAL && (from.port ?? 0) < FIRST_EPHEMERAL) return undefined;
  const found: Found = {
    to: endpointHint(to.host, to.port),
    proto: match[1] as 'tcp' | 'udp',
    error,
    source: from.host,
  };
  if (match[1] === 'tcp') {
    found.stage = 'transfer';
    return found;
  }
  if (to.port !== 53) return found;
  found.proto = 'dns';
  found.server = to.host;
  // CoreDNS: `[ERROR] plugin/errors: 2 www.example.com. A: read udp …`; HINFO names are its own loop test.
  const asked = /plugin\/errors: \d{1,5} ([\w.-]{1,254}?)\.? (?!HINFO)[A-Z]{1,6}: /.exec(line)?.[1];
  if (asked !== undefined && asked !== '' && isHost(asked)) found.to = { kind: 'dns', name: asked };
  return found;
}

function dial(line: string): Found | undefined {
  const match = DIAL.exec(line);
  if (match === null) return undefined;
  const to = hostAndPort(match[3]!);
  const error =
    connectError(match[4]!) ?? (/operation was canceled|request canceled/.test(match[4]!) ? 'timeout' : undefined);
  if (to === undefined || isIP(to.host) === 0 || error === undefined) return undefined;
  const found: Found = { to: endpointHint(to.host, to.port), proto: match[1] as 'tcp' | 'udp', error };
  if (match[1] === 'tcp') found.stage = 'connect';
  const source = match[2] === undefined ? undefined : hostAndPort(match[2])?.host;
  if (source !== undefined) found.source = source;
  return found;
}

function request(line: string): Found | undefined {
  const match = REQUEST.exec(line);
  if (match === null) return undefined;
  const url = parseUrl(match[1]!, false);
  if (url === undefined) return undefined;
  const tail = line.slice(match.index + match[0].length, match.index + match[0].length + 400);
  const found: Found = { to: endpointHint(url.host, url.port), proto: 'http', error: 'timeout' };
  if (/x509: |tls: /.test(tail) && certificateFault(tail) !== undefined)
    return { ...found, error: 'certificate', stage: 'tls' };
  if (/TLS handshake timeout/.test(tail)) return { ...found, error: 'stalled', stage: 'tls' };
  if (/while waiting for connection/.test(tail)) return { ...found, stage: 'connect' };
  if (/request canceled \(Client\.Timeout|while reading body/.test(tail)) return { ...found, stage: 'request' };
  if (/context deadline exceeded|Client\.Timeout/.test(tail)) return found;
  // The whole words of errors: `timeout=32s` is a parameter.
  const words = REQUEST_ERROR.exec(tail);
  const error = words === null ? undefined : connectError(words[0]);
  if (error === undefined) return undefined;
  if (error === 'reset') return { ...found, error, stage: 'request' };
  return error === 'timeout' ? found : { ...found, error, stage: 'connect' };
}

function application(line: string): Found | undefined {
  const nginx = NGINX.exec(line);
  if (nginx !== null) {
    const upstream = hostAndPort(NGINX_UPSTREAM.exec(line)?.[1] ?? '');
    const error = connectError(nginx[1]!);
    if (upstream === undefined || error === undefined) return undefined;
    return {
      to: endpointHint(upstream.host, upstream.port ?? 80),
      proto: 'http',
      error,
      stage: nginx[2] === 'connecting to' ? 'connect' : 'request',
    };
  }
  const node = NODE_JS.exec(line);
  if (node !== null) return connection(hostAndPort(node[2]!), connectError(node[1]!));
  const nodeLookup = NODE_JS_LOOKUP.exec(line);
  if (nodeLookup !== null && isIP(nodeLookup[2]!) === 0 && isHost(nodeLookup[2]!)) {
    return {
      to: { kind: 'dns', name: nodeLookup[2]! },
      proto: 'dns',
      error: nodeLookup[1] === 'ENOTFOUND' ? 'nxdomain' : 'timeout',
    };
  }
  const java = JAVA.exec(line);
  if (java !== null) return connection(hostAndPort(java[2]!), connectError(java[1]!));
  const postgres = POSTGRES.exec(line);
  if (postgres !== null) {
    const found = connection(
      { host: postgres[2] ?? postgres[1]!, port: Number(postgres[3]) },
      connectError(postgres[4]!),
    );
    if (found !== undefined && postgres[2] !== undefined && isIP(postgres[1]!) === 0) found.to.name = postgres[1]!;
    return found;
  }
  const mysql = MYSQL.exec(line);
  if (mysql !== null)
    return connection({ host: mysql[1]!, port: mysql[2] === undefined ? 3306 : Number(mysql[2]) }, ERRNO[mysql[3]!]);
  return undefined;
}

function connection(to: { host: string; port?: number } | undefined, error: FlowError | undefined): Found | undefined {
  if (to === undefined || error === undefined || !isHost(to.host) || (to.port ?? 0) > 65_535) return undefined;
  return { to: endpointHint(to.host, to.port), proto: 'tcp', error, stage: 'connect' };
}
