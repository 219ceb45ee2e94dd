import { isIP } from 'node:net';
import type { EndpointHint, FlowError, Probe } from '../model.js';
import { resolveError } from './connect-error.js';
import { endpointHint, isHost } from './endpoint-hint.js';
import type { Command, FactSink, Parser } from './parser.js';
import { SLOW_MS } from './slow.js';

/** Requests that must be seen without a reply before an output without a summary is taken for a failure. */
const ENOUGH_REQUESTS = 3;
/** ICMP and IP headers in front of ping's data: 8 and 20 bytes, or 40 for IPv6. */
const HEADERS = { 4: 28, 6: 48 } as const;
/** Options of iputils' ping, BusyBox's and BSD's that take a value. */
const WITH_VALUE = 'ciIlmMpQsStTwWGgeNF';

interface Asked {
  target?: string;
  data?: number;
  dontFragment: boolean;
  family?: 4 | 6;
}

/**
 * `ping`: iputils, BusyBox, BSD and Windows, English and Chinese. One probe for each target that the output opens with a
 * header; where there is no header the command line tells the target.
 */
export const ping: Parser = {
  id: 'ping',
  provides: ['probe'],
  reads: ({ program }) => program === 'ping' || program === 'ping6',
  recognises: (head) => head.some((line) => HEADER.test(line) && /bytes|data|字节|比特/.test(line)),
  parse({ lines, command }, sink) {
    const asked = readArgs(command);
    let section = new Section(asked, 1);
    for (let i = 0; i < lines.length; i += 1) {
      // `-D` puts a time stamp in front.
      const line = lines[i]!.slice(0, 1000)
        .replace(/^\[\d{1,12}\.\d{1,9}\] /, '')
        .trim();
      if (line === '') continue;
      const header = readHeader(line);
      if (header !== undefined) {
        if (section.header !== undefined && !sameTarget(section.header, header)) {
          section.finish(sink);
          section = new Section(asked, i + 1);
        }
        if (section.header === undefined) {
          section.header = header;
          section.line = i + 1;
        }
        continue;
      }
      section.read(line);
    }
    section.finish(sink);
  },
};

interface Header {
  to: EndpointHint;
  data?: number;
  size?: number;
}

const HEADER = /^(?:PING |Pinging |正在 Ping )/;

/**
 * `PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.`, BusyBox's `PING 10.0.0.1 (10.0.0.1): 56 data bytes`, IPv6's
 * `PING a(a.example (fd00::1)) 56 data bytes`, Windows' `Pinging a [10.0.0.1] with 32 bytes of data:`.
 */
function readHeader(line: string): Header | undefined {
  if (!HEADER.test(line)) return undefined;
  const words = line
    .replace(/^(?:PING|Pinging|正在 Ping) /, '')
    .split(/[\s()[\],]+/, 12)
    .filter((word) => word !== '');
  const first = words[0];
  if (first === undefined || !isHost(first.replace(/:$/, ''))) return undefined;
  let ip: string | undefined;
  for (const word of words.slice(0, 3)) {
    const bare = isIP(word) === 0 ? word.replace(/:$/, '') : word;
    if (isIP(bare) === 0) continue;
    ip = bare;
    break;
  }
  const to: EndpointHint = ip === undefined ? endpointHint(first.replace(/:$/, '')) : endpointHint(ip);
  if (ip !== undefined && isIP(first) === 0 && first.replace(/:$/, '') !== ip) to.name = first.replace(/:$/, '');
  const header: Header = { to };
  const sizes = /\b(\d{1,6})\((\d{1,6})\)/.exec(line);
  if (sizes !== null) {
    header.data = Number(sizes[1]);
    header.size = Number(sizes[2]);
    return header;
  }
  const data = /\b(\d{1,6}) (?:data bytes|bytes of data)|具有 (\d{1,6}) 字节/.exec(line);
  if (data !== null) header.data = Number(data[1] ?? data[2]);
  return header;
}

function sameTarget(a: Header, b: Header): boolean {
  return a.to.ip === b.to.ip && a.to.name === b.to.name && a.data === b.data;
}

const SENT =
  /(\d{1,9}) packets? transmitted|已发送\s*[=:：]?\s*(\d{1,9})|Sent = (\d{1,9})|(\d{1,9})\s*个?(?:数据)?包(?:已|被)?(?:发送|传输)/;
const RECEIVED =
  /(\d{1,9}) (?:packets? )?received|已接收\s*[=:：]?\s*(\d{1,9})|Received = (\d{1,9})|(\d{1,9})\s*个?(?:数据)?包?(?:已|被)?(?:接收|收到)/;
