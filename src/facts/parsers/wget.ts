import { isIP } from 'node:net';
import type { EndpointHint, FlowError, FlowStage, Probe } from '../model.js';
import { connectError, resolveError } from './connect-error.js';
import { endpointHint, familyOfHint, hostAndPort, isHost } from './endpoint-hint.js';
import type { Command, Parser } from './parser.js';
import { parseUrl } from './url.js';

/** Options of GNU wget's and BusyBox's that take a value. */
const WITH_VALUE = new Set([
  ...['-O', '-o', '-T', '-t', '-U', '-P', '-a', '-e', '-w', '-Y'],
  ...['--timeout', '--tries', '--output-document', '--header', '--user-agent', '--post-data', '--bind-address'],
]);
/** GNU: `Connecting to web (web)|10.96.1.1|:80... connected.`, `正在连接 web (web)|10.96.1.1|:80... 已连接。` */
const GNU_CONNECT =
  /^(?:Connecting to|正在连接) (\S{1,254}?)(?: \(\S{1,254}\))?(?:\|([\da-fA-F.:]{2,45})\|)?(?::(\d{1,5}))?(?:\.\.\.|…) ?(.*)$/;
/** BusyBox: `Connecting to web:80 (10.96.1.1:80)`. */
const BUSYBOX_CONNECT = /^Connecting to (\S{1,254}) \((\S{1,60})\)$/;
const RESPONSE = /(?:HTTP request sent, awaiting response|已发出 HTTP 请求，正在等待回应)(?:\.\.\.|…) ?(.*)$/;
const SERVER_ERROR = /server returned error: HTTP\/[\d.]{1,3} (\d{3})/;
const SAVED =
  /(?:saved \[|已保存 \[|^'.{1,254}' saved$|^writing to stdout|^saving to |remote file exists|Remote file exists)/;

/** `wget`, GNU's and BusyBox's, English and Chinese: one probe, of the last outcome that the output tells. */
export const wget: Parser = {
  id: 'wget',
  provides: ['probe'],
  reads: ({ program }) => program === 'wget',
  recognises: (head) =>
    head.some((line) =>
      /^wget: |^--\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}-- {2}|^Connecting to \S+ \(\S+:\d+\)$/.test(line),
    ),
  parse({ lines, command }, sink) {
    const fetch = new Fetch(targetOf(command));
    for (let i = 0; i < lines.length; i += 1) {
      const line = lines[i]!.slice(0, 1000).trim();
      if (line !== '') fetch.read(line, i + 1);
    }
    const probe = fetch.probe(lines.some((line) => line.trim() !== ''));
    if (typeof probe === 'string') sink.unknown('probe.outcome', probe);
    else sink.record('probe', probe, fetch.line);
  },
};

function targetOf({ args, exact }: Command): EndpointHint | undefined {
  let target: EndpointHint | undefined;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (WITH_VALUE.has(arg) || /^-q?O$/.test(arg)) i += 1;
    else if (!arg.startsWith('-')) {
      const url = parseUrl(arg, !exact);
      if (url !== undefined) target = endpointHint(url.host, url.port);
    }
  }
  return target;
}

class Fetch {
  line = 1;
  #to: EndpointHint | undefined;
  #failure: { error: FlowError | undefined; stage: FlowStage } | undefined;
  #status: string | undefined;
  #stage: FlowStage = 'connect';
  #done = false;
  /** Lines that are wget's own words rather than the document. */
  #own = 0;
  #others = 0;

  constructor(asked: EndpointHint | undefined) {
    this.#to = asked;
  }

  read(line: string, number: number): void {
    if (this.#readConnect(line, number)) return;
    if (/^--\d{4}-/.test(line)) {
      const url = parseUrl(/(\w{3,5}:\/\/\S{1,500})$/.exec(line)?.[1] ?? '', false);
      if (url !== undefined) this.#to = { ...endpointHint(url.host, url.port), ...this.#known(url.host) };
      this.#own += 1;
      return;
    }
    const response = RESPONSE.exec(line);
    if (response !== null) {
      this.#own += 1;
      this.#stage = 'request';
      this.#answer(response[1]!, number);
      return;
    }
    const status = SERVER_ERROR.exec(line);
    if (status !== null) {
      this.#own += 1;
      this.#status = status[1]!;
      this.#done = true;
      this.#failure = undefined;
      return;
    }
    if (SAVED.test(line)) {
      this.#own += 1;
      this.#done = true;
      return;
    }
    const own = /^wget: |^Read error|^(?:Resolving|正在解析主机)|failed: |失败：|^读取错误/.test(line);
    if (!own) {
      this.#others += 1;
      return;
    }
    this.#own += 1;
    this.#readError(line, number);
  }

  /** What earlier lines told of the same host: the address. */
  #known(host: string): EndpointHint {
    return this.#to?.name === host && this.#to.ip !== undefined ? { ip: this.#to.ip } : {};
  }

