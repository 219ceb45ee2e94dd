import { isIP } from 'node:net';
import type { Address, BridgePort, Link } from '../model.js';
import { wholeNumber, wordsOf } from './command-words.js';
import { LineProblems } from './line-problems.js';
import { packetCount } from './packet-count.js';
import type { FactSink, ParserInput } from './parser.js';

/** What `ip -d link` names as the first word of its detail line (iproute2, ip/iplink.c; plus tun and openvswitch). */
const KINDS = new Set(
  (
    'amt bareudp bond bridge can dsa dummy erspan ip6erspan geneve gre gretap gtp hsr ifb ip6gre ip6gretap ip6tnl ipip ' +
    'ipoib ipvlan ipvtap lowpan macsec macvlan macvtap netdevsim netkit nlmon openvswitch rmnet sit team tun veth vcan ' +
    'vlan vrf vti vti6 vxcan vxlan wireguard xfrm'
  ).split(' '),
);

/** Address flags as iproute2 prints them (ip/ipaddress.c, ifa_flag_names). */
const ADDRESS_FLAGS = new Set(
  (
    'secondary temporary nodad optimistic dadfailed home deprecated tentative permanent mngtmpaddr noprefixroute ' +
    'autojoin stable-privacy dynamic'
  ).split(' '),
);
const ADDRESS_KEYS = new Set(['brd', 'any', 'peer', 'scope', 'metric', 'proto', 'flags']);

/** `2: eth0@if4: <BROADCAST,UP> mtu 1500 …`; of `ip -o addr`, `2: eth0    inet …`. A device name holds no colon. */
const HEADER = /^(\d+): +([^\s:@]+)(?:@([^\s:]+))?: +<([^<>]*)>(.*)$/;
const ONE_LINE_ADDRESS = /^(\d+): +([^\s:@]+)(?:@([^\s:]+))? +(inet6? .*)$/;
/** `ip -br`: name, state, then addresses or a MAC with flags. */
const BRIEF = /^([^\s:@<>]+)(?:@(\S+))? +(UP|DOWN|UNKNOWN|LOWERLAYERDOWN|NOTPRESENT|DORMANT|TESTING)(?: +(.*))?$/;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

/** A header line of `ip link` or `bridge link`, without what follows the flags. */
export interface InterfaceHeader {
  link: Link;
  /** The words after the flags. */
  words: string[];
}

/** Reads `2: eth0@if4: <FLAGS> mtu 1500 qdisc noqueue master cni0 state UP …`; undefined where the line is none. */
export function interfaceHeader(line: string): InterfaceHeader | undefined {
  const match = HEADER.exec(line);
  if (match === null) return undefined;
  const link: Link = {
    name: match[2]!,
    index: Number(match[1]),
    flags: match[4]!.split(',').filter((flag) => flag !== ''),
  };
  if (match[3] !== undefined) link.peer = match[3];
  const words = wordsOf(match[5]!);
  for (let i = 0; i + 1 < words.length; i += 1) {
    const value = words[i + 1]!;
    if (words[i] === 'mtu') {
      const mtu = wholeNumber(value);
      if (mtu !== undefined) link.mtu = mtu;
    } else if (words[i] === 'master') link.master = value;
    else if (words[i] === 'state') link.state = value;
    else continue;
    i += 1;
  }
  return { link, words };
}

/** Whether a line can only be the start of an interface in `ip addr` or `ip link`. */
export function startsInterface(line: string): boolean {
  return /^\d+: [^\s:]+: <[A-Z0-9_,-]*> mtu \d/.test(line);
}

/**
 * Reads `ip addr`, `ip link`, with `-d`, `-s`, `-o` and `-br`, iproute2's and BusyBox's: they are one format with more
 * or less in it. Records `link`, `address` and, from `-d`, `bridge-port`.
 * A link from `ip -br addr` has no flags: an empty list there means that the output does not tell them.
 */
export function readInterfaces(input: ParserInput, sink: FactSink): void {
  const problems = new LineProblems(sink);
  const listing = new InterfaceListing(sink, problems);
  for (let i = 0; i < input.lines.length; i += 1) {
    const line = input.lines[i]!.trimEnd();
    if (line === '') continue;
    // `-o` puts an interface on one line, with a backslash where a line would have ended.
    if (line.includes('\\')) for (const part of line.split('\\')) listing.read(part.trimEnd(), i + 1);
    else listing.read(line, i + 1);
  }
  listing.flush();
  problems.finish();
}

