import { isIP } from 'node:net';
import type { Packet, Subject } from '../model.js';
import { kindOf, partsOf, subjectOf } from '../model.js';
import { LineProblems } from './line-problems.js';
import { isoTime } from './log-time.js';
import type { Command, FactSink, Parser, ParserInput } from './parser.js';
import { portNumber } from './service-port.js';

/** Packets that are kept of one file: what a person would paste, not what a capture of minutes holds. */
const MAX_PACKETS = 5000;
/** Tunnels within tunnels. */
const MAX_NESTING = 3;

/**
 * tcpdump's text: one packet record a packet, tunnels with the packet they carry. Time stamps of a time of day have no
 * date and are left out; `-tt` and `-tttt` are kept. A capture of nothing makes `capture.packets` 0 known.
 */
export const tcpdumpText: Parser = {
  id: 'tcpdump-text',
  provides: ['packet'],
  reads: ({ program }: Command) => program === 'tcpdump' || program === 'tcpdump-text',
  recognises: (head) =>
    head.some((line) => /^tcpdump: |^listening on \S+, link-type/.test(line)) ||
    head.some((line) => readStart(line)?.at !== undefined && PACKET_WORD.test(line)),
  parse(input, sink) {
    const reader = new CaptureReader(input, sink);
    for (let i = 0; i < input.lines.length; i += 1) if (!reader.read(input.lines[i]!, i + 1)) break;
    reader.finish();
  },
};

const PACKET_WORD = /\b(?:IP6?|ARP),? /;
const TIME =
  /^(?:(\d{4}-\d{2}-\d{2}) )?(\d{2}:\d{2}:\d{2}\.\d{1,9}) |^(\d{9,10}\.\d{1,9}) |^ ?\d{2}:\d{2}:\d{2}\.\d{1,9} /;
const DIRECTION = /^(?:([\w.@-]{1,20}) {1,3})?(In|Out|B|M|P) {1,3}(?=IP6? |ARP,|ifindex |[\da-f]{2}:|ethertype )/;
/** A header of a link: `MAC > MAC, ethertype IPv4 (0x0800), length 98: `, or `-i any`'s with one MAC. */
const LINK =
  /^(?:ifindex \d{1,6} )?([\da-f]{2}(?::[\da-f]{2}){5})(?: \([^)]{0,60}\))?(?: > ([\da-f]{2}(?::[\da-f]{2}){5})(?: \([^)]{0,60}\))?,)?,? ethertype ([\w.]{1,12})(?: ?\(0x[\da-f]{4}\))?,(?: length \d{1,6}:)? /i;

interface Start {
  /** `''` where a time stamp without a date stood there. */
  at?: string;
  iface?: string;
  direction?: 'in' | 'out';
  mac?: string;
  family: 'ip' | 'arp' | undefined;
  rest: string;
}

/** What stands in front of a packet: time, interface and direction (`-i any`), link header (`-e`), `IP`. */
function readStart(line: string): Start | undefined {
  const start: Start = { family: undefined, rest: line };
  const time = TIME.exec(line);
  if (time !== null) {
    start.at = '';
    if (time[1] !== undefined) start.at = isoTime(`${time[1]}T${time[2]}Z`) ?? '';
    else if (time[3] !== undefined) start.at = new Date(Math.round(Number(time[3]) * 1000)).toISOString();
    start.rest = line.slice(time[0].length);
  }
  const direction = DIRECTION.exec(start.rest);
  if (direction !== null) {
    if (direction[1] !== undefined) start.iface = direction[1];
    if (direction[2] === 'In') start.direction = 'in';
    else if (direction[2] === 'Out') start.direction = 'out';
    start.rest = start.rest.slice(direction[0].length);
  }
  const link = LINK.exec(start.rest);
  if (link !== null) {
    start.mac = link[1]!.toLowerCase();
    start.rest = start.rest.slice(link[0].length);
    const vlan = /^vlan \d{1,4},.{0,40}? ethertype (\w{1,8})(?: \(0x[\da-f]{4}\))?, /i.exec(start.rest);
    if (vlan !== null) start.rest = start.rest.slice(vlan[0].length);
    const type = vlan?.[1] ?? link[3]!;
    if (/^ARP$/i.test(type)) start.family = 'arp';
    else if (/^IPv[46]$/i.test(type)) start.family = 'ip';
  }
  if (/^IP6? /.test(start.rest)) {
    start.family = 'ip';
    start.rest = start.rest.slice(start.rest.indexOf(' ') + 1);
  } else if (/^ARP, /.test(start.rest)) {
    start.family = 'arp';
    start.rest = start.rest.slice(5);
  } else if (/^arp (?:who-has|reply) /.test(start.rest)) {
    start.family = 'arp';
    start.rest = start.rest.slice(4);
  }
  return start.family === undefined && start.at === undefined ? undefined : start;
}