  #readConnect(line: string, number: number): boolean {
    const busybox = BUSYBOX_CONNECT.exec(line);
    if (busybox !== null) {
      const address = hostAndPort(busybox[2]!);
      const named = hostAndPort(busybox[1]!);
      if (address === undefined || isIP(address.host) === 0) return false;
      this.#to = endpointHint(address.host, address.port);
      if (named !== undefined && isIP(named.host) === 0) this.#to.name = named.host;
    } else {
      const gnu = GNU_CONNECT.exec(line);
      if (gnu === null || !isHost(gnu[1]!.replace(/^\[|\]$/g, ''))) return false;
      const port = gnu[3] === undefined ? this.#to?.port : Number(gnu[3]);
      const host = gnu[1]!.replace(/^\[|\]$/g, '');
      this.#to = endpointHint(gnu[2] !== undefined && isIP(gnu[2]) !== 0 ? gnu[2] : host, port);
      if (isIP(host) === 0) this.#to.name = host;
      this.#stage = 'connect';
      this.#answer(gnu[4]!, number);
    }
    this.line = number;
    this.#own += 1;
    return true;
  }

  /** What follows the three dots: `connected.`, `200 OK`, `failed: Connection refused.`, or nothing yet. */
  #answer(text: string, number: number): void {
    const status = /^(\d{3})\b/.exec(text);
    if (status !== null) {
      this.#status = status[1]!;
      this.#done = true;
      this.#failure = undefined;
      this.#stage = 'transfer';
    } else if (/^(?:connected|已连接)/.test(text)) {
      this.#failure = undefined;
      this.#stage = 'request';
    } else if (text !== '') this.#readError(text, number);
  }

  #readError(line: string, number: number): void {
    const unresolved = resolveError(line);
    if (unresolved !== null && /resolv|bad address|解析|name|域名/i.test(line)) {
      const name = /(?:bad address|host address) ['"‘“]([\w.-]{1,254})['"’”]/.exec(line)?.[1];
      if (name !== undefined) this.#to = { ...this.#to, name };
      this.#failure = { error: unresolved, stage: 'resolve' };
      this.line = number;
      return;
    }
    const error = connectError(line);
    if (error === undefined) return;
    const address = /remote host \(([\da-fA-F.:]{2,45})\)/.exec(line)?.[1];
    if (address !== undefined && isIP(address) !== 0) this.#to = { ...this.#to, ip: address };
    if (/download timed out/.test(line)) {
      // BusyBox says so of any stage: only what came before tells.
      this.#failure = { error, stage: this.#others > 0 ? 'transfer' : 'connect' };
    } else if (/^Read error|^读取错误/.test(line))
      this.#failure = { error, stage: this.#done ? 'transfer' : 'request' };
    else this.#failure = { error, stage: this.#stage };
    this.line = number;
  }

  /** The probe, or why the output tells none. */
  probe(any: boolean): Probe | string {
    const to = this.#to;
    if (to === undefined) return 'neither output nor command names what wget fetched';
    const probe: Probe = { to, proto: 'http', state: 'ok', origin: 'tool' };
    const family = familyOfHint(to);
    if (family !== undefined) probe.family = family;
    if (this.#status !== undefined) probe.status = this.#status;
    if (this.#failure !== undefined) {
      probe.state = 'failing';
      const { error, stage } = this.#failure;
      if (error !== undefined) probe.error = stage === 'transfer' && error === 'timeout' ? 'stalled' : error;
      // `download timed out` without a word before it may be of the connection or of the answer.
      probe.stage = stage;
      return probe;
    }
    // With -q only the document is printed.
    if (this.#done || (any && this.#others > 0)) return probe;
    return 'the output of wget ends before its result';
  }
}
