import { isIP } from 'node:net';
import type { Address, Link } from '../model.js';
import { wholeNumber } from './command-words.js';
import { LineProblems } from './line-problems.js';
import { networkPrefix } from './network-prefix.js';
import type { FactSink, Parser } from './parser.js';

/** net-tools 2 and BSD: `eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500`. An alias is `eth0:1: flags=…`. */
const NEW_HEADER = /^([^\s:]{1,40})(:[^\s:]{1,20})?: flags=[\da-fx]{1,10}<([^<>]{0,300})>(?: .*?\bmtu (\d{1,6}))?/;
/** net-tools 1 and BusyBox: `eth0      Link encap:Ethernet  HWaddr 08:00:27:4E:66:A1`. */
const OLD_HEADER = /^([^\s:]{1,40})(:\S{1,20})? {2,}(?:Link encap|链路封装) ?[:：]/;
const MAC = /(?:\bether |\bHWaddr |硬件地址 ?)([\da-f]{2}(?:[:-][\da-f]{2}){5})\b/i;
const INET = /\binet (?:(?:addr|地址) ?[:：])?(\d{1,3}(?:\.\d{1,3}){3})/;
const NETMASK = /(?:\bnetmask |\bMask ?: ?|掩码 ?[:：] ?)(0x[\da-f]{8}|\d{1,3}(?:\.\d{1,3}){3})/;
const INET6 =
  /\binet6 (?:(?:addr|地址) ?[:：] ?)?([\da-f:.]{2,45})(?:%\S{1,20})?(?:\/(\d{1,3})| +prefixlen (\d{1,3}))/i;
const SCOPE6 = /\bScope ?: ?(\w{1,10})|scopeid 0x[\da-f]{1,2}<(\w{1,10})>/;
const OLD_FLAGS =
  /^\s+((?:(?:UP|BROADCAST|LOOPBACK|POINTOPOINT|NOTRAILERS|RUNNING|NOARP|PROMISC|ALLMULTI|MASTER|SLAVE|MULTICAST|DYNAMIC) ){0,13}) ?MTU:(\d{1,6})/;
const COUNTS = /^\s+(?:RX|TX|接收|发送)/;

/** ifconfig's words for flags in iproute2's: RUNNING is IFF_RUNNING, the lower layer is up. */
function flagsOf(words: readonly string[]): string[] {
  const flags: string[] = [];
  for (const word of words) {
    if (word === '') continue;
    flags.push(word === 'RUNNING' ? 'LOWER_UP' : word);
  }
  return flags;
}

function prefixOf(mask: string | undefined): number | undefined {
  if (mask === undefined) return undefined;
  let dotted = mask;
  if (mask.startsWith('0x')) {
    const bits = Number.parseInt(mask, 16);
    dotted = [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
  }
  const network = networkPrefix(`0.0.0.0/${dotted}`);
  return network === undefined ? undefined : Number(network.slice(network.indexOf('/') + 1));
}

/** The interface whose lines are being read. */
class Listing {
  readonly #sink: FactSink;
  #link: Link | undefined;
  #line = 0;
  /** What addresses are put on: an alias' are its interface's. */
  #device: string | undefined;

  constructor(sink: FactSink) {
    this.#sink = sink;
  }

  flush(): void {
    if (this.#link !== undefined) this.#sink.record('link', this.#link, this.#line);
    this.#link = undefined;
    this.#device = undefined;
  }

  /** False where the line is of no interface. */
  read(line: string, number: number): boolean {
    const head = NEW_HEADER.exec(line) ?? OLD_HEADER.exec(line);
    if (head !== null) {
      this.flush();
      this.#device = head[1]!;
      if (head[2] === undefined) {
        this.#line = number;
        this.#link = { name: head[1]!, flags: flagsOf((head[3] ?? '').split(',')) };
        if (head[4] !== undefined) this.#link.mtu = Number(head[4]);
      }
    } else if (!/^\s/.test(line)) {
      // What follows is of an interface whose name is lost.
      this.flush();
      return false;
    }
    if (this.#device === undefined) return false;
    const mac = MAC.exec(line);
    if (mac !== null && this.#link !== undefined) this.#link.mac = mac[1]!.toLowerCase().replaceAll('-', ':');
    if (head !== null) return true;
    if (COUNTS.test(line)) return this.#readCounts(line);
    const flags = OLD_FLAGS.exec(line);
    if (flags !== null) {
      if (this.#link !== undefined) {
        this.#link.flags = flagsOf(flags[1]!.split(' '));
        this.#link.mtu = Number(flags[2]);
      }
      return true;
    }
    return this.#readAddress(line, number);
  }

  #readAddress(line: string, number: number): boolean {
    const six = INET6.exec(line);
    const four = six === null ? INET.exec(line) : null;
    if (six === null && four === null) return !/\binet6?\b/.test(line);
    const dev = this.#device!;
    if (six !== null) {
      const prefix = Number(six[2] ?? six[3]);
      if (isIP(six[1]!) !== 6 || prefix > 128) return false;
      const address: Address = { dev, family: 6, ip: six[1]!, prefix, flags: [] };
      const scope = SCOPE6.exec(line);
      const word = (scope?.[1] ?? scope?.[2])?.toLowerCase();
      if (word === 'link' || word === 'host' || word === 'global' || word === 'site') address.scope = word;
      this.#sink.record('address', address, number);
      return true;
    }
    const ip = four![1]!;
    // A point-to-point interface of BusyBox may print no mask.
    const mask = NETMASK.exec(line)?.[1];
    const prefix = mask === undefined ? 32 : prefixOf(mask);
    if (isIP(ip) !== 4 || prefix === undefined) return false;
    this.#sink.record('address', { dev, family: 4, ip, prefix, flags: [] }, number);
    return true;
  }

  /** `RX packets:1 errors:0 dropped:0 …`, or net-tools 2's two lines: `RX packets 1  bytes 2`, `RX errors 0  dropped 0`. */
  #readCounts(line: string): boolean {
    const link = this.#link;
    if (link === undefined) return true;
    const direction = /^\s+(?:RX|接收)/.test(line) ? 'rx' : 'tx';
    const count = (word: string): number | undefined =>
      wholeNumber(new RegExp(`(?:${word})[ :：]{1,2}(\\d{1,16})`).exec(line)?.[1]);
    const packets = count('packets|数据包');
    const errors = count('errors|错误');
    const dropped = count('dropped|丢弃');
    const known = link[direction] ?? { packets: 0, errors: 0, dropped: 0 };
    if (packets !== undefined) known.packets = packets;
    if (errors !== undefined) known.errors = errors;
    if (dropped !== undefined) known.dropped = dropped;
    if (packets !== undefined || errors !== undefined) link[direction] = known;
    return true;
  }
}

/** `ifconfig`, `ifconfig -a` of net-tools 1 and 2, BusyBox and BSD: records `link` and `address`. */
export const ifconfig: Parser = {
  id: 'ifconfig',
  provides: ['link', 'address'],
  reads: ({ program, args }) => program === 'ifconfig' && !args.includes('-s'),
  recognises: (head) => head.some((line) => NEW_HEADER.test(line) || OLD_HEADER.test(line)),
  parse(input, sink) {
    const problems = new LineProblems(sink);
    const listing = new Listing(sink);
    for (let i = 0; i < input.lines.length; i += 1) {
      const line = input.lines[i]!;
      if (line.trim() === '') continue;
      if (!listing.read(line.slice(0, 1000), i + 1)) problems.report(i + 1, 'not a line of ifconfig', line);
    }
    listing.flush();
    problems.finish();
  },
};
