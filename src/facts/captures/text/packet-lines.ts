import { Layer, type Packet } from '../packet.js';
import { readArpText } from './arp-line.js';
import { isIcmpText, readIcmpText } from './icmp-line.js';
import { isIcmp6Text, readIcmp6Text, readLinkAddressOption } from './icmp6-line.js';
import { readIpHeader, readTrailingHeader } from './ip-header.js';
import { LineStart, readLineStart } from './line-start.js';
import { closingParenthesis } from './parentheses.js';
import { type PrintedEnd, readEnd, takePort } from './printed-address.js';
import { settlesWithInner, type WrongChecksum, wrongChecksumState } from './printed-checksum.js';
import { bareProtocol, printedProtocol } from './protocol-names.js';
import { isTcpText, readTcpText } from './tcp-line.js';
import { isUdpText, readBracketedChecksum, readUdpText } from './udp-line.js';

/**
 * What the next line may hold of a packet: the addresses, where `-v` printed a header; the packet that a tunnel carries;
 * the one that an ICMP error quotes.
 */
type Expected = 'nothing' | 'addresses' | 'inner' | 'quoted';

/** tcpdump's own words for what cannot be read, where a header would stand. */
const MALFORMED =
  /^(?:\[\|(?:ip6?|arp|ARP|RARP)\]|bad-hlen|bad-len|version error|wrong link-layer|IP\d{1,2} \(invalid|truncated-ip6? - \d)/;
/** Fills a packet from its lines, one after another. */
export class PacketLines {
  readonly packet: Packet;
  #expected: Expected = 'nothing';
  /** Whose addresses follow, or what was read last. */
  #layer: Layer | undefined;
  /** Within what an ICMP error quotes, whose own tunnels are not kept. */
  #quoting = false;
  #spare = new Layer();
  readonly #inner = new LineStart();
  readonly #from: PrintedEnd = { ip: 0, port: -1, hasPort: false, isName: false };
  readonly #to: PrintedEnd = { ip: 0, port: -1, hasPort: false, isName: false };
  readonly #ports: PrintedEnd = { ip: 0, port: -1, hasPort: false, isName: false };
  /** Wrong checksums of the layers, by their place. */
  readonly #wrong: (WrongChecksum | undefined)[] = [];

  constructor(packet: Packet) {
    this.packet = packet;
  }

  /** Whether the packet that a tunnel carries, or an error quotes, may stand on the next line. */
  get expectsMore(): boolean {
    return this.#expected !== 'nothing';
  }

  /** Begins a packet with what its first line holds. False where that is none. */
  open(start: LineStart): boolean {
    const { packet } = this;
    packet.reset();
    this.#expected = 'nothing';
    this.#layer = undefined;
    this.#quoting = false;
    this.#wrong.length = 0;
    packet.time = start.time;
    packet.timeOfDay = start.timeOfDay;
    packet.iface = start.iface;
    packet.direction = start.direction;
    packet.srcMac = start.srcMac;
    packet.dstMac = start.dstMac;
    packet.vlan = start.vlan;
    packet.originalLength = start.length;
    if (start.family === 'other') return true;
    const rest = start.rest.trim();
    if (this.#read(start, rest)) return true;
    const malformed = MALFORMED.exec(rest);
    if (malformed === null) return false;
    packet.problem = `tcpdump says: ${rest.slice(0, 60)}`;
    return true;
  }

  /**
   * Takes a line that continues the packet, given without the white space around it. False where the packet does not
   * expect it: payload, details, or another packet.
   */
  next(text: string): boolean {
    const expected = this.#expected;
    if (expected === 'nothing') {
      if (this.#layer?.kind === 'icmp6') readLinkAddressOption(text, this.#layer);
      return false;
    }
    if (expected === 'addresses') {
      const layer = this.#layer!;
      this.#expected = 'nothing';
      if (this.#addressed(text, layer)) return true;
      this.#drop(layer);
      return false;
    }
    const inner = this.#inner;
    if (!readLineStart(text, inner) || inner.timed) {
      // With -e what is quoted, or carried without a link header of its own, has no `IP` in front.
      inner.reset();
      inner.family = text.startsWith('(') ? 'ip' : 'other';
      inner.rest = text;
    }
    this.#expected = 'nothing';
    if (inner.family === 'other') return false;
    if (expected === 'quoted') {
      if (!inner.rest.startsWith('(')) return false;
      this.#quoting = true;
    }
    return this.#read(inner, inner.rest.trim());
  }

  /** Settles what only the whole packet tells. */
  close(): void {
    if (this.#expected === 'addresses') this.#drop(this.#layer!);
    this.#expected = 'nothing';
    const { packet } = this;
    const last = packet.depth - 1;
    if (last < 1 || packet.layers[last]!.transportChecksum !== 'unfilled') return;
    const inner = this.#wrong[last];
    if (inner === undefined) return;
    for (let i = last - 1; i >= 0; i -= 1) {
      const outer = this.#wrong[i];
      const layer = packet.layers[i]!;
      if (layer.transportChecksum === 'bad' && outer !== undefined && settlesWithInner(outer, inner)) {
        layer.transportChecksum = 'unfilled';
      }
    }
  }

  #read(start: LineStart, rest: string): boolean {
    if (start.family === 'arp') return this.#arp(rest);
    return this.#ip(rest);
  }

  /** A layer to fill: the packet's next, that which the error quotes, or one that nobody looks at. */
  #push(): Layer {
    if (this.#quoting) {
      const error = this.packet.layers[this.packet.depth - 1];
      if (error !== undefined && this.#layer === error) {
        error.quoted.reset();
        return error.quoted;
      }
    } else {
      const layer = this.packet.push();
      if (layer !== undefined) return layer;
    }
    this.#spare.reset();
    return this.#spare;
  }

  /** Takes a layer back that came to nothing. */
  #drop(layer: Layer): void {
    const { packet } = this;
    const last = packet.layers[packet.depth - 1];
    if (layer === last?.quoted) last.hasQuoted = false;
    if (layer !== last) return;
    packet.depth -= 1;
    packet.problem ??= 'its addresses are missing';
  }

  #arp(text: string): boolean {
    const { packet } = this;
    const layer = this.#push();
    if (!readArpText(text, layer)) {
      if (layer === packet.layers[packet.depth - 1]) packet.depth -= 1;
      return false;
    }
    // Who announces itself is who sent the frame.
    if (packet.depth === 1 && layer.arpOperation === 1 && layer.src === layer.dst) layer.mac = packet.srcMac;
    this.#layer = layer;
    return true;
  }

  #ip(text: string): boolean {
    let rest = text.replace(/^truncated-ip6? - \d{1,6} bytes missing! ?/, '');
    if (!rest.startsWith('(')) return this.#addressed(rest, undefined);
    const close = closingParenthesis(rest);
    if (close < 0) return false;
    const header = rest.slice(1, close);
    if (!/^(?:tos|class|flowlabel|hlim|ttl|DF)\b/.test(header)) return false;
    rest = rest.slice(close + 1).trimStart();
    const layer = this.#push();
    readIpHeader(header, layer);
    if (rest === '') {
      this.#layer = layer;
      this.#expected = 'addresses';
      return true;
    }
    if (this.#addressed(rest, layer)) return true;
    if (layer === this.packet.layers[this.packet.depth - 1]) this.packet.depth -= 1;
    return false;
  }

  /** `A > B: …`, into the layer whose header was read before, or into a new one. */
  #addressed(text: string, headed: Layer | undefined): boolean {
    const arrow = text.indexOf(' > ');
    if (arrow <= 0 || arrow > 260) return false;
    let colon = text.indexOf(': ', arrow + 3);
    if (colon < 0) {
      if (!text.endsWith(':')) return false;
      colon = text.length - 1;
    }
    if (colon - arrow > 263) return false;
    const from = this.#from;
    const to = this.#to;
    if (!readEnd(text.slice(0, arrow), from) || !readEnd(text.slice(arrow + 3, colon), to)) return false;
    const layer = headed ?? this.#push();
    this.#layer = layer;
    if (this.#quoting) {
      const error = this.packet.layers[this.packet.depth - 1];
      if (error?.quoted === layer) error.hasQuoted = true;
    }
    const body = text.slice(colon + 1).trim();
    layer.family = isIpv6(from) || isIpv6(to) || /^ICMP6|^icmp6/.test(body) ? 6 : 4;
    this.#body(layer, headed !== undefined, body);
    return true;
  }

  #body(layer: Layer, headed: boolean, text: string): void {
    if (!headed && !text.startsWith('Flags [')) readTrailingHeader(text, layer);
    let body = text;
    let extended = false;
    if (layer.family === 6) {
      body = this.#withoutExtensions(layer, body);
      extended = body.length < text.length;
      if (layer.kind === 'fragment') {
        this.#place(layer, false);
        return;
      }
    }
    // Without -v nothing but the bare protocol tells a later fragment.
    if (layer.fragmentOffset > 0 || (!headed && (body === '' || bareProtocol(body) !== undefined))) {
      this.#fragment(layer, body);
      return;
    }
    if (isIcmpText(body)) {
      this.#place(layer, false);
      readIcmpText(body, layer);
      // Only -v prints it, and then the header of the error too.
      if (headed && isError(layer) && !this.#quoting) this.#expected = 'quoted';
      return;
    }
    const sum = readBracketedChecksum(body);
    if (sum !== undefined) body = body.slice(sum.length);
    let wrong = sum?.wrong;
    if (isIcmp6Text(body)) {
      this.#place(layer, false);
      readIcmp6Text(body, layer, extended);
      if (sum?.state === 'ok') layer.transportChecksum = 'good';
      else if (wrong !== undefined) layer.transportChecksum = wrongChecksumState(layer, 58, wrong);
      return;
    }
    if (isTcpText(body)) {
      this.#place(layer, true);
      wrong = readTcpText(body, layer) ?? wrong;
      // Of a quoted packet eight bytes are all that there need be.
      if (this.#quoting) layer.kind = 'tcp';
    } else if (isUdpText(body) || this.#looksLikeUdp(layer, body)) {
      this.#place(layer, true);
      const carried = readUdpText(body, layer);
      if (sum?.state === 'ok') layer.transportChecksum = 'good';
      else if (wrong !== undefined) layer.transportChecksum = wrongChecksumState(layer, 17, wrong);
      this.#note(layer, wrong);
      if (carried !== undefined) this.#carried(carried);
      if (this.#quoting) {
        layer.tunnel = undefined;
        layer.vni = -1;
      }
      return;
    } else if (this.#tunnel(layer, body)) return;
    else this.#other(layer, body);
    this.#note(layer, wrong);
  }

  /** `HBH (padn) `, `frag (0x1234:0|1448) `, `5000 > 6000: `. */
  #withoutExtensions(layer: Layer, text: string): string {
    let body = text.replace(/^(?:(?:HBH|DSTOPT|srcrt)(?: \([^)]{0,80}\)){0,8} ?){1,4}/, '');
    const fragment = /^frag \((?:(0x[\da-f]{1,8}):)?(\d{1,5})\|(\d{1,5})\) ?/.exec(body);
    if (fragment !== null) {
      if (fragment[1] !== undefined) layer.id = Number(fragment[1]);
      layer.fragmentOffset = Number(fragment[2]);
      // Whether more follow is not told; a first fragment would not be one otherwise.
      layer.moreFragments = layer.fragmentOffset === 0;
      body = body.slice(fragment[0].length);
      if (layer.fragmentOffset > 0) {
        layer.kind = 'fragment';
        layer.payload = Number(fragment[3]);
        return body;
      }
    }
    const ports = /^([\w-]{1,40}) > ([\w-]{1,40}): {1,2}/.exec(body);
    if (ports === null) return body;
    readEnd(`0.0.0.0.${ports[1]}`, this.#ports);
    const sport = this.#ports.port;
    readEnd(`0.0.0.0.${ports[2]}`, this.#ports);
    this.#from.port = sport;
    this.#from.hasPort = true;
    this.#to.port = this.#ports.port;
    this.#to.hasPort = true;
    return body.slice(ports[0].length);
  }

  /** Puts the addresses into the layer, with their ports where the protocol has such. */
  #place(layer: Layer, withPorts: boolean): void {
    if (withPorts) {
      takePort(this.#from);
      takePort(this.#to);
      layer.sport = this.#from.port;
      layer.dport = this.#to.port;
    }
    layer.src = this.#from.ip;
    layer.dst = this.#to.ip;
  }

  #fragment(layer: Layer, body: string): void {
    this.#place(layer, false);
    const bare = bareProtocol(body);
    if (bare !== undefined) layer.protocol = bare;
    if (layer.fragmentOffset > 0 || bare !== undefined) layer.kind = 'fragment';
    if (layer.length >= 20) layer.payload = layer.length - (layer.family === 4 ? 20 : 40);
  }

  #looksLikeUdp(layer: Layer, body: string): boolean {
    const from = this.#from;
    const to = this.#to;
    if (layer.protocol >= 0) return layer.protocol === 17;
    const hasPorts = (from.hasPort || (from.isName && from.port >= 0)) && (to.hasPort || (to.isName && to.port >= 0));
    return hasPorts && !/^(?:sctp|dccp|\[\|(?:sctp|dccp)\])/.test(body);
  }

  /** IP in IP, and GRE. */
  #tunnel(layer: Layer, body: string): boolean {
    const gre = /^GREv(\d)/.exec(body);
    if (gre !== null) {
      this.#place(layer, false);
      layer.protocol = 47;
      if (gre[1] !== '0') return true;
      layer.tunnel = 'gre';
      const key = /\bkey=(0x[\da-f]{1,8})/.exec(body.slice(0, 160))?.[1];
      if (key !== undefined) layer.vni = Number(key);
      const length = /, length \d{1,6}(?::|$)/.exec(body);
      if (length !== null) this.#carried(body.slice(length.index + length[0].length).trim());
      return true;
    }
    const six = body.startsWith('IP6 ');
    if (!six && !/^IP |^\(tos |^\((?:hlim|class|flowlabel) |^IP\d{1,2} \(invalid|^\S{1,260} > \S{1,260}:/.test(body)) {
      if (layer.protocol !== 4 && layer.protocol !== 41) return false;
    }
    this.#place(layer, false);
    // With -e there is no `IP` in front to tell the one from the other.
    if (layer.protocol < 0 || layer.protocol === 0) layer.protocol = six || isIpv6Text(body) ? 41 : 4;
    layer.tunnel = 'ipip';
    this.#carried(body);
    return true;
  }

  /** What a tunnel carries: on this line, or, where nothing of it is here, on the next. */
  #carried(text: string): void {
    if (text === '') {
      this.#expected = 'inner';
      return;
    }
    const inner = this.#inner;
    if (!readLineStart(text, inner) || inner.timed) {
      inner.reset();
      inner.family = 'ip';
      inner.rest = text;
    }
    if (inner.family !== 'other') this.#read(inner, inner.rest.trim());
  }

  #other(layer: Layer, body: string): void {
    if (layer.protocol < 0) layer.protocol = printedProtocol(body) ?? -1;
    // Of a malformed header they are all that is printed.
    this.#place(layer, layer.protocol === 6 || layer.protocol === 17);
  }

  #note(layer: Layer, wrong: WrongChecksum | undefined): void {
    const at = this.packet.depth - 1;
    if (wrong !== undefined && layer === this.packet.layers[at]) this.#wrong[at] = wrong;
  }
}

function isIpv6({ ip }: PrintedEnd): boolean {
  return typeof ip === 'string' && ip.includes(':');
}

/** Whether addresses at the start of the text are IPv6's. */
function isIpv6Text(text: string): boolean {
  const first = text.slice(0, Math.max(0, text.indexOf(' ')));
  return first.includes(':') || /^\((?:hlim|class|flowlabel) /.test(text);
}

/** ICMP errors, which quote a packet. */
function isError({ icmpType }: Layer): boolean {
  return icmpType === 3 || icmpType === 4 || icmpType === 5 || icmpType === 11 || icmpType === 12;
}
