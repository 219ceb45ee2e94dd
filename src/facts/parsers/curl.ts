import { isIP } from 'node:net';
import type { EndpointHint, FlowError, FlowStage, Probe } from '../model.js';
import { CLUSTER } from '../model.js';
import type { CertificateFault } from './certificate-error.js';
import { certificateFault, DEFAULT_CERTIFICATE, FACT_OF_FAULT } from './certificate-error.js';
import { connectError } from './connect-error.js';
import { endpointHint, familyOfHint, isHost } from './endpoint-hint.js';
import type { Command, Parser } from './parser.js';
import { SLOW_MS } from './slow.js';
import type { UrlParts } from './url.js';
import { parseUrl } from './url.js';

/** Options of curl that take a value, as single letters. */
const SHORT_WITH_VALUE = 'AbcCdDeEFhHKmoPQrtTuUwxXyYz';
/** Long options that take a value and that people use when they probe. */
const LONG_WITH_VALUE = new Set([
  'max-time',
  'connect-timeout',
  'output',
  'write-out',
  'header',
  'request',
  'data',
  'data-raw',
  'data-binary',
  'user-agent',
  'user',
  'interface',
  'resolve',
  'connect-to',
  'proxy',
  'noproxy',
  'cacert',
  'cert',
  'key',
  'retry',
  'retry-delay',
  'retry-max-time',
  'local-port',
  'dns-servers',
  'unix-socket',
  'referer',
  'cookie',
  'form',
  'limit-rate',
  'range',
  'ciphers',
]);
/** After these milliseconds an unnamed connect failure is no refusal any more: a refusal comes with the first answer. */
const REFUSAL_MS = 1000;
/** A neighbour that does not answer ARP fails a connect after three requests, one second apart. */
const ARP_FAILURE_MS = { from: 2500, to: 3500 };
/** net.ipv4.tcp_syn_retries lets a connect fail by itself after a minute at the soonest. */
const SYN_GIVES_UP_MS = 60_000;

/** `curl`, verbose or not, with or without `-w`. One probe: the last outcome that the output tells. */
export const curl: Parser = {
  id: 'curl',
  provides: ['probe'],
  reads: ({ program }) => program === 'curl',
  recognises: (head) => head.some((line) => /^curl: \(\d{1,2}\) |^\* {1,3}Trying [\d.a-f:[\]]{2,}/.test(line)),
  parse({ lines, command }, sink) {
    const asked = readArgs(command);
    const transfer = new Transfer(asked);
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!;
      if (line !== '') transfer.read(line.slice(0, 2000), i + 1);
    }
    const probe = transfer.probe();
    if (typeof probe === 'string') sink.unknown('probe.outcome', probe);
    else sink.record('probe', probe, transfer.line);
    for (const { fact, line } of transfer.certificates) sink.fact(fact, true, line, { subject: CLUSTER });
  },
};

interface Asked {
  url?: UrlParts;
  maxTimeMs?: number;
  /** -v: what curl does stands beside the body. */
  verbose?: true;
  /** -o or -O: the body went elsewhere, what is left is what -w prints, of a failure too. */
  saved?: true;
}

/** `200_32800_0.027536s`, `200 0.012`, `000_0_4.0s`: what people let `-w` print, the status first. */
const WRITTEN = /^(\d{3})(?:[_ ,;|]+(\d{1,15}))?[_ ,;|]+(\d{1,6}\.\d{1,9})s?$/;
const STATUS = /^(?:< )?HTTP\/[\d.]{1,3} (\d{3})\b/;
/** curl's lines of a refused certificate where no exit code stands before them. */
const OF_CERTIFICATES = /^(?:SSL[: ]|OpenSSL|TLS (?:connect|alert)|server certificate|gnutls)/i;
const BARE_ERROR =
  /^(?:Connection refused|Connection timed out|No route to host|Network is unreachable|连接超时|拒绝连接|没有到主机的路由|网络不可达)$/;
const PROGRESS = /^\s*(?:% Total\b|Dload\b|\d{1,3}\s+[\d.]{1,9}[kMG]?\s+\d{1,3}\s)/;