interface Pending {
  start: Start;
  packet: Packet | undefined;
  line: number;
  /** A tunnel's header was the last that was read: the next packet without a time stamp is inside. */
  innermost: Packet | undefined;
  depth: number;
  /** `-v`: addresses follow on the next line. */
  addressesFollow: boolean;
}

class CaptureReader {
  readonly #sink: FactSink;
  readonly #problems: LineProblems;
  readonly #subject: Subject;
  #subjectIsAny: boolean;
  #node: string | undefined;
  #pending: Pending | undefined;
  #count = 0;
  /** Line on which tcpdump said that it listens. */
  #listenedAt: number | undefined;
  #full = false;

  constructor(input: ParserInput, sink: FactSink) {
    this.#sink = sink;
    this.#problems = new LineProblems(sink);
    const kind = kindOf(input.subject);
    const parts = partsOf(input.subject);
    let subject = input.subject;
    this.#node = kind === 'capture' || kind === 'node' ? parts[0] : undefined;
    let iface = kind === 'capture' ? parts[1] : undefined;
    if (kind === 'node') {
      iface = interfaceOf(input);
      if (iface !== undefined) subject = subjectOf('capture', parts[0]!, iface);
    }
    this.#subject = subject;
    this.#subjectIsAny = iface === 'any' || (kind === 'node' && iface === undefined);
  }