const TUNNELS: ReadonlySet<string> = new Set(['ipip', 'gre', 'gretap', 'sit', 'geneve', 'vxlan']);

/** `ipip any remote any local 10.0.0.1 ttl inherit …`, `vxlan id 1 remote 10.0.0.2 …`. */
function readTunnelEnds(link: Link, kind: string, words: readonly string[]): void {
  if (!TUNNELS.has(kind)) return;
  for (const end of ['local', 'remote'] as const) {
    const value = words[words.indexOf(end, 1) + 1];
    if (words.includes(end, 1) && value !== undefined && isIP(value) !== 0 && value !== '0.0.0.0')
      link.tunnel = { ...link.tunnel, [end]: value };
  }
}

/** The interface whose lines are being read, and what to make of them. */
class InterfaceListing {
  readonly #sink: FactSink;
  readonly #problems: LineProblems;
  #link: Link | undefined;
  #line = 0;
  #port: BridgePort | undefined;
  /** The column names of the statistics line that comes next. */
  #columns: { direction: 'rx' | 'tx'; names: string[] } | undefined;
  /** The device of `ip -o addr` lines, which have no header. */
  #device: string | undefined;

  constructor(sink: FactSink, problems: LineProblems) {
    this.#sink = sink;
    this.#problems = problems;
  }