class Transfer {
  line = 1;
  readonly #asked: Asked;
  #name: string | undefined;
  #ip: string | undefined;
  #port: number | undefined;
  #connected = false;
  #tls: 'none' | 'hello' | 'done' = 'none';
  #requested = false;
  #failure: { error: FlowError | undefined; stage: FlowStage | undefined } | undefined;
  /** What `connect to … failed: …` said, which the closing line leaves out. */
  #connectError: FlowError | undefined;
  #status: string | undefined;
  #received: number | undefined;
  #written: { status?: string; bytes?: number; seconds?: number } | undefined;
  #body = false;
  #narrated = false;
  #answered = false;
  /** What was wrong with the certificate, by the facts that say so. */
  readonly certificates: { fact: string; line: number }[] = [];

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  read(line: string, number: number): void {
    if (/^[*<>] /.test(line)) this.#narrated = true;
    if (line.startsWith('* ')) this.#readVerbose(line.slice(2).trim(), number);
    else if (line.startsWith('curl: (')) this.#readFailure(line, number);
    else if (line.startsWith('> ')) this.#requested = true;
    else if (STATUS.test(line)) {
      const status = STATUS.exec(line)![1]!;
      this.#answered = true;
      // 1xx only says go on.
      if (!status.startsWith('1')) this.#status = status;
      this.line = number;
    } else if (line.startsWith('{ [')) {
      const bytes = /^\{ \[(\d{1,12}) bytes data\]/.exec(line);
      if (bytes !== null && this.#tls !== 'hello') this.#received = (this.#received ?? 0) + Number(bytes[1]);
    } else this.#readOther(line, number);
  }

  #readOther(line: string, number: number): void {
    const written = WRITTEN.exec(line.trim());
    if (written !== null) {
      this.#written = { status: written[1]!, seconds: Number(written[3]) };
      if (written[2] !== undefined) this.#written.bytes = Number(written[2]);
      this.line = number;
      return;
    }
    // What ingress-nginx answers where no rule has the host or path.
    if (/^default backend - 404/.test(line)) this.#failure = { error: 'http-error', stage: 'request' };
    const code = /^\s*(?:http_code|status|code)?\s*[:=]?\s*([1-5]\d\d|000)\s*$/.exec(line);
    if (code !== null) {
      this.#written = { ...this.#written, status: code[1]! };
      return;
    }
    const total = /^\s*time_total\s*[:=]\s*(\d{1,6}\.\d{1,9})s?\s*$/.exec(line);
    if (total !== null) {
      this.#written = { ...this.#written, seconds: Number(total[1]) };
      return;
    }
    if (/^\s*time_\w+\s*[:=]/.test(line) || /^[<}>]/.test(line)) return;
    if (!PROGRESS.test(line.slice(line.lastIndexOf('\r') + 1)) && line.trim() !== '') this.#body = true;
  }