  /** False once the file holds more packets than are kept. */
  read(raw: string, number: number): boolean {
    const line = raw.length > 4000 ? raw.slice(0, 4000) : raw;
    if (line.trim() === '' || /^\s*0x[\da-f]{4,}:/.test(line)) return true;
    if (/^\s/.test(line) && !TIME.test(line)) {
      this.#continue(line.trim());
      return true;
    }
    const start = readStart(line);
    if (start === undefined) {
      if (/(?:^|: )listening on \S/.test(line)) this.#listenedAt ??= number;
      return true;
    }
    const pending = this.#pending;
    if (start.at === undefined && pending?.innermost !== undefined && pending.depth < MAX_NESTING) {
      this.#nest(pending, start);
      return true;
    }
    this.#flush();
    if (this.#full) return false;
    if (start.family === undefined) {
      // A time stamp in front of something else: STP, LLDP, or a line of another program.
      return true;
    }
    this.#pending = { start, packet: undefined, line: number, innermost: undefined, depth: 0, addressesFollow: false };
    this.#open(this.#pending, start, line);
    return true;
  }

  #open(pending: Pending, start: Start, line: string): void {
    if (start.family === 'ip' && /^\((?:tos|class|flowlabel|hlim)\b/.test(start.rest)) {
      // IPv6 with -v has addresses on the same line.
      const close = endOfParentheses(start.rest);
      const after = close < 0 ? '' : start.rest.slice(close + 1).trim();
      if (after === '') {
        pending.addressesFollow = true;
        return;
      }
      start.rest = after;
    }
    const packet = start.family === 'arp' ? readArp(start.rest) : readIp(start.rest, 0);
    if (packet === undefined) {
      this.#problems.report(pending.line, 'not a packet of tcpdump', line);
      this.#pending = undefined;
      return;
    }
    this.#place(pending, packet);
  }

  /** An indented line: the addresses of `-v`, the inner packet of a tunnel, or details. */
  #continue(text: string): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    if (pending.addressesFollow) {
      const packet = readIp(text, 0);
      if (packet === undefined) return;
      pending.addressesFollow = false;
      this.#place(pending, packet);
    } else if (pending.innermost !== undefined && pending.depth < MAX_NESTING) {
      const start = readStart(text);
      if (start !== undefined && start.at === undefined) this.#nest(pending, start);
    }
  }

  #place(pending: Pending, packet: Packet): void {
    const { start } = pending;
    if (start.mac !== undefined && packet.mac === undefined) packet.mac = start.mac;
    if (pending.packet === undefined) {
      pending.packet = packet;
      if (start.at !== undefined && start.at !== '') packet.at = start.at;
      if (start.direction !== undefined) packet.direction = start.direction;
    } else if (pending.innermost !== undefined) pending.innermost.inner = packet;
    let last = packet;
    while (last.inner !== undefined) last = last.inner;
    pending.innermost = last.proto === 'vxlan' || /^geneve/i.test(last.info ?? '') ? last : undefined;
    pending.depth += 1;
  }

  #nest(pending: Pending, start: Start): void {
    pending.start = start;
    if (start.family === 'ip' && /^\((?:tos|class|flowlabel|hlim)\b/.test(start.rest)) {
      const close = endOfParentheses(start.rest);
      const after = close < 0 ? '' : start.rest.slice(close + 1).trim();
      if (after === '') {
        pending.addressesFollow = true;
        return;
      }
      start.rest = after;
    }
    const packet =
      start.family === 'arp' ? readArp(start.rest) : start.family === 'ip' ? readIp(start.rest, 0) : undefined;
    if (packet !== undefined) this.#place(pending, packet);
    else pending.innermost = undefined;
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending?.packet === undefined) return;
    if (this.#count >= MAX_PACKETS) {
      this.#full = true;
      this.#sink.problem(pending.line, `more than ${MAX_PACKETS} packets: the rest is not read`);
      return;
    }
    this.#count += 1;
    const iface = this.#subjectIsAny ? pending.start.iface : undefined;
    const subject =
      iface !== undefined && this.#node !== undefined ? subjectOf('capture', this.#node, iface) : this.#subject;
    this.#sink.record('packet', pending.packet, pending.line, { subject });
  }

  finish(): void {
    if (!this.#full) this.#flush();
    // tcpdump listened and heard nothing, which is a finding; without its banner the file may be anything.
    if (this.#count === 0 && this.#listenedAt !== undefined)
      this.#sink.fact('capture.packets', 0, this.#listenedAt, { subject: this.#subject });
    this.#problems.finish();
  }
}

/** The interface that tcpdump says it listens on, else the one it was told to. */
function interfaceOf(input: ParserInput): string | undefined {
  for (let i = 0; i < Math.min(5, input.lines.length); i += 1) {
    const told = /listening on ([\w.@-]{1,20}),/.exec(input.lines[i]!)?.[1];
    if (told !== undefined) return told;
  }
  const { args } = input.command;
  for (let i = 0; i < args.length; i += 1) {
    const option = /^-[a-zA-Z]*i(.*)$/.exec(args[i]!);
    if (option === null || args[i]!.startsWith('--')) continue;
    const name = option[1] === '' ? args[i + 1] : option[1];
    if (name !== undefined && /^[\w.@-]{1,20}$/.test(name)) return name;
  }
  return undefined;
}

/** Index of the parenthesis that closes the one at the start, or -1. */
function endOfParentheses(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '(') depth += 1;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

function readArp(text: string): Packet | undefined {
  const asked = /who-has (\S{1,254})(?: \([^)]{1,40}\))? tell ([^\s,]{1,254})/.exec(text);
  if (asked !== null) return { src: asked[2]!, dst: asked[1]!, proto: 'arp', info: 'who-has' };
  const told = /(\S{1,254}) is-at ([\da-fA-F]{2}(?::[\da-fA-F]{2}){5})/.exec(text);
  if (told !== null) return { src: told[1]!, dst: '', proto: 'arp', info: 'is-at', mac: told[2]!.toLowerCase() };
  return undefined;
}