  /** Records the interface read so far. */
  flush(): void {
    if (this.#link !== undefined) this.#sink.record('link', this.#link, this.#line);
    if (this.#port !== undefined) this.#sink.record('bridge-port', this.#port, this.#line);
    this.#link = undefined;
    this.#port = undefined;
    this.#columns = undefined;
    this.#device = undefined;
  }

  read(line: string, number: number): void {
    if (line.trim() === '') return;
    if (!/^\s/.test(line) && this.#readStart(line, number)) return;
    this.#readDetail(line, number);
  }

  #readStart(line: string, number: number): boolean {
    const header = interfaceHeader(line);
    if (header !== undefined) {
      this.flush();
      this.#link = header.link;
      this.#device = header.link.name;
      this.#line = number;
      return true;
    }
    const address = ONE_LINE_ADDRESS.exec(line);
    if (address !== null) {
      this.flush();
      this.#device = address[2]!;
      this.#readAddress(wordsOf(address[4]!), line, number);
      return true;
    }
    const brief = BRIEF.exec(line);
    if (brief !== null) {
      this.flush();
      this.#readBrief(brief, line, number);
      return true;
    }
    if (/^\d+:/.test(line)) {
      // What follows belongs to an interface whose name is lost, not to the one before it.
      this.flush();
      this.#problems.report(number, 'not an interface', line);
      return true;
    }
    return false;
  }

  #readDetail(line: string, number: number): void {
    const words = wordsOf(line);
    const first = words[0]!;
    if (this.#columns !== undefined) {
      const { direction, names } = this.#columns;
      this.#columns = undefined;
      if (/^\d/.test(first)) {
        this.#readStatistics(direction, names, words, line, number);
        return;
      }
    }
    if (first === 'inet' || first === 'inet6') this.#readAddress(words, line, number);
    else if (first.startsWith('link/')) {
      if (this.#link !== undefined && MAC.test(words[1] ?? '')) this.#link.mac = words[1]!.toLowerCase();
    } else if (first === 'RX:' || first === 'TX:') {
      // The second tables of `-s -s` start otherwise: `RX errors: length crc …`.
      this.#columns = { direction: first === 'RX:' ? 'rx' : 'tx', names: words.slice(1) };
    } else if (first === 'bridge_slave') this.#readBridgeSlave(words);
    else if (KINDS.has(first)) this.#readKind(first, words);
    else if (!/^\s/.test(line)) this.#problems.report(number, 'not a line of an interface', line);
  }

  #readKind(kind: string, words: string[]): void {
    const link = this.#link;
    if (link === undefined || link.kind !== undefined) return;
    link.kind = kind;
    readTunnelEnds(link, kind, words);
    if (kind !== 'vxlan' && kind !== 'geneve') return;
    // Absent `nolearning` means that the device learns; versions of iproute2 differ in whether they print `learning`.
    const tunnel: NonNullable<Link['vxlan']> = kind === 'vxlan' ? { learning: !words.includes('nolearning') } : {};
    for (let i = 1; i + 1 < words.length; i += 1) {
      const value = words[i + 1]!;
      const number = wholeNumber(value);
      if (words[i] === 'id' && number !== undefined) tunnel.id = number;
      else if (words[i] === 'dstport' && number !== undefined) tunnel.port = number;
      else if (words[i] === 'local' && isIP(value) !== 0) tunnel.local = value;
      else if (words[i] === 'dev') tunnel.dev = value;
    }
    link.vxlan = tunnel;
  }

  #readBridgeSlave(words: string[]): void {
    if (this.#link === undefined) return;
    const port: BridgePort = { dev: this.#link.name };
    if (this.#link.master !== undefined) port.master = this.#link.master;
    for (let i = 1; i + 1 < words.length; i += 1) {
      if (words[i] === 'state') port.state = words[i + 1]!;
      else if (words[i] === 'hairpin') port.hairpin = words[i + 1] === 'on';
    }
    this.#port = port;
  }

  #readStatistics(direction: 'rx' | 'tx', names: string[], words: string[], line: string, number: number): void {
    const packets = packetCount(words[names.indexOf('packets')]);
    const errors = packetCount(words[names.indexOf('errors')]);
    const dropped = packetCount(words[names.indexOf('dropped')]);
    // A line that lacks a column would put its numbers under the wrong names.
    const cut = words.length < names.length;
    if (cut || packets === undefined || errors === undefined || dropped === undefined) {
      this.#problems.report(number, 'not interface statistics', line);
    } else if (this.#link !== undefined) this.#link[direction] = { packets, errors, dropped };
  }

  #readBrief(match: RegExpExecArray, line: string, number: number): void {
    const link: Link = { name: match[1]!, flags: [], state: match[3]! };
    if (match[2] !== undefined) link.peer = match[2];
    this.#device = link.name;
    const words = wordsOf(match[4] ?? '');
    for (let i = 0; i < words.length; i += 1) {
      const word = words[i]!;
      if (MAC.test(word)) link.mac = word.toLowerCase();
      else if (word.startsWith('<') && word.endsWith('>')) link.flags = word.slice(1, -1).split(',');
      else if (word === 'peer' || word === 'metric') i += 1;
      else if (isIP(word.split('/')[0]!) !== 0)
        this.#readAddress([isIP(word.split('/')[0]!) === 4 ? 'inet' : 'inet6', word], line, number);
    }
    this.#sink.record('link', link, number);
  }

  /** `inet 10.0.0.2/24 brd 10.0.0.255 scope global dynamic eth0`; the last word of IPv4 is the label. */
  #readAddress(words: string[], line: string, number: number): void {
    const family = words[0] === 'inet' ? 4 : 6;
    const [ip = '', length] = (words[1] ?? '').split('/');
    const longest = family === 4 ? 32 : 128;
    const prefix = length === undefined ? longest : (wholeNumber(length) ?? -1);
    const address: Address = { dev: this.#device ?? '', family, ip, prefix, flags: [] };
    let label: string | undefined;
    for (let i = 2; i < words.length; i += 1) {
      const word = words[i]!;
      if (ADDRESS_KEYS.has(word)) {
        i += 1;
        if (word === 'scope' && words[i] !== undefined) address.scope = words[i]!;
        // `inet 10.0.0.1 peer 10.0.0.2/32`: the length belongs to the peer's network; the address is a host's.
      } else if (ADDRESS_FLAGS.has(word)) address.flags.push(word);
      else label = word;
    }
    // An interface whose header was malformed still has its name in the label (`eth0:1` is an alias of eth0).
    if (address.dev === '' && family === 4 && label !== undefined) address.dev = label.split(':')[0]!;
    if (isIP(ip) !== family || prefix < 0 || prefix > longest || address.dev === '') {
      this.#problems.report(number, 'not an address', line);
      return;
    }
    this.#sink.record('address', address, number);
  }
}