  #certificate(fact: string, line: number): void {
    if (!this.certificates.some((known) => known.fact === fact)) this.certificates.push({ fact, line });
  }

  #readVerbose(text: string, number: number): void {
    if (DEFAULT_CERTIFICATE.test(text)) this.#certificate('tls.default-certificate', number);
    const trying = /^(?:About to connect\(\) to .* )?Trying (\S{2,50}?)(?:\.\.\.)?\s*(?:connected)?$/.exec(text);
    if (trying !== null) {
      const [ip, port] = splitTried(trying[1]!);
      if (ip !== undefined) {
        this.#ip = ip;
        if (port !== undefined) this.#port = port;
        this.line = number;
      }
      return;
    }
    const about = /^About to connect\(\) to (\S{1,254}) port (\d{1,5})/.exec(text);
    if (about !== null) {
      this.#name = about[1];
      this.#port = Number(about[2]);
      return;
    }
    const connected =
      /^Connected to (\S{1,254}) \(([\da-fA-F.:]{2,45})\) port (\d{1,5})/.exec(text) ??
      /^Established connection to (\S{1,254}) \(([\da-fA-F.:]{2,45}) port (\d{1,5})\)/.exec(text);
    if (connected !== null) {
      this.#connected = true;
      this.#failure = undefined;
      this.#connectError = undefined;
      this.#name = connected[1];
      if (isIP(connected[2]!) !== 0) this.#ip = connected[2];
      this.#port = Number(connected[3]);
      this.line = number;
      return;
    }
    if (/TLS handshake, Client hello/.test(text)) this.#tls = 'hello';
    else if (/^SSL connection using|^SSL connected|TLS handshake, Finished/.test(text)) this.#tls = 'done';
    const failed =
      /^connect to (\S{1,254}) port (\d{1,5}).{0,80}? failed: (.{1,100})$/.exec(text) ??
      /^(Immediate connect fail) for (\S{1,254}): (.{1,100})$/.exec(text);
    if (failed !== null) {
      this.#connectError = connectError(failed[3]!) ?? this.#connectError;
      this.line = number;
      return;
    }
    // Curl before 7.40 prints the bare error first.
    if (BARE_ERROR.test(text)) this.#connectError = connectError(text);
    else this.#readFailure(text, number);
  }

  /** A closing line, after `curl: (7) ` or `* `: the texts are those of curl's failf() calls. */
  #readFailure(line: string, number: number): void {
    const code = /^curl: \((\d{1,3})\) /.exec(line)?.[1];
    const text = code === undefined ? line : line.slice(line.indexOf(')') + 2);
    const refused = this.#refusedCertificate(text, code);
    if (refused !== undefined) {
      this.#failure = { error: 'certificate', stage: 'tls' };
      this.#certificate(FACT_OF_FAULT[refused], number);
      this.line = number;
      return;
    }
    const failure = this.#failureOf(text, code);
    if (failure === undefined) return;
    this.#failure = failure;
    this.line = number;
  }

  #failureOf(
    text: string,
    code: string | undefined,
  ): { error: FlowError | undefined; stage: FlowStage | undefined } | undefined {
    if (/^(?:Resolving|Resolution) timed out|^Could not resolve.*(?:Timeout|contact)/i.test(text))
      return { error: 'timeout', stage: 'resolve' };
    const host = /^(?:Could not|Couldn't) resolve (?:host|proxy)?:? ?'?([\w.-]{1,254})/i.exec(text);
    if (host !== null || code === '6') {
      if (host?.[1] !== undefined) this.#name ??= host[1].replace(/\.$/, '');
      return { error: 'nxdomain', stage: 'resolve' };
    }
    const partial =
      /^Operation timed out after \d+ milliseconds with (\d{1,15})(?: out of -?\d+)? bytes received|^Operation too slow|^操作超时/i.exec(
        text,
      );
    if (partial !== null) {
      const bytes = Number(partial[1] ?? 0);
      if (partial[1] !== undefined) this.#received = bytes;
      if (this.#tls === 'hello') return { error: 'stalled', stage: 'tls' };
      return { error: 'stalled', stage: bytes > 0 ? 'transfer' : 'request' };
    }
    if (/^SSL connection timeout/i.test(text)) return { error: 'stalled', stage: 'tls' };
    if (/^Connection (?:timed out|timeout) after \d+/i.test(text)) {
      return this.#connected && this.#tls === 'hello'
        ? { error: 'stalled', stage: 'tls' }
        : { error: 'timeout', stage: 'connect' };
    }
    const failed = /^(?:Failed|Couldn't) connect to |^Failed to connect to /.test(text);
    if (failed || code === '7') {
      const where = /connect to (\S{1,254}?)(?::| port )(\d{1,5})/.exec(text);
      if (where !== null) {
        this.#nameTarget(where[1]!);
        this.#port ??= Number(where[2]);
      }
      const named = connectError(text.replace(/after \d+ ms/, ''));
      return { error: named ?? this.#connectError ?? errorByTime(text), stage: 'connect' };
    }
    if (/^Empty reply from server/i.test(text)) return { error: 'reset', stage: 'request' };
    if (/^(?:Recv|Send) failure|^transfer closed|^end of response with|^HTTP\/2 stream/i.test(text)) {
      const error = connectError(text) ?? 'reset';
      const stage =
        this.#tls === 'hello' ? 'tls' : this.#answered || (this.#received ?? 0) > 0 ? 'transfer' : 'request';
      return { error: error === 'timeout' ? 'stalled' : error, stage };
    }
    if (code === '35' || /^(?:OpenSSL )?SSL_connect|^TLS connect error|gnutls_handshake\(\) failed/i.test(text)) {
      // A server that speaks no TLS, or another version, has answered: the network carried it.
      if (
        /wrong version number|alert|unsupported protocol|no protocols available|unknown protocol|handshake failure/i.test(
          text,
        )
      )
        return undefined;
      const error = connectError(text) ?? (/SYSCALL|unexpected eof/i.test(text) ? 'reset' : undefined);
      return { error: error === 'timeout' ? 'stalled' : error, stage: 'tls' };
    }
    if (code === '28') return { error: 'timeout', stage: this.#connected ? 'request' : undefined };
    // A certificate that is not trusted came from the server: it was reached.
    if (code === '60' || code === '51' || code === '35' || code === '22' || code === '47') this.#answered = true;
    return undefined;
  }

  /**
   * The fault of a certificate that curl refused. That it does not know the cluster's own authority, or that a certificate
   * does not name the address it was asked by, is how people probe and no fault.
   */
  #refusedCertificate(text: string, code: string | undefined): CertificateFault | undefined {
    if (code !== undefined ? !/^(?:35|51|58|60|83)$/.test(code) : !OF_CERTIFICATES.test(text)) return undefined;
    if (/continuing anyway/.test(text)) return undefined;
    const fault = certificateFault(text);
    const host = this.#asked.url?.host ?? this.#name ?? this.#ip ?? '';
    const byAddress = isIP(host) !== 0 || host === 'localhost' || /(?:^|\.)svc(?:\.|$)|^kubernetes(?:\.|$)/.test(host);
    return byAddress && (fault === 'authority' || fault === 'name') ? undefined : fault;
  }

  #nameTarget(host: string): void {
    if (!isHost(host)) return;
    if (isIP(host) === 0) this.#name ??= host;
    else this.#ip ??= host;
  }

  #target(): EndpointHint | undefined {
    const { url } = this.#asked;
    const name =
      this.#name !== undefined && isIP(this.#name) === 0
        ? this.#name
        : url !== undefined && isIP(url.host) === 0 && !this.#nameIsAddress()
          ? url.host
          : undefined;
    const ip =
      this.#ip ??
      (this.#name !== undefined && isIP(this.#name) !== 0
        ? this.#name
        : url !== undefined && isIP(url.host) !== 0
          ? url.host
          : undefined);
    if (name === undefined && ip === undefined) return undefined;
    const hint: EndpointHint = ip === undefined ? {} : endpointHint(ip);
    if (name !== undefined) hint.name = name.replace(/\.$/, '');
    const port = this.#port ?? url?.port;
    if (port !== undefined && port > 0 && port <= 65_535) hint.port = port;
    return hint;
  }

  #nameIsAddress(): boolean {
    return this.#name !== undefined && isIP(this.#name) !== 0;
  }

  /** Any text may be the body that the server sent, unless the command says that it is not among the output. */
  #hasBody(): boolean {
    const { verbose, saved } = this.#asked;
    return this.#body && saved !== true && (verbose !== true || this.#narrated);
  }

  /** The probe, or why the output tells none. */
  probe(): Probe | string {
    const to = this.#target();
    if (to === undefined) return 'neither output nor command names what curl was to reach';
    const telnet = this.#asked.url?.scheme === 'telnet';
    const probe: Probe = { to, proto: telnet ? 'tcp' : 'http', state: 'ok', origin: 'tool' };
    const family = familyOfHint(to);
    if (family !== undefined) probe.family = family;
    const written = this.#written;
    const status = this.#status ?? written?.status;
    if (status !== undefined && status !== '000') probe.status = status;
    const transferred = written?.bytes ?? this.#received;
    if (transferred !== undefined) probe.transferred = transferred;
    if (written?.seconds !== undefined) probe.rttMs = Math.round(written.seconds * 1000);
    if (telnet && this.#connected) return { ...probe, stage: 'connect' };
    if (this.#failure !== undefined) {
      probe.state = 'failing';
      if (this.#failure.stage !== undefined) probe.stage = this.#failure.stage;
      if (this.#failure.error !== undefined) probe.error = this.#failure.error;
      return this.#failure.stage === 'resolve' ? unresolved(probe) : probe;
    }
    if (status === '000') {
      // No status and no message (-s without -S): a connection that ran into its limit timed out, of others nothing is told.
      const limit = this.#asked.maxTimeMs;
      probe.state = 'failing';
      if (limit !== undefined && (probe.rttMs ?? 0) >= limit) probe.error = 'timeout';
      return probe;
    }
    if (status !== undefined || this.#answered || this.#hasBody() || this.#tls === 'done') {
      if (probe.rttMs !== undefined && probe.rttMs >= SLOW_MS) probe.state = 'slow';
      return probe;
    }
    if (this.#connectError !== undefined)
      return { ...probe, state: 'failing', stage: 'connect', error: this.#connectError };
    return this.#requested || this.#connected
      ? 'the output of curl ends before the answer'
      : 'the output of curl ends before its result';
  }
}

/** Newer curl says only `Couldn't connect to server`: the time that took tells what it was. */
function errorByTime(text: string): FlowError | undefined {
  const ms = /after (\d{1,9}) ms/.exec(text)?.[1];
  if (ms === undefined) return undefined;
  const took = Number(ms);
  if (took < REFUSAL_MS) return 'refused';
  if (took >= ARP_FAILURE_MS.from && took <= ARP_FAILURE_MS.to) return 'host-unreachable';
  return took >= SYN_GIVES_UP_MS ? 'timeout' : undefined;
}

/** Where resolving failed no address was reached, and none is claimed. */
function unresolved(probe: Probe): Probe {
  if (probe.to.name === undefined) return probe;
  const { ip: _ip, ...to } = probe.to;
  const { family: _family, ...rest } = probe;
  return { ...rest, to };
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `fd00::1:80` (curl 7.7x) and `10.0.0.1`. */
function splitTried(text: string): [string | undefined, number | undefined] {
  const bracketed = /^\[([\da-fA-F.:]{2,45})\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null)
    return [
      isIP(bracketed[1]!) === 0 ? undefined : bracketed[1],
      bracketed[2] === undefined ? undefined : Number(bracketed[2]),
    ];
  if (isIP(text) === 4) return [text, undefined];
  const colon = text.lastIndexOf(':');
  if (colon > 0 && isIP(text.slice(0, colon)) !== 0 && /^\d{1,5}$/.test(text.slice(colon + 1)))
    return [text.slice(0, colon), Number(text.slice(colon + 1))];
  return [isIP(text) === 0 ? undefined : text, undefined];
}

function readArgs({ args, exact }: Command): Asked {
  const asked: Asked = {};
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (arg.startsWith('--')) {
      const name = arg.slice(2).split('=', 1)[0]!;
      if (name === 'url') continue;
      const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[i + 1];
      if (name === 'max-time' || name === 'connect-timeout') limit(asked, value);
      if (name === 'verbose') asked.verbose = true;
      if (name === 'output' || name === 'remote-name') asked.saved = true;
      if (LONG_WITH_VALUE.has(name) && !arg.includes('=')) i += 1;
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let at = 1; at < arg.length; at += 1) {
        if (arg[at] === 'v') asked.verbose = true;
        if (arg[at] === 'o' || arg[at] === 'O') asked.saved = true;
        if (!SHORT_WITH_VALUE.includes(arg[at]!)) continue;
        const value = at === arg.length - 1 ? args[++i] : arg.slice(at + 1);
        if (arg[at] === 'm') limit(asked, value);
        break;
      }
    } else {
      const url = parseUrl(arg, !exact);
      // An argument with a scheme is the URL; a bare word may be a rest of another option's value.
      if (url !== undefined && (asked.url === undefined || /:(?:\/\/|\.\.)/.test(arg))) asked.url = url;
    }
  }
  return asked;
}

function limit(asked: Asked, value: string | undefined): void {
  const seconds = value !== undefined && /^\d{1,6}(?:\.\d{1,3})?$/.test(value) ? Number(value) : undefined;
  if (seconds !== undefined) asked.maxTimeMs = Math.min(asked.maxTimeMs ?? Number.POSITIVE_INFINITY, seconds * 1000);
}