/** `A > B: …`, `A.port > B.port: …`. */
function readIp(text: string, depth: number): Packet | undefined {
  const match = /^(\S{1,260}) > (\S{1,260}?):(?: (.*))?$/.exec(text);
  if (match === null) return undefined;
  const [, from, to, said = ''] = match as unknown as [string, string, string, string?];
  // `-v` tells about the checksum first.
  const rest = said.replace(/^\[(?:bad |no )?(?:udp |cksum)[^\]]{0,60}\] /, '');
  if (/^ICMP6?\b|^icmp6?\b/.test(rest)) return readIcmp(from, to, rest);
  const nested = /^(?:IP6? |GREv0,.{0,80}?: (?:IP6? )?)(?=\S)/.exec(rest);
  if (nested !== null && depth < MAX_NESTING) {
    const packet: Packet = {
      src: hostOnly(from),
      dst: hostOnly(to),
      proto: 'other',
      info: rest.startsWith('GRE') ? 'gre' : 'ipip',
    };
    const inner = readIp(withoutHeader(rest.slice(nested[0].length)), depth + 1);
    if (inner !== undefined) packet.inner = inner;
    return packet;
  }
  const source = withPort(from);
  const target = withPort(to);
  const packet: Packet = { src: source.host, dst: target.host, proto: 'other' };
  if (source.port !== undefined) packet.sport = source.port;
  if (target.port !== undefined) packet.dport = target.port;
  const tunnel = /^(?:OTV|VXLAN), /.test(rest);
  const geneve = /^Geneve, /.test(rest);
  if (tunnel || geneve) {
    packet.proto = tunnel ? 'vxlan' : 'udp';
    const id = /(?:vni|instance) (0x[\da-f]{1,8}|\d{1,8})/.exec(rest)?.[1];
    packet.info = geneve ? `geneve vni ${id ?? ''}`.trim() : `vni ${id ?? ''}`.trim();
    const inner =
      /: (?:[\da-f:]{17} > [\da-f:]{17}, ethertype IPv[46] \(0x[\da-f]{4}\), length \d{1,6}: |IP6? )(.+)$/.exec(rest);
    if (inner !== null && depth < MAX_NESTING) {
      const carried = readIp(withoutHeader(inner[1]!), depth + 1);
      if (carried !== undefined) packet.inner = carried;
    }
    return packet;
  }
  const flags = /^Flags \[([^\]]{1,10})\]/.exec(rest);
  const oldFlags =
    flags === null ? /^([SFPRWE.]{1,6}) (?:\d{1,10}:\d{1,10}\((\d{1,6})\) )?(?:ack \d{1,10} )?win \d/.exec(rest) : null;
  if (flags !== null || oldFlags !== null) {
    packet.proto = 'tcp';
    packet.flags = (flags ?? oldFlags)![1]!;
    const seq = /(?:, seq |^[SFPR.]{1,6} )(\d{1,10})/.exec(rest)?.[1];
    if (seq !== undefined) packet.seq = Number(seq);
    setLength(packet, oldFlags?.[2] ?? /, length (\d{1,6})/.exec(rest)?.[1]);
    return packet;
  }
  if (packet.sport === 53 || packet.dport === 53) {
    packet.proto = 'dns';
    packet.info = rest.slice(0, 200);
    setLength(packet, /\((\d{1,6})\)$/.exec(rest)?.[1]);
    return packet;
  }
  if (/^UDP\b/.test(rest) || (packet.sport !== undefined && packet.dport !== undefined)) {
    packet.proto = 'udp';
    setLength(packet, /length:? (\d{1,6})/.exec(rest)?.[1]);
    return packet;
  }
  // No ports: a protocol of its own, or a fragment.
  packet.src = hostOnly(from);
  packet.dst = hostOnly(to);
  delete packet.sport;
  delete packet.dport;
  packet.info = rest.slice(0, 100);
  setLength(packet, /length:? (\d{1,6})/.exec(rest)?.[1]);
  return packet;
}

function readIcmp(from: string, to: string, rest: string): Packet {
  const packet: Packet = { src: hostOnly(from), dst: hostOnly(to), proto: 'icmp' };
  const text = rest.replace(/^(?:ICMP6?|icmp6?):?,? ?/, '');
  setLength(packet, /, length (\d{1,6})/.exec(text)?.[1]);
  const mtu = /need to frag \(mtu (\d{1,6})\)|packet too big, mtu (\d{1,6})/.exec(text);
  const echo = /^(?:net \S{1,60} )?(echo re(?:quest|ply))/.exec(text);
  if (mtu !== null) packet.info = `need to frag (mtu ${mtu[1] ?? mtu[2]})`;
  else if (echo !== null) {
    packet.info = echo[1]!;
    const seq = /, seq (\d{1,10})/.exec(text)?.[1];
    if (seq !== undefined) packet.seq = Number(seq);
  } else if (text !== '') packet.info = text.replace(/, length \d{1,6}.*$/, '').slice(0, 200);
  return packet;
}

function setLength(packet: Packet, text: string | undefined): void {
  if (text !== undefined) packet.length = Number(text);
}

/** Leaves out `-v`'s parentheses in front of a packet that a tunnel carries on the same line. */
function withoutHeader(text: string): string {
  if (!text.startsWith('(')) return text;
  const close = endOfParentheses(text);
  return close < 0 ? text : text.slice(close + 1).trim();
}

/** An address or a host name without a port; a trailing colon belongs to the line. */
function hostOnly(text: string): string {
  return text.replace(/:$/, '');
}

/** `10.0.0.1.80`, `10.0.0.1.http`, `fd00::1.53`, `web.example.com.https`: the port is what follows the last dot. */
function withPort(text: string): { host: string; port?: number } {
  if (isIP(text) !== 0) return { host: text };
  const dot = text.lastIndexOf('.');
  if (dot <= 0) return { host: text };
  const host = text.slice(0, dot);
  const port = portNumber(text.slice(dot + 1));
  if (port !== undefined) return { host, port };
  return isIP(host) === 0 ? { host: text } : { host };
}