const RTT = /= ?[\d.]{1,20}\/([\d.]{1,20})\/[\d.]{1,20}|Average = (\d{1,9})ms|平均 = (\d{1,9})ms/;
const REPLY = /^(?:\d{1,6} (?:bytes from|比特|字节)|Reply from .*bytes=|来自 .* 的回复: 字节)/;
const SEQUENCE = /(?:icmp_seq|seq|icmp_req|序列号?)[= ](\d{1,9})/;

/** What stands between one header and the next, or the whole output. */
class Section {
  header: Header | undefined;
  line: number;
  readonly #asked: Asked;
  #sent: number | undefined;
  #received: number | undefined;
  #rttMs: number | undefined;
  #mtu: number | undefined;
  #error: FlowError | undefined;
  /** A packet that the sender's own netfilter dropped: EPERM, for which no network error stands. */
  #refusedLocally = false;
  #ended = false;
  #notAllowed = false;
  #unresolved: { error: FlowError | undefined; name: string | undefined } | undefined;
  readonly #replies = new Set<number>();
  readonly #requests = new Set<number>();
  #unnumbered = 0;
  #repliesUnnumbered = 0;

  constructor(asked: Asked, line: number) {
    this.#asked = asked;
    this.line = line;
  }

  read(line: string): void {
    const sent = SENT.exec(line);
    if (sent !== null) {
      const received = RECEIVED.exec(line);
      if (received !== null) {
        this.#sent = numberOf(sent);
        this.#received = numberOf(received);
        return;
      }
    }
    const rtt = /^(?:rtt|round-trip|最短|Minimum)/.test(line) ? RTT.exec(line) : null;
    if (rtt !== null) {
      this.#rttMs = numberOf(rtt);
      return;
    }
    const sequence = SEQUENCE.exec(line)?.[1];
    const isReply = REPLY.test(line) && !/unreachable|expired|exceeded|不可达|无法访问/i.test(line);
    if (isReply) {
      if (sequence === undefined) this.#repliesUnnumbered += 1;
      else {
        this.#replies.add(Number(sequence));
        this.#requests.add(Number(sequence));
      }
      return;
    }
    this.#readError(line, sequence);
  }

  #readError(line: string, sequence: string | undefined): void {
    if (
      /socket: (?:Operation not permitted|不允许的操作)|lacking privilege|permission denied \(are you root|are you root/i.test(
        line,
      )
    ) {
      this.#notAllowed = true;
      return;
    }
    const own = /^ping6?: /.test(line);
    const unresolved = own || /could not find host|找不到主机/i.test(line) ? resolveError(line) : null;
    if (unresolved !== null) {
      const name = /^ping6?: (?:bad address |unknown host |cannot resolve )?['"]?([\w.-]{1,254})['"]?(?::|$)/.exec(
        line,
      )?.[1];
      this.#unresolved = { error: unresolved, name: name === undefined || !isHost(name) ? undefined : name };
      return;
    }
    const error = icmpError(line);
    if (error === undefined && !/no answer yet|Operation not permitted|不允许的操作/.test(line)) return;
    if (sequence === undefined) this.#unnumbered += 1;
    else this.#requests.add(Number(sequence));
    if (/Operation not permitted|不允许的操作/.test(line)) {
      this.#refusedLocally = true;
      return;
    }
    if (error === undefined) return;
    const mtu = /mtu ?= ?(\d{2,6})/i.exec(line) ?? (/too big/i.test(line) ? /mtu (\d{2,6})/i.exec(line) : null);
    if (mtu !== null) this.#mtu = Number(mtu[1]);
    // A named error tells more than the silence before or after it: ICMP errors are rate limited.
    if (this.#error === undefined || this.#error === 'timeout') this.#error = error;
    if (own && /connect: |sendto: |sendmsg: /.test(line) && error !== 'timeout') this.#ended = true;
  }

  finish(sink: FactSink): void {
    const probe = this.#probe();
    if (typeof probe === 'string') sink.unknown('probe.outcome', probe, this.line);
    else sink.record('probe', probe, this.line);
  }

  /** The probe, or why the output tells none. */
  #probe(): Probe | string {
    const asked = this.#asked;
    const to = this.header?.to ?? (asked.target === undefined ? undefined : endpointHint(asked.target));
    if (this.#notAllowed && this.#sent === undefined) return 'ping was not allowed to open a socket';
    if (this.#unresolved !== undefined && this.header === undefined) {
      const name = this.#unresolved.name ?? asked.target;
      if (name === undefined || isIP(name) !== 0) return 'ping could not resolve a name that is not told';
      return withError(
        { to: { name }, proto: 'icmp', state: 'failing', stage: 'resolve', origin: 'tool' },
        this.#unresolved.error,
      );
    }
    if (to === undefined) return 'neither output nor command names what was pinged';
    const probe: Probe = { to, proto: 'icmp', state: 'ok', origin: 'tool' };
    const family = (to.ip === undefined ? asked.family : (isIP(to.ip) as 4 | 6)) ?? undefined;
    const data = this.header?.data ?? asked.data;
    const size = this.header?.size ?? (data === undefined ? undefined : data + HEADERS[family ?? 4]);
    if (size !== undefined) probe.size = size;
    if (family !== undefined) probe.family = family;
    if (asked.dontFragment) probe.dontFragment = true;
    if (this.#mtu !== undefined) probe.mtu = this.#mtu;
    const counts = this.#counts();
    if (counts === undefined) {
      if (!this.#ended) return 'the output of ping ends before its result';
      probe.state = 'failing';
      return withError(probe, this.#error);
    }
    probe.sent = counts.sent;
    probe.received = counts.received;
    if (counts.received === 0) {
      probe.state = 'failing';
      return withError(probe, this.#error ?? (this.#refusedLocally ? undefined : 'timeout'));
    }
    if (counts.received < counts.sent) {
      probe.state = 'lossy';
      probe.pattern = 'intermittent';
      withError(probe, this.#error ?? 'timeout');
    }
    if (this.#rttMs !== undefined) {
      probe.rttMs = this.#rttMs;
      if (probe.state === 'ok' && this.#rttMs >= SLOW_MS) probe.state = 'slow';
    }
    return probe;
  }

  /** Sent and received by the summary, else by the lines where these suffice. */
  #counts(): { sent: number; received: number } | undefined {
    if (this.#sent !== undefined && this.#received !== undefined) {
      return this.#sent === 0 ? undefined : { sent: this.#sent, received: Math.min(this.#sent, this.#received) };
    }
    const received = this.#replies.size + this.#repliesUnnumbered;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = -1;
    for (const sequence of this.#requests) {
      lowest = Math.min(lowest, sequence);
      highest = Math.max(highest, sequence);
    }
    const numbered = highest < 0 ? 0 : highest - lowest + 1;
    const sent = numbered + this.#repliesUnnumbered + this.#unnumbered;
    if (received > 0) return { sent: Math.max(sent, received), received };
    return sent >= ENOUGH_REQUESTS ? { sent, received: 0 } : undefined;
  }
}

function numberOf(match: RegExpExecArray): number {
  for (let i = 1; i < match.length; i += 1) if (match[i] !== undefined) return Number(match[i]);
  return 0;
}

function withError(probe: Probe, error: FlowError | undefined): Probe {
  if (error !== undefined) probe.error = error;
  return probe;
}

/**
 * What an ICMP error or the sender's own kernel said. An ICMP prohibited and a TTL that ran out reach connect(2) as
 * EHOSTUNREACH, so they are that here too; a port unreachable (iptables' REJECT) is what makes a refused connection.
 */
function icmpError(line: string): FlowError | undefined {
  if (
    /message too long|Frag needed|Fragmentation needed|Packet too big|packet needs to be fragmented|信息过长|消息过长|需要拆分数据包/i.test(
      line,
    )
  )
    return 'message-too-long';
  if (/Port Unreachable|端口不可达/i.test(line)) return 'refused';
  if (/Net(?:work)? (?:is )?unreachable|No route\b(?! to host)|网络不可达/i.test(line)) return 'no-route';
  if (
    /Host Unreachable|Host is (?:unreachable|down)|prohibited|Packet filtered|Time to live exceeded|TTL expired|Address unreachable|No route to host|Beyond scope|主机不可达|无法访问目标主机|没有到主机的路由|TTL 传输中过期|超过生存时间/i.test(
      line,
    )
  )
    return 'host-unreachable';
  if (/^Request time(?:d )?out|^请求超时/i.test(line)) return 'timeout';
  return undefined;
}

function readArgs(command: Command): Asked {
  const asked: Asked = { dontFragment: false };
  if (command.program === 'ping6') asked.family = 6;
  const { args } = command;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (!arg.startsWith('-') || arg === '-') {
      const target = arg.replace(/\.$/, '');
      if (isHost(target)) asked.target = target;
      continue;
    }
    // Letters of one word up to the first that takes a value: `-nc4`, `-Mdo`, `-s 1472`.
    for (let at = 1; at < arg.length; at += 1) {
      const letter = arg[at]!;
      if (letter === '4') asked.family = 4;
      else if (letter === '6') asked.family = 6;
      if (!WITH_VALUE.includes(letter)) continue;
      let value = arg.slice(at + 1);
      if (value === '') {
        i += 1;
        value = args[i] ?? '';
      }
      if (letter === 's' && /^\d{1,5}$/.test(value)) asked.data = Number(value);
      else if (letter === 'M' && value === 'do') asked.dontFragment = true;
      break;
    }
  }
  return asked;
}
